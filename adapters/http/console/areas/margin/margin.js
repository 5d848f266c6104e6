import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { account, may } from "../../core/context.js";
import { useNews, useTicking } from "../../core/following.js";
import { connection } from "../../core/live.js";
import { useLoaded } from "../../core/loaded.js";
import { Empty, Figure, Loaded, Panel, State, Time, Told } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";
import { Plans } from "./plans.js";
import { Setting } from "./setting.js";

/**
 * @typedef {import("../../types/api.js").AccountMarginView} Margin
 * @typedef {import("../../types/api.js").HeldPositionView} Held
 * @typedef {import("../../types/api.js").MarginAlertView} Alert
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/margin",
  title: "Margin",
  permission: "risk.read",
  place: 36,
  view: MarginOfAccount,
};

/** @type {import("../../kit/grid.js").Column<Held>[]} */
const POSITIONS = [
  { title: "Symbol", width: "6rem", cell: (one) => one.symbol },
  { title: "Quantity", number: true, cell: (one) => html`<${Figure} value=${one.quantity} />` },
  { title: "Value", number: true, cell: (one) => html`<${Figure} value=${one.value} />` },
  { title: "Initial", number: true, cell: (one) => html`<${Figure} value=${one.initial} />` },
  { title: "Maintenance", number: true, cell: (one) => html`<${Figure} value=${one.maintenance} />` },
  { title: "Call at", number: true, cell: (one) => html`<${Figure} value=${one.call_price} />` },
  { title: "Liquidation at", number: true, cell: (one) => html`<${Figure} value=${one.liquidation_price} />` },
  {
    title: "Distance",
    number: true,
    cell: (one) => html`<${Figure} value=${one.distance_percent} />${one.distance_percent === null ? "" : " %"}`,
  },
  { title: "σ of a day", number: true, cell: (one) => html`<${Figure} value=${one.distance_sigmas?.toFixed(1)} />` },
  { title: "Days", number: true, cell: (one) => html`<${Figure} value=${one.distance_days?.toFixed(1)} />` },
];

/** What margin an account takes, how far its calls are, and what gives it back. */
function MarginOfAccount() {
  const one = account.value;
  if (!one) return html`<${Empty}>There is no account yet.<//>`;
  return html`<${OfAccount} key=${one.id} id=${one.id} name=${one.name} currency=${one.currency} />`;
}

/** @param {{ id: string, name: string, currency: string }} props */
function OfAccount({ id, name, currency }) {
  const loaded = useLoaded(
    (signal) => ask("GET /api/v1/margin/accounts/{account_id}", { path: { account_id: id }, signal }),
    [id],
  );
  useNews(id, ["positions", "orders"], loaded.reload);
  useTicking(loaded.reload);
  return html`<div class=${connection.value === "Stale" ? "stale-prices" : ""}>
    <${Panel} title=${`Margin of ${name}`} id="margin-figures" actions=${may("margin.view") ? html`<a href="/dashboard/margin/what-if">Try another book</a>` : null}>
      <${Loaded} of=${loaded} what="the margin">${(/** @type {Margin} */ of) =>
        html`
        <p class="muted">By ${of.rulebook}, market time <${Time} at=${of.as_of} /></p>
        ${of.problem ? html`<p class="problem" role="alert">It cannot be worked out, and new risk is refused: ${of.problem}</p>` : null}
        ${[...(of.calls ?? []), ...(of.warnings ?? [])].map((alert) => html`<${AlertNote} key=${alert.id} alert=${alert} currency=${currency} />`)}
        <dl class="figures">
          <${Told} name="Equity" value=${of.equity} currency=${currency} />
          <${Told} name="Initial margin" value=${of.initial} currency=${currency} />
          <${Told} name="Maintenance margin" value=${of.maintenance} currency=${currency} />
          <${Told} name="Buffer" value=${of.buffer} as="percent" />
          <${Told} name="Used" value=${of.used} as="percent" />
          <${Told} name="Excess" value=${of.excess} currency=${currency} signed />
          <${Told} name="Left to open with" value=${of.available} currency=${currency} />
          <${Told} name="SMA" value=${of.sma} currency=${currency} />
          <${Told} name="Least equity" value=${of.minimum_equity} currency=${currency} />
        </dl>`}
      <//>
    <//>
    <${Panel} title="Positions" id="margin-positions">
      <${Loaded} of=${loaded} what="positions">${(/** @type {Margin} */ of) =>
        html`
        <${Grid} name="Margin of positions" columns=${POSITIONS} rows=${of.positions ?? []} keyOf=${(/** @type {Held} */ held) => held.symbol} empty="No open positions take margin." rowsShown=${8} />`}
      <//>
    <//>
    <${Plans} id=${id} currency=${currency} />
    ${may("risk.write") && loaded.data ? html`<${Setting} key=${loaded.data.version} margin=${loaded.data} onDone=${loaded.reload} />` : null}
  </div>`;
}

/** A warning or a call that stands. @param {{ alert: Alert, currency: string }} props */
function AlertNote({ alert, currency }) {
  const call = alert.kind === "call";
  return html`<p class=${call ? "problem" : "note"} role=${call ? "alert" : "status"}>
    <strong>${call ? "Margin call" : "The buffer is low"}</strong> <${State} state=${alert.state} />
    ${call ? html` <${Figure} value=${alert.amount} currency=${currency} /> are missing${alert.due_on ? `, due on ${alert.due_on}` : ""}.` : html` Below <${Figure} value=${alert.level} as="percent" />.`}
  </p>`;
}
