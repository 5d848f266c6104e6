import { html, useEffect, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useLoaded } from "../../core/loaded.js";
import { PRIORITIES, acknowledge, lookAtNotifications, unread, urgent } from "../../core/notifications.js";
import { problemOf } from "../../core/problem.js";
import { pathOf } from "../../core/router.js";
import { Empty, Loaded, Panel, Time } from "../../kit/basics.js";
import { Select } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";
import { wordOf } from "../trade/terms.js";

/**
 * @typedef {import("../../core/notifications.js").Notification} Notification
 * @typedef {import("../../types/api.js").StatisticsView} Statistics
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/notifications",
  title: "Notifications",
  permission: "notifications.self",
  place: 80,
  view: Notifications,
};

/** @type {[string, string][]} */
const SHOWN = [["", "All"], ...PRIORITIES.map((one) => /** @type {[string, string]} */ ([one, one]))];

// So many at first: Tab leads through them in reasonable time.
const PAGE = 20;
const MOST = 200;

/** Do something that may be refused, then say how it went and read all anew. @param {() => void} reload */
function useDoing(reload) {
  const [busy, setBusy] = useState(false);
  /** @param {() => Promise<unknown>} work */
  const doing = (work) => async () => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
      await lookAtNotifications();
      reload();
    } catch (error) {
      toast(problemOf(error).message, "bad");
    }
    setBusy(false);
  };
  return { busy, doing };
}

function Notifications() {
  const [priority, setPriority] = useState("");
  const [count, setCount] = useState(PAGE);
  const loaded = useLoaded(
    async (signal) => (await ask("GET /api/v1/notifications", { query: { limit: count, priority }, signal })).items,
    [priority, count],
  );
  const stats = useLoaded((signal) => ask("GET /api/v1/notifications/stats", { signal }), []);
  const reload = () => {
    loaded.reload();
    stats.reload();
  };
  // Whatever came, was read or was taken in hand elsewhere on the page stands here too.
  useEffect(reload, [unread.value, urgent.value]);
  const { busy, doing } = useDoing(reload);
  const readAll = doing(async () => told(await ask("PUT /api/v1/notifications/mark-all-read"), "marked as read"));
  const clear = doing(async () => told(await ask("DELETE /api/v1/notifications/clear-all"), "deleted"));
  return html`
    <${Panel} title="What you were told" actions=${html`<a href="/dashboard/settings/notifications">Settings</a>`}>
      <${Select} label="Priority" name="priority" value=${priority} options=${SHOWN} onChange=${setPriority} />
      <div class="actions">
        <button type="button" aria-disabled=${busy} onClick=${readAll}>Mark all as read</button>
        <button type="button" aria-disabled=${busy} onClick=${clear}>Delete what was read</button>
      </div>
      <${Loaded} of=${loaded} what="notifications">${(/** @type {Notification[]} */ all) =>
        all.length
          ? html`<ul class="notices">${all.map((one) => html`<${One} key=${one.id} of=${one} onDone=${reload} />`)}</ul>
            ${all.length === count && count < MOST ? html`<button type="button" onClick=${() => setCount(MOST)}>Show more</button>` : null}`
          : html`<${Empty}>Nothing so far.<//>`}
      <//>
    <//>
    <${Panel} title="Statistics">
      <${Loaded} of=${stats} what="statistics">${(/** @type {Statistics} */ one) => html`<${Counts} stats=${one} />`}<//>
    <//>`;
}

/** @param {{ changed: number }} done @param {string} what */
function told(done, what) {
  toast(`${done.changed} ${done.changed === 1 ? "notification is" : "notifications are"} ${what}`, "good");
}

/** @param {{ of: Notification, onDone: () => void }} props */
function One({ of, onDone }) {
  const { busy, doing } = useDoing(onDone);
  const path = { notification_id: of.id };
  const name = `notification-${of.id}`;
  const read = doing(() => ask("PUT /api/v1/notifications/{notification_id}/read", { path }));
  const remove = doing(() => ask("DELETE /api/v1/notifications/{notification_id}", { path }));
  const take = doing(() => acknowledge(of));
  // What is urgent is told again until somebody has it in hand: reading it is not enough.
  const waits = of.priority === "URGENT" && !of.acknowledged_at;
  // Only to a page of ours: a link elsewhere would be somebody else's.
  const link = pathOf(of.link);
  return html`<li class=${of.read_at && !waits ? "muted" : ""}>
    <div><strong id=${name}>${of.subject}</strong> <span class="state">${of.priority}</span> <${Time} at=${of.last_at} />${of.times > 1 ? html` <span>${of.times} times</span>` : null}
      <p>${of.text}</p>${link ? html`<p><a href=${link} aria-describedby=${name}>Look at it</a></p>` : null}</div>
    <div class="actions">
      ${waits ? html`<button type="button" aria-disabled=${busy} aria-describedby=${name} onClick=${take}>Acknowledge</button>` : of.acknowledged_at ? html`<span>Acknowledged</span>` : null}
      ${of.read_at ? html`<span>Read</span>` : html`<button type="button" aria-disabled=${busy} aria-describedby=${name} onClick=${read}>Mark as read</button>`}
      <button type="button" aria-disabled=${busy} aria-describedby=${name} onClick=${remove}>Delete</button>
    </div>
  </li>`;
}

/** @param {{ stats: Statistics }} props */
function Counts({ stats }) {
  const rows = /** @type {[string, number][]} */ ([
    ["All together", stats.total],
    ["Unread", stats.unread],
    ["Urgent and in nobody's hand", stats.unacknowledged],
    ...PRIORITIES.map((one) => /** @type {[string, number]} */ ([one, stats.by_priority[one] ?? 0])),
    ...Object.entries(stats.by_type).map(([type, count]) => /** @type {[string, number]} */ ([wordOf(type), count])),
  ]);
  return html`<dl class="figures">${rows.map(([name, count]) => html`<div key=${name}><dt>${name}</dt><dd>${count}</dd></div>`)}</dl>`;
}
