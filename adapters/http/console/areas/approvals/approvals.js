import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { access, may } from "../../core/context.js";
import { useChannel } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Empty, Loaded, Panel, State, Time } from "../../kit/basics.js";
import { Dialog } from "../../kit/dialog.js";
import { Field, Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";
import { wordOf } from "../trade/terms.js";
import { Difference } from "./difference.js";

/** @typedef {import("../../types/api.js").ChangeView} Change */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/risk/changes",
  title: "Approvals",
  permission: "risk.read",
  place: 34,
  view: Approvals,
};

/** Loosenings that wait for a second person or for their time, and what became of the others. */
function Approvals() {
  const [deciding, setDeciding] = useState(/** @type {Deciding | null} */ (null));
  const loaded = useLoaded(
    async (signal) =>
      (await ask("GET /api/v1/risk-rules/changes", { query: { limit: 200 }, signal })).items.toReversed(),
    [],
  );
  useChannel("risk", loaded.reload);
  return html`<${Loaded} of=${loaded} what="changes">${(/** @type {Change[]} */ changes) => {
    const waiting = changes.filter((one) => one.state === "pending");
    return html`
      <${Panel} title="Waiting">${
        waiting.length
          ? html`<ul class="notices">${waiting.map((one) => html`<${Told} key=${one.id} change=${one} onDecide=${setDeciding} />`)}</ul>`
          : html`<${Empty}>Nothing waits to be approved.<//>`
      }<//>
      <${Panel} title="Decided">${
        changes.length > waiting.length
          ? html`<ul class="notices">${changes.filter((one) => one.state !== "pending").map((one) => html`<${Told} key=${one.id} change=${one} onDecide=${setDeciding} />`)}</ul>`
          : html`<${Empty}>Nothing was decided so far.<//>`
      }<//>
      ${
        deciding
          ? html`<${Decide} ...${deciding} onClose=${() => {
              setDeciding(null);
              loaded.reload();
            }} />`
          : null
      }`;
  }}<//>`;
}

/** @typedef {{ change: Change, verb: "approve" | "reject" }} Deciding */

/** One change, and what can be done about it. @param {{ change: Change, onDecide: (deciding: Deciding) => void }} props */
function Told({ change, onDecide }) {
  const name = change.before["name"] ?? change.after["name"] ?? wordOf(change.kind);
  const waits = change.state === "pending";
  const own = change.proposer === `user:${access.value?.member_id}`;
  return html`<li>
    <div>
      <strong>${name}</strong> <${State} state=${change.state} /> <span class="muted">${wordOf(change.kind)}, proposed <${Time} at=${change.proposed_at} /> by ${change.proposer}</span>
      <p>${change.reason}</p>
      <${Difference} before=${change.before} after=${change.after} />
      ${waits ? html`<p class="muted">${change.applies_at ? html`It applies by itself at <${Time} at=${change.applies_at} />, unless it is rejected.` : "Somebody else has to approve it."} Void at <${Time} at=${change.expires_at} />.</p>` : null}
      ${change.decided_at ? html`<p class="muted">Decided <${Time} at=${change.decided_at} />${change.decided_by ? ` by ${change.decided_by}` : ""}${change.note ? `: ${change.note}` : ""}</p>` : null}
    </div>
    ${
      waits && may("risk.write")
        ? html`<div class="actions">
      ${own ? null : html`<button type="button" aria-label=${`Approve ${name}`} onClick=${() => onDecide({ change, verb: "approve" })}>Approve</button>`}
      <button type="button" aria-label=${`Reject ${name}`} onClick=${() => onDecide({ change, verb: "reject" })}>${own ? "Take back" : "Reject"}</button>
    </div>`
        : null
    }
  </li>`;
}

/** @param {Deciding & { onClose: () => void }} props */
function Decide({ change, verb, onClose }) {
  const [note, setNote] = useState("");
  /** @param {string} key */
  async function decide(key) {
    const path = { change_id: change.id };
    const body = { note: note.trim() || null };
    const found =
      verb === "approve"
        ? await ask("POST /api/v1/risk-rules/changes/{change_id}/approve", { path, body, key })
        : await ask("POST /api/v1/risk-rules/changes/{change_id}/reject", { path, body, key });
    toast(`The change is ${found.state}`, found.state === "applied" ? "good" : "");
    onClose();
  }
  const title = verb === "approve" ? "Approve the change" : "Reject the change";
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${change.reason}</p>
    <${Difference} before=${change.before} after=${change.after} />
    <${Form} name=${title} submit=${wordOf(verb)} danger=${verb === "approve"} onSubmit=${decide}>
      <${Field} label="Note" name="note" value=${note} onChange=${setNote} maxlength=${500} hint="For the audit trail; may stay empty." />
    <//>
  <//>`;
}
