import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { may } from "../../core/context.js";
import { useNews, useTicking } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Empty, Figure, Loaded, Panel, State, Time } from "../../kit/basics.js";
import { Dialog } from "../../kit/dialog.js";
import { Field, Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";

/** @typedef {import("../../types/api.js").PlanView} Plan */

/** Plans that bring the buffer back: proposed, looked at, approved. @param {{ id: string, currency: string }} props */
export function Plans({ id, currency }) {
  const [target, setTarget] = useState("0.25");
  const [none, setNone] = useState("");
  const [approving, setApproving] = useState(/** @type {Plan | null} */ (null));
  const path = { account_id: id };
  const loaded = useLoaded(
    async (signal) =>
      (
        await ask("GET /api/v1/margin/accounts/{account_id}/deleverage-plans", { path, query: { limit: 200 }, signal })
      ).items.toReversed(),
    [id],
  );
  useNews(id, ["orders", "fills"], loaded.reload);
  // It goes on by itself, some time after its orders are filled.
  useTicking(loaded.reload);

  /** @param {string} key */
  async function propose(key) {
    setNone("");
    const body = { target_buffer: target.trim() };
    const made = await ask("POST /api/v1/margin/accounts/{account_id}/deleverage-plans", { path, body, key });
    if (made.reason) setNone(made.reason);
    loaded.reload();
  }

  return html`<${Panel} title="De-leverage plans">
    ${
      may("orders.trade")
        ? html`<${Form} name="De-leverage plan" submit="Work out a plan" onSubmit=${propose}>
      <${Field} label="Target buffer" name="target_buffer" value=${target} onChange=${setTarget} inputmode="decimal" required hint="The share of equity to be left above the maintenance margin, such as 0.25." />
    <//>`
        : null
    }
    <div role="status">${none ? html`<p class="note">There is no plan: ${none}</p>` : null}</div>
    <${Loaded} of=${loaded} what="plans">${(/** @type {Plan[]} */ plans) =>
      plans.length
        ? html`<ul class="notices">${plans.map((one) => html`<${OnePlan} key=${one.id} plan=${one} currency=${currency} onApprove=${setApproving} />`)}</ul>`
        : html`<${Empty}>None was worked out so far.<//>`}
    <//>
    ${
      approving
        ? html`<${Approve} plan=${approving} currency=${currency} onClose=${() => {
            setApproving(null);
            loaded.reload();
          }} />`
        : null
    }
  <//>`;
}

/** @param {{ plan: Plan, currency: string, onApprove: (plan: Plan) => void }} props */
function OnePlan({ plan, currency, onApprove }) {
  return html`<li>
    <div>
      <strong>To a buffer of <${Figure} value=${plan.target_buffer} as="percent" /></strong> <${State} state=${plan.state} />
      <span class="muted">proposed <${Time} at=${plan.proposed_at} />${plan.origin === "automatic" ? ", by itself" : ""}</span>
      ${plan.problem ? html`<p class="note">${plan.problem}</p>` : null}
      <p>Buffer <${Figure} value=${plan.buffer_before} as="percent" /> → <${Figure} value=${plan.buffer_after} as="percent" />, for <${Figure} value=${plan.cost} currency=${currency} />${plan.least ? ", the least there is" : ""}. ${plan.step} of ${plan.steps.length} orders so far.</p>
      <${Steps} plan=${plan} currency=${currency} />
    </div>
    ${plan.state === "proposed" && may("orders.trade") ? html`<button type="button" onClick=${() => onApprove(plan)}>Approve</button>` : null}
  </li>`;
}

/** @param {{ plan: Plan, currency: string }} props */
function Steps({ plan, currency }) {
  return html`<div class="table" tabindex="0" role="region" aria-label="Steps of the plan"><table>
    <thead><tr>${["Symbol", "Order", "Spread", "Impact", "Tax"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
    <tbody>${plan.steps.map(
      (one) =>
        html`<tr key=${one.symbol}><th scope="row">${one.symbol}</th><td><${Figure} value=${one.quantity} signed /></td>
      ${[one.spread_cost, one.impact_cost, one.tax].map((value) => html`<td><${Figure} value=${value} currency=${currency} /></td>`)}</tr>`,
    )}</tbody>
  </table></div>`;
}

/** @param {{ plan: Plan, currency: string, onClose: () => void }} props */
function Approve({ plan, currency, onClose }) {
  /** @param {string} key */
  async function approve(key) {
    const path = { account_id: plan.account_id, plan_id: plan.id };
    const done = await ask("POST /api/v1/margin/accounts/{account_id}/deleverage-plans/{plan_id}/approve", {
      path,
      key,
    });
    toast(`The plan is ${done.state}`);
    onClose();
  }
  return html`<${Dialog} title="Approve the plan" onClose=${onClose}>
    <p>These orders only reduce. They pass the gate, and are worked out anew after each fill.</p>
    <${Steps} plan=${plan} currency=${currency} />
    <${Form} name="Approve the plan" submit="Approve and send" danger onSubmit=${approve}><//>
  <//>`;
}
