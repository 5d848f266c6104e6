import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { accounts, may } from "../../core/context.js";
import { Panel, State } from "../../kit/basics.js";
import { Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";
import { WhoGetsWhat } from "./allocations.js";
import { Timeline } from "./timeline.js";
import { spanOf } from "./words.js";

/**
 * @typedef {import("../../types/api.js").SuccessionStatusView} Status
 * @typedef {import("../../types/api.js").SuccessionPlanView} Plan
 */

const TRADING = /** @type {Record<string, string>} */ ({
  ACTIVE: "goes on",
  REDUCING: "only what reduces",
  HALTED: "nothing may trade",
});

/** The state in words, the time left, and what the owner or a trustee can do. @param {{ status: Status, plan: Plan | null, onDone: () => void }} props */
export function Standing({ status, plan, onDone }) {
  const confirmed = status.trustees.filter((one) => one.confirmed).length;
  const asked = status.state === "CONTACT_PING" || status.state === "GRACE";
  const released = status.state === "RELEASED";
  /** @param {"check-in" | "veto" | "confirmations" | "release-trading"} act */
  const doing = (act) => async (/** @type {string} */ key) => {
    const done = await ask(`POST /api/v1/succession/${act}`, { key });
    toast(done.words, "good");
    onDone();
  };
  return html`<${Panel} title="How it stands">
    <p role="status" aria-label="Succession">${status.state ? html`<${State} state=${status.state} /> ` : null}${status.words}</p>
    ${status.waits_for ? html`<p class="note">It waits for ${status.waits_for}.</p>` : null}
    ${
      status.state
        ? html`<dl class="figures">
      <div><dt>Time left in this step</dt><dd>${status.left_s === null ? "–" : spanOf(status.left_s)}</dd></div>
      <div><dt>Silent for</dt><dd>${status.silent_s === null ? "–" : spanOf(status.silent_s)}</dd></div>
      <div><dt>Trading</dt><dd>${TRADING[status.trading] ?? status.trading}</dd></div>
      <div><dt>Confirmed</dt><dd>${Math.max(status.confirmations, confirmed)} of ${status.confirmations_needed} needed</dd></div>
      ${released && status.veto_left_s !== null ? html`<div><dt>The owner's veto counts for</dt><dd>${spanOf(status.veto_left_s)}</dd></div>` : null}
    </dl>`
        : null
    }
    ${
      status.state && may("succession.manage")
        ? html`<div class="actions">
      ${released ? null : html`<${Form} name="Check in" submit="I am well: check in" onSubmit=${doing("check-in")} />`}
      <${Form} name="Veto" submit="Veto the succession" danger onSubmit=${doing("veto")} />
    </div>`
        : null
    }
    ${asked && may("succession.confirm") && !may("succession.manage") ? html`<${Form} name="Confirmation" submit="I confirm that the owner is gone" danger onSubmit=${doing("confirmations")} />` : null}
    ${released && status.veto_left_s === 0 && may("succession.confirm") && !may("succession.manage") ? html`<${Form} name="Release of trading" submit="Release trading" onSubmit=${doing("release-trading")} />` : null}
    ${status.trustees.length ? html`<${Trustees} status=${status} />` : null}
    ${plan ? html`<h3>Timeline</h3><${Timeline} durations=${durationsOf(plan)} needed=${String(plan.confirmations_needed)} trustees=${plan.trustees.length} now=${status.state} /><${WhoGetsWhat} of=${plan.allocations} />` : null}
  <//>`;
}

/** @param {Plan} plan */
export function durationsOf(plan) {
  return {
    check_in_days: String(plan.check_in_days),
    remind_days: String(plan.remind_days),
    contact_days: String(plan.contact_days),
    grace_days: String(plan.grace_days),
  };
}

/** @param {{ status: Status }} props */
function Trustees({ status }) {
  /** @param {string[]} ids */
  const named = (ids) =>
    ids.map((id) => accounts.value.find((one) => one.id === id)?.name ?? "another account").join(", ") || "none";
  return html`<h3>Trustees, ${status.confirmations_needed} of ${status.trustees.length} needed</h3>
  <div class="table" tabindex="0" role="region" aria-label="Trustees"><table>
    <thead><tr>${["Trustee", "Confirmed", "Sees now", "Accounts now", "Gets after a release"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
    <tbody>${status.trustees.map(
      (one) =>
        html`<tr key=${one.id}><th scope="row">${one.name || one.id}${one.is_trustee ? "" : " (no trustee any more)"}</th>
      <td>${one.confirmed ? "yes" : "not yet"}</td><td>${one.permissions.join(", ") || "nothing"}</td>
      <td>${named(one.accounts)}</td><td>${named(one.gets_accounts)}</td></tr>`,
    )}</tbody>
  </table></div>`;
}
