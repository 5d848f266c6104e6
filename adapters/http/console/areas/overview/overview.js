import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { account, may } from "../../core/context.js";
import { useNews, useTicking } from "../../core/following.js";
import { connection } from "../../core/live.js";
import { useLoaded } from "../../core/loaded.js";
import { Empty, Figure, Loaded, Panel, Time, Told } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";
import { Plot } from "../../kit/plot.js";
import { LivePrice } from "../../kit/price.js";
import { FillsGrid, OrdersGrid, useFills, useOrders } from "../orders/grids.js";

/**
 * @typedef {import("../../types/api.js").SummaryView} Summary
 * @typedef {import("../../types/api.js").HoldingView} Holding
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/",
  title: "Overview",
  permission: "accounts.read",
  place: 10,
  view: Overview,
};

/** @type {import("../../kit/grid.js").Column<Holding>[]} */
const POSITIONS = [
  {
    title: "Symbol",
    width: "6rem",
    cell: (one) => html`<a href=${`/dashboard/trade?symbol=${encodeURIComponent(one.symbol)}`}>${one.symbol}</a>`,
  },
  { title: "Quantity", number: true, cell: (one) => html`<${Figure} value=${one.quantity} />` },
  { title: "Average cost", number: true, cell: (one) => html`<${Figure} value=${one.average_cost} />` },
  { title: "Price", number: true, cell: (one) => html`<${LivePrice} symbol=${one.symbol} fallback=${one.price} />` },
  { title: "Market value", number: true, cell: (one) => html`<${Figure} value=${one.market_value} />` },
  { title: "Unrealised", number: true, cell: (one) => html`<${Figure} value=${one.unrealised_pnl} signed />` },
  { title: "Realised", number: true, cell: (one) => html`<${Figure} value=${one.realised_pnl} signed />` },
];

function Overview() {
  const one = account.value;
  if (!one) return html`<${Empty}>There is no account yet. Open one with <code>ballast account open</code>.<//>`;
  return html`<div class=${connection.value === "Stale" ? "stale-prices" : ""}>
    <${Figures} id=${one.id} name=${one.name} />
    <${Equity} id=${one.id} currency=${one.currency} />
    <${Positions} id=${one.id} />
    ${may("orders.read") ? html`<${Trading} id=${one.id} />` : null}
  </div>`;
}

/** @param {{ id: string, name: string }} props */
function Figures({ id, name }) {
  const loaded = useLoaded(
    (signal) => ask("GET /api/v1/accounts/{account_id}", { path: { account_id: id }, signal }),
    [id],
  );
  useNews(id, ["positions", "orders"], loaded.reload);
  useTicking(loaded.reload);
  return html`<section class="panel" aria-label="Account" role="region">
    <${Loaded} of=${loaded} what="the account">${(/** @type {Summary} */ of) =>
      html`
      <div class="panel-head"><h2>${name}</h2><span class="muted">Market time <${Time} at=${of.as_of} /></span></div>
      ${of.unpriced ? html`<p class="problem">Without a price of ${of.unpriced} the account cannot be valued, and new risk is refused.</p>` : null}
      ${of.buying_power_missing && !of.unpriced ? html`<p class="problem">There is no buying power to tell, and new risk is refused: ${of.buying_power_missing}.</p>` : null}
      ${of.trading_state === "active" ? null : html`<p class="note">Trading state: <strong>${of.trading_state.replaceAll("_", " ")}</strong></p>`}
      <dl class="figures">
        <${Told} name="Equity" value=${of.equity} currency=${of.currency} />
        <${Told} name="Cash" value=${of.cash} currency=${of.currency} />
        <${Told} name="Buying power" value=${of.buying_power} currency=${of.currency} />
        <${Told} name="Daily P&L" value=${of.daily_pnl} currency=${of.currency} signed />
        <${Told} name="Drawdown" value=${of.drawdown} as="percent" />
        <${Told} name="Gross exposure" value=${of.gross_exposure} currency=${of.currency} />
        <${Told} name="Net exposure" value=${of.net_exposure} currency=${of.currency} />
        <${Told} name="Resting orders" value=${of.resting_exposure} currency=${of.currency} />
      </dl>`}
    <//>
  </section>`;
}

/** @param {{ id: string, currency: string }} props */
function Equity({ id, currency }) {
  const loaded = useLoaded(
    async (signal) =>
      (
        await ask("GET /api/v1/accounts/{account_id}/equity", {
          path: { account_id: id },
          query: { points: 400 },
          signal,
        })
      ).items.map((one) => ({ at: one.last_at, value: one.last, least: one.least, greatest: one.greatest })),
    [id],
  );
  useTicking(loaded.reload);
  return html`<${Panel} title="Equity">
    <${Loaded} of=${loaded} what="the equity">${(/** @type {import("../../kit/plot.js").Point[]} */ points) =>
      points.length < 2
        ? html`<${Empty}>The curve begins with the second quarter hour of market time.<//>`
        : html`<${Plot} name="Equity curve" points=${points} currency=${currency} />`}
    <//>
  <//>`;
}

/** @param {{ id: string }} props */
function Positions({ id }) {
  const loaded = useLoaded(
    async (signal) =>
      (await ask("GET /api/v1/accounts/{account_id}/positions", { path: { account_id: id }, signal })).items,
    [id],
  );
  useNews(id, ["positions"], loaded.reload);
  useTicking(loaded.reload);
  return html`<${Panel} title="Positions">
    <${Loaded} of=${loaded} what="positions">${(/** @type {Holding[]} */ rows) =>
      html`
      <${Grid} name="Positions" columns=${POSITIONS} rows=${rows} keyOf=${(/** @type {Holding} */ one) => one.symbol} empty="No open positions." rowsShown=${8} />`}
    <//>
  <//>`;
}

/** @param {{ id: string }} props */
function Trading({ id }) {
  const orders = useOrders(id);
  const fills = useFills(id);
  return html`
    <${Panel} title="Orders"><${OrdersGrid} loaded=${orders} /><//>
    <${Panel} title="Fills"><${FillsGrid} loaded=${fills} /><//>
  `;
}
