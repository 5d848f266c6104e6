import { html, useEffect, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { follow } from "../../core/live.js";
import { useLoaded } from "../../core/loaded.js";
import { problemOf } from "../../core/problem.js";
import { Empty, Loaded, Panel, Time } from "../../kit/basics.js";
import { toast } from "../../kit/toasts.js";
import { countUnread } from "../../shell/news.js";

/** @typedef {import("../../types/api.js").NoticeView} Notice */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/notifications",
  title: "Notifications",
  permission: "identity.self",
  place: 80,
  view: Notifications,
};

/** What each kind tells, for who is no administrator. @type {Record<string, string>} */
const WORDS = {
  new_device: "Somebody logged in as you on a device that was not known",
  unusual_login: "A log-in as you was unusual",
  factor_added: "A second factor was added",
  factor_removed: "A second factor was removed",
  recovery_asked: "Somebody asked that your second factors be taken away",
  recovery_canceled: "The request to take your second factors away is cancelled",
  recovery_done: "Your second factors were taken away",
};

function Notifications() {
  const loaded = useLoaded(
    async (signal) => (await ask("GET /api/v1/notices", { query: { limit: 100 }, signal })).items,
    [],
  );
  useEffect(
    () =>
      follow({ channel: "notices" }, (frame) => {
        if (frame.type === "event") loaded.reload();
      }),
    [],
  );
  return html`<${Panel} title="What you should know of your own way in" id="notices">
    <${Loaded} of=${loaded} what="notices">${(/** @type {Notice[]} */ notices) =>
      notices.length
        ? html`<ul class="notices">${notices.map((one) => html`<${Told} key=${one.id} notice=${one} onRead=${loaded.reload} />`)}</ul>`
        : html`<${Empty}>Nothing so far.<//>`}
    <//>
  <//>`;
}

/** @param {{ notice: Notice, onRead: () => void }} props */
function Told({ notice, onRead }) {
  const [busy, setBusy] = useState(false);
  const words = WORDS[notice.kind] ?? notice.kind.replaceAll("_", " ");
  async function read() {
    if (busy) return;
    setBusy(true);
    try {
      await ask("POST /api/v1/notices/{notice_id}/read", { path: { notice_id: notice.id } });
      onRead();
      await countUnread();
    } catch (error) {
      toast(problemOf(error).message, "bad");
    }
    setBusy(false);
  }
  const details = Object.entries(notice.detail).filter(([name, value]) => value && name !== "session");
  return html`<li class=${notice.read_at ? "muted" : ""}>
    <div><strong>${words}</strong> <${Time} at=${notice.at} />
      ${details.length ? html`<p>${details.map(([name, value]) => `${name.replaceAll("_", " ")}: ${value}`).join(" · ")}</p>` : null}</div>
    ${notice.read_at ? html`<span>Read</span>` : html`<button type="button" aria-disabled=${busy} aria-label=${`Mark as read: ${words}`} onClick=${read}>Mark as read</button>`}
  </li>`;
}
