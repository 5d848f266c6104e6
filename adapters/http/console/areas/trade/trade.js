import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { account, may } from "../../core/context.js";
import { connection } from "../../core/live.js";
import { useLoaded } from "../../core/loaded.js";
import { problemOf } from "../../core/problem.js";
import { HOME, address, go } from "../../core/router.js";
import { Empty, Panel } from "../../kit/basics.js";
import { LivePrice } from "../../kit/price.js";
import { toast } from "../../kit/toasts.js";
import { OrdersGrid, isOpen, useFills, useOrders } from "../orders/grids.js";
import { CancelAll, Replace } from "./changes.js";
import { Chart } from "./chart.js";
import { Denial } from "./denial.js";
import { BLANK } from "./terms.js";
import { Ticket } from "./ticket.js";

/**
 * @typedef {import("../orders/grids.js").Order} Order
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/trade",
  title: "Trade",
  permission: "orders.read",
  place: 20,
  view: Trade,
};

function Trade() {
  const one = account.value;
  const named = new URLSearchParams(address.value.split("?")[1]).get("symbol") ?? "";
  const [terms, setTerms] = useState({ ...BLANK, symbol: named });
  const [denied, setDenied] = useState("");
  const [replacing, setReplacing] = useState(/** @type {Order | null} */ (null));
  const [cancelling, setCancelling] = useState(false);
  const instruments = useLoaded(async (signal) => (await ask("GET /api/v1/market/instruments", { signal })).items, []);
  const symbols = useMemo(() => instruments.data?.map((each) => each.symbol) ?? [], [instruments.data]);
  const orders = useOrders(one?.id);
  const fills = useFills(one?.id);

  useEffect(() => {
    // Whoever is about to write a symbol must not find another one in front of it.
    if (document.activeElement?.getAttribute("name") === "symbol") return;
    if (symbols[0]) setTerms((was) => (was.symbol ? was : { ...was, symbol: symbols[0] ?? "" }));
  }, [symbols]);
  const symbol = symbols.find((each) => each === terms.symbol.trim().toUpperCase()) ?? "";
  // The address says which symbol it is: a reload and a workspace come back to it.
  const written = useRef(named);
  useEffect(() => {
    if (named && named !== written.current) setTerms((was) => ({ ...was, symbol: named }));
    written.current = named;
  }, [named]);
  useEffect(() => {
    if (!symbol || symbol === named) return;
    written.current = symbol;
    go(`${HOME}/trade?symbol=${encodeURIComponent(symbol)}`, { replace: true });
  }, [symbol]);
  if (!one) return html`<${Empty}>There is no account to trade in yet.<//>`;

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
