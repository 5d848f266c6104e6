import { html, useMemo } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useNews, useTicking } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded } from "../../kit/basics.js";
import { PriceChart } from "../../kit/price_chart.js";
import { isOpen } from "../orders/grids.js";

/**
 * @typedef {import("../orders/grids.js").Order} Order
 * @typedef {import("../orders/grids.js").Fill} Fill
 */

const DAYS = 512;

/** The prices of a symbol, with what the account did and wants there. @param {{ accountId: string, symbol: string, orders: Order[], fills: Fill[] }} props */
export function Chart({ accountId, symbol, orders, fills }) {
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
