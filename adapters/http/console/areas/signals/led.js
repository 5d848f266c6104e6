import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { may } from "../../core/context.js";

/**
 * @typedef {import("../../types/api.js").SignalView} Signal
 * @typedef {{ order: string, told: string }} Led
 */

// The latest of each strategy that is live; what was before stands with the orders.
const DECISIONS = 200;
const STRATEGIES = 20;

/**
 * The orders that signals led to, by the signal.
 * @param {ReadonlyMap<string, Led[]>} led
 * @returns {import("../../kit/grid.js").Column<Signal>}
 */
export const ledTo = (led) => ({
  title: "Orders",
  width: "minmax(12rem, 1fr)",
  cell: (one) =>
    html`${(led.get(one.signal_id) ?? []).map((each) => html`<span key=${each.order} title=${`Order ${each.order}`}>${each.told} </span>`)}`,
});

/**
 * What the latest decisions of all strategies say of orders.
 * @param {AbortSignal} signal
 * @returns {Promise<ReadonlyMap<string, Led[]>>}
 */
export async function loadLed(signal) {
  /** @type {Map<string, Led[]>} */
  const led = new Map();
  if (!may("strategies.read")) return led;
  const strategies = (await ask("GET /api/v1/strategies", { query: { limit: 200 }, signal })).items;
  const live = strategies.filter((one) => one.mode === "live").slice(0, STRATEGIES);
  for (const { id, name } of live) {
    const given = { path: { strategy_id: id }, query: { limit: DECISIONS }, signal };
    const { items } = await ask("GET /api/v1/strategies/{strategy_id}/decisions", given);
    for (const { signal_id, side, quantity, reason, order_id } of items) {
      if (order_id === null) continue;
      const told = `${name}: ${side} ${quantity}${reason ? `, ${reason.replaceAll("_", " ")}` : ""}`;
      led.set(signal_id, [...(led.get(signal_id) ?? []), { order: order_id, told }]);
    }
  }
  return led;
}
