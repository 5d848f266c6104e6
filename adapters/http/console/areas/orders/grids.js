import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useNews } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Figure, Loaded, State, Time } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";

/**
 * @typedef {import("../../types/api.js").OrderView} Order
 * @typedef {import("../../types/api.js").FillView} Fill
 */

const PAGE = 200;

/** States in which an order still may trade. */
const OPEN = new Set([
  "accepted",
  "submitted",
  "working",
  "triggered",
  "pending_update",
  "pending_cancel",
  "partially_filled",
  "unknown",
]);

/** @param {Order} order */
export function isOpen(order) {
  return OPEN.has(order.state);
}

/** The newest orders of an account, kept current. @param {string | undefined} accountId @param {string} [symbol] */
export function useOrders(accountId, symbol) {
  const loaded = useLoaded(
    async (signal) =>
      accountId
        ? (await ask("GET /api/v1/orders", { query: { account_id: accountId, symbol, limit: PAGE }, signal })).items
        : [],
    [accountId, symbol],
  );
  useNews(accountId, ["orders"], loaded.reload);
  return loaded;
}

/** The newest fills of an account, kept current. @param {string | undefined} accountId */
export function useFills(accountId) {
  const loaded = useLoaded(
    async (signal) =>
      accountId
        ? (await ask("GET /api/v1/fills", { query: { account_id: accountId, limit: PAGE }, signal })).items
        : [],
    [accountId],
  );
  useNews(accountId, ["fills"], loaded.reload);
  return loaded;
}

/** @type {import("../../kit/grid.js").Column<Order>[]} */
const ORDERS = [
  { title: "Symbol", width: "6rem", cell: (one) => one.symbol },
  { title: "Side", width: "4rem", cell: (one) => one.side },
  { title: "Quantity", number: true, cell: (one) => html`<${Figure} value=${one.quantity} />` },
  { title: "State", width: "9rem", cell: (one) => html`<${State} state=${one.state} />` },
  { title: "Type", width: "8rem", cell: (one) => one.type.replaceAll("_", " ") },
  { title: "Limit", number: true, cell: (one) => html`<${Figure} value=${one.limit_price} />` },
  { title: "Filled", number: true, cell: (one) => html`<${Figure} value=${one.filled_quantity} />` },
  { title: "Average", number: true, cell: (one) => html`<${Figure} value=${one.average_price} />` },
  { title: "Updated", width: "13rem", cell: (one) => html`<${Time} at=${one.updated_at} />` },
];

/** @type {import("../../kit/grid.js").Column<Fill>[]} */
const FILLS = [
  { title: "Symbol", width: "6rem", cell: (one) => one.symbol },
  { title: "Side", width: "4rem", cell: (one) => one.side },
  { title: "Quantity", number: true, cell: (one) => html`<${Figure} value=${one.quantity} />` },
  { title: "Price", number: true, cell: (one) => html`<${Figure} value=${one.price} />` },
  {
    title: "Commission",
    number: true,
    cell: (one) => html`<${Figure} value=${one.commission} currency=${one.currency} />`,
  },
  { title: "Market time", width: "13rem", cell: (one) => html`<${Time} at=${one.market_at} />` },
];

/** @param {{ loaded: import("../../core/loaded.js").Loaded<Order[]>, more?: import("../../kit/grid.js").Column<Order>[], empty?: string }} props */
export function OrdersGrid({ loaded, more = [], empty = "No orders yet." }) {
  // What can be done with an order stands before what only tells more of it.
  const columns = [...ORDERS.slice(0, 4), ...more, ...ORDERS.slice(4)];
  return html`<${Loaded} of=${loaded} what="orders">
    ${(/** @type {Order[]} */ rows) => html`<${Grid} name="Orders" columns=${columns} rows=${rows} keyOf=${(/** @type {Order} */ one) => one.id} empty=${empty} />`}
  <//>`;
}

/** @param {{ loaded: import("../../core/loaded.js").Loaded<Fill[]> }} props */
export function FillsGrid({ loaded }) {
  return html`<${Loaded} of=${loaded} what="fills">
    ${(/** @type {Fill[]} */ rows) => html`<${Grid} name="Fills" columns=${FILLS} rows=${rows} keyOf=${(/** @type {Fill} */ one) => one.id} empty="No fills yet." rowsShown=${6} />`}
  <//>`;
}
