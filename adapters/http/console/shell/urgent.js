import { html, useState } from "../vendor/preact.js";
import { acknowledge, urgent } from "../core/notifications.js";
import { problemOf } from "../core/problem.js";
import { ProblemNote, Time } from "../kit/basics.js";

/** @typedef {import("../core/notifications.js").Notification} Notification */

const SHOWN_MAX = 3;

/** What somebody must take in hand, on top of every page until they did; the newest of many. */
export function UrgentNotices() {
  const all = urgent.value;
  const more = all.length - SHOWN_MAX;
  return html`<div class="stops" role="status" aria-label="Urgent">
    ${all.slice(0, SHOWN_MAX).map((one) => html`<${Urgent} key=${one.id} notice=${one} />`)}
    ${more > 0 ? html`<p class="stopped">And ${more} more that ${more === 1 ? "is" : "are"} urgent, under Notifications.</p>` : null}
  </div>`;
}

/** @param {{ notice: Notification }} props */
function Urgent({ notice }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {import("../core/problem.js").Problem | null} */ (null));
  const words = notice.subject;
  async function take() {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await acknowledge(notice);
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  }
  return html`<div class="stopped">
    <p id=${`urgent-${notice.id}`}><strong>Urgent: ${words}</strong> <${Time} at=${notice.last_at} /> ${notice.text}</p>
    <button type="button" aria-disabled=${busy} aria-describedby=${`urgent-${notice.id}`} onClick=${take}>Acknowledge</button>
    <${ProblemNote} problem=${problem} />
  </div>`;
}
