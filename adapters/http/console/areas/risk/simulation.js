import { html, useEffect, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { accounts, may } from "../../core/context.js";
import { useLoaded } from "../../core/loaded.js";
import { problemOf } from "../../core/problem.js";
import { go } from "../../core/router.js";
import { Empty, Loaded, Panel, State } from "../../kit/basics.js";
import { toast } from "../../kit/toasts.js";
import { wordOf } from "../trade/terms.js";

/**
 * @typedef {import("../../types/api.js").SimulationView} Simulation
 * @typedef {import("../../types/api.js").ExampleView} Example
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/risk/simulations/:id",
  title: "Simulation",
  permission: "risk.read",
  view: OneSimulation,
};

const LOOK_MS = 750;
const NEW = "/dashboard/risk/simulate";

/** How a simulation stands, and what came of it. @param {{ params: Record<string, string> }} props */
function OneSimulation({ params }) {
  const path = { simulation_id: params["id"] ?? "" };
  const [busy, setBusy] = useState(false);
  const loaded = useLoaded(
    (signal) => ask("GET /api/v1/risk-rules/simulations/{simulation_id}", { path, signal }),
    [path.simulation_id],
  );
  const open = loaded.data === null ? !loaded.problem : isOpen(loaded.data);
  useEffect(() => {
    if (!open) return;
    const clock = setInterval(loaded.reload, LOOK_MS);
    return () => clearInterval(clock);
  }, [open, loaded.reload]);

  async function end() {
    if (busy) return;
    setBusy(true);
    const forgets = !open;
    try {
      await ask("DELETE /api/v1/risk-rules/simulations/{simulation_id}", { path });
      if (forgets) go(NEW);
      else loaded.reload();
    } catch (error) {
      toast(problemOf(error).message, "bad");
    }
    setBusy(false);
  }
  return html`<${Loaded} of=${loaded} what="the simulation">${(/** @type {Simulation} */ one) =>
    html`
    <${Panel} title="How it stands" actions=${html`<a href=${NEW}>Another simulation</a>`}>
      <p role="status" aria-label="Simulation"><${State} state=${one.state} /> ${told(one)}</p>
      ${isOpen(one) ? html`<progress aria-label="Orders decided" max=${Math.max(1, one.total)} value=${one.done}></progress>` : null}
      ${one.problem ? html`<p class="problem" role="alert">${one.problem}</p>` : null}
      <div class="actions"><button type="button" aria-disabled=${busy} onClick=${end}>${isOpen(one) ? "Cancel simulation" : "Forget it"}</button></div>
    <//>
    ${one.result ? html`<${Result} result=${one.result} />` : null}`}
  <//>`;
}

/** @param {Simulation} one */
function isOpen(one) {
  return one.state === "queued" || one.state === "running";
}

/** @param {Simulation} one */
function told(one) {
  const { done, total } = one;
  if (one.state === "done") return total ? `${total} orders were decided again.` : "No order was taken in then.";
  if (one.state === "cancelled") return `It was cancelled; ${done} of ${total} orders had been decided.`;
  return `${done} of ${total} orders are decided.`;
}

/** @param {{ result: import("../../types/api.js").ResultView }} props */
function Result({ result }) {
  const { orders, would_deny, would_pass, undecidable } = result;
  const figures = /** @type {const} */ ([
    ["Orders", orders],
    ["Would pass", would_pass],
    ["Would be denied", would_deny],
    ["Undecidable", undecidable.orders],
  ]);
  return html`
    <${Panel} title="What came of it">
      <dl class="figures">${figures.map(([name, count]) => html`<div><dt>${name}</dt><dd>${count}</dd></div>`)}</dl>
      <h3>Denials by rule</h3>
      <${Counts} name="Denials by rule" head="Rule" of=${result.by_rule} empty="Nothing would be denied." />
      <h3>Why orders cannot be decided</h3>
      <${Counts} name="Missing inputs" head="What the records lack" of=${undecidable.missing} empty="Every order can be decided." />
    <//>
    <${Panel} title="Examples">${
      result.examples.length
        ? html`<p class="muted">Orders that would come out otherwise than they did, the first ${result.examples.length}.</p>
      <ul class="notices">${result.examples.map((one) => html`<${OneExample} key=${one.order_id} example=${one} />`)}</ul>`
        : html`<${Empty}>None would come out otherwise.<//>`
    }<//>`;
}

/** @param {{ name: string, head: string, of: Record<string, number>, empty: string }} props */
function Counts({ name, head, of, empty }) {
  const rows = Object.entries(of).toSorted(([, a], [, b]) => b - a);
  if (!rows.length) return html`<${Empty}>${empty}<//>`;
  return html`<div class="table" tabindex="0" role="region" aria-label=${name}><table>
    <thead><tr><th scope="col">${head}</th><th scope="col">Orders</th></tr></thead>
    <tbody>${rows.map(([one, count]) => html`<tr key=${one}><th scope="row">${one}</th><td class="figure">${count}</td></tr>`)}</tbody>
  </table></div>`;
}

/** @param {{ example: Example }} props */
function OneExample({ example }) {
  const path = { order_id: example.order_id };
  const order = useLoaded(
    async (signal) => (may("orders.read") ? await ask("GET /api/v1/orders/{order_id}", { path, signal }) : null),
    [path.order_id],
  );
  const of = order.data ? `${order.data.side} ${order.data.quantity} ${order.data.symbol}` : example.order_id;
  const account = accounts.value.find((one) => one.id === example.account_id)?.name ?? "another account";
  return html`<li><div>
    <strong>${wordOf(of)}</strong> <span class="muted">${account}</span>
    <p>${OUTCOMES[example.recorded] ?? example.recorded} then; ${OUTCOMES[example.would] ?? example.would} under these rules.</p>
    ${example.reasons.length ? html`<p class="muted">${example.reasons.join("; ")}</p>` : null}
  </div></li>`;
}

/** @type {Record<string, string>} */
const OUTCOMES = { passes: "passed", denied: "denied", undecidable: "cannot be decided" };
