import { html, useEffect, useMemo, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { account, may } from "../../core/desk.js";
import { useNews, useTicking } from "../../core/following.js";
import { connection } from "../../core/live.js";
import { useLoaded } from "../../core/loaded.js";
import { problemOf } from "../../core/problem.js";
import { Empty, Loaded, Panel } from "../../kit/basics.js";
import { LivePrice } from "../../kit/price.js";
import { PriceChart } from "../../kit/price_chart.js";
import { toast } from "../../kit/toasts.js";
import { OrdersGrid, isOpen, useFills, useOrders } from "../orders/grids.js";
import { CancelAll, Replace } from "./changes.js";
import { Denial } from "./denial.js";
import { BLANK } from "./terms.js";
import { Ticket } from "./ticket.js";

/**
 * @typedef {import("../orders/grids.js").Order} Order
 * @typedef {import("../orders/grids.js").Fill} Fill
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/trade",
  title: "Trade",
  permission: "orders.read",
  place: 20,
  view: Trade,
};

const DAYS = 512;

function Trade() {
  const one = account.value;
  const [terms, setTerms] = useState({ ...BLANK, symbol: new URLSearchParams(location.search).get("symbol") ?? "" });
  const [denied, setDenied] = useState("");
  const [replacing, setReplacing] = useState(/** @type {Order | null} */ (null));
  const [cancelling, setCancelling] = useState(false);
  const instruments = useLoaded(async (signal) => (await ask("GET /api/v1/market/instruments", { signal })).items, []);
  const symbols = useMemo(() => instruments.data?.map((each) => each.symbol) ?? [], [instruments.data]);
  const orders = useOrders(one?.id);
  const fills = useFills(one?.id);

  useEffect(() => {
    if (!terms.symbol && symbols[0]) setTerms((was) => ({ ...was, symbol: symbols[0] ?? "" }));
  }, [symbols]);
  if (!one) return html`<${Empty}>There is no account to trade in yet.<//>`;

  const symbol = symbols.find((each) => each === terms.symbol.trim().toUpperCase()) ?? "";
  /** @type {import("../../kit/grid.js").Column<Order>[]} */
  const actions = [
    {
      title: "Do",
      width: "12rem",
      cell: (order) => html`<${Actions} order=${order} onReplace=${setReplacing} onWhy=${setDenied} />`,
    },
  ];
  return html`<div class=${connection.value === "Stale" ? "stale-prices" : ""}>
    <div class="two">
      <div>
        <${Panel} title=${symbol || "Prices"} id="chart-title" actions=${symbol ? html`<strong><${LivePrice} symbol=${symbol} /></strong>` : null}>
          ${symbol ? html`<${Chart} accountId=${one.id} symbol=${symbol} orders=${orders.data ?? []} fills=${fills.data ?? []} />` : html`<${Empty}>Choose a symbol that is traded here.<//>`}
        <//>
      </div>
      ${may("orders.trade") ? html`<${Panel} title="Order"><${Ticket} accountId=${one.id} terms=${terms} setTerms=${setTerms} symbols=${symbols} onDenied=${setDenied} /><//>` : null}
    </div>
    ${denied ? html`<${Denial} orderId=${denied} onClose=${() => setDenied("")} />` : null}
    <${Panel} title="Orders" actions=${may("orders.cancel") ? html`<button type="button" onClick=${() => setCancelling(true)}>Cancel all</button>` : null}>
      <${OrdersGrid} loaded=${orders} more=${actions} />
    <//>
    ${replacing ? html`<${Replace} order=${replacing} onClose=${() => setReplacing(null)} />` : null}
    ${cancelling ? html`<${CancelAll} accountId=${one.id} name=${one.name} symbol=${symbol} onClose=${() => setCancelling(false)} />` : null}
  </div>`;
}

/** What can be done with an order as it stands. @param {{ order: Order, onReplace: (order: Order) => void, onWhy: (id: string) => void }} props */
function Actions({ order, onReplace, onWhy }) {
  const [busy, setBusy] = useState(false);
  const named = `${order.side} ${order.quantity} ${order.symbol}`;
  async function cancel() {
    if (busy) return;
    setBusy(true);
    try {
      const found = await ask("DELETE /api/v1/orders/{order_id}", { path: { order_id: order.id } });
      toast(`${named} is ${found.state.replaceAll("_", " ")}`);
    } catch (error) {
      const problem = problemOf(error);
      toast(`${named}: ${problem.detail || problem.title}`, "bad");
    }
    setBusy(false);
  }
  if (order.state === "denied")
    return html`<button type="button" aria-label=${`Why was ${named} denied`} onClick=${() => onWhy(order.id)}>Why?</button>`;
  if (!isOpen(order)) return null;
  return html`
    ${may("orders.cancel") ? html`<button type="button" aria-disabled=${busy} aria-label=${`Cancel ${named}`} onClick=${cancel}>Cancel</button>` : null}
    ${may("orders.trade") ? html` <button type="button" aria-label=${`Replace ${named}`} onClick=${() => onReplace(order)}>Replace</button>` : null}`;
}

/** @param {{ accountId: string, symbol: string, orders: Order[], fills: Fill[] }} props */
function Chart({ accountId, symbol, orders, fills }) {
  const bars = useLoaded(
    async (signal) =>
      (await ask("GET /api/v1/market/bars/{symbol}", { path: { symbol }, query: { count: DAYS }, signal })).items,
    [symbol],
  );
  const held = useLoaded(
    async (signal) =>
      (await ask("GET /api/v1/accounts/{account_id}/positions", { path: { account_id: accountId }, signal })).items,
    [accountId],
  );
  useTicking(bars.reload);
  useNews(accountId, ["positions"], held.reload);
  const candles = useMemo(
    () => (bars.data ?? []).map(({ opened_at, ...prices }) => ({ day: opened_at.slice(0, 10), ...prices })),
    [bars.data],
  );
  const marks = useMemo(
    () =>
      fills
        .filter((one) => one.symbol === symbol)
        .map((one) => ({ day: one.market_at.slice(0, 10), side: one.side, text: one.quantity }))
        .toSorted((a, b) => (a.day < b.day ? -1 : 1)),
    [fills, symbol],
  );
  const lines = useMemo(() => {
    const working = orders
      .filter((one) => one.symbol === symbol && isOpen(one))
      .flatMap((one) =>
        [one.limit_price, one.stop_price]
          .filter((price) => price !== null)
          .map((price) => ({ price, title: `${one.side} ${one.quantity}`, tone: /** @type {const} */ ("order") })),
      );
    const cost = held.data?.find((one) => one.symbol === symbol)?.average_cost;
    return cost ? [...working, { price: cost, title: "average cost", tone: /** @type {const} */ ("cost") }] : working;
  }, [orders, held.data, symbol]);
  return html`<${Loaded} of=${bars} what="prices">${() => html`<${PriceChart} name="Price chart" candles=${candles} marks=${marks} lines=${lines} />`}<//>`;
}
