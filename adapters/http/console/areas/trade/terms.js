import { readDecimal } from "../../core/decimal.js";

/**
 * @typedef {import("../../types/api.js").OrderBody} OrderBody
 * @typedef {Record<"symbol" | "side" | "type" | "quantity" | "limit_price" | "stop_price" | "trail" | "trail_kind" | "time_in_force" | "expires_at" | "display_quantity", string> & { post_only: boolean, reduce_only: boolean }} Terms
 */

/** What each type asks for beyond a quantity. @type {Record<import("../../types/api.js").OrderType, ("limit_price" | "stop_price" | "trail")[]>} */
export const ASKS = {
  market: [],
  limit: ["limit_price"],
  stop: ["stop_price"],
  stop_limit: ["stop_price", "limit_price"],
  trailing_stop: ["trail"],
  market_if_touched: ["stop_price"],
  limit_if_touched: ["stop_price", "limit_price"],
  market_to_limit: [],
};

/** @type {[string, string][]} */
export const TYPES = Object.keys(ASKS).map((one) => [one, wordOf(one)]);

/** @type {[import("../../types/api.js").TimeInForce, string][]} */
export const TIMES = [
  ["day", "Day"],
  ["gtc", "Until cancelled"],
  ["ioc", "Immediate or cancel"],
  ["fok", "Fill or kill"],
  ["gtd", "Until a time"],
  ["opg", "At the open"],
  ["cls", "At the close"],
];

/** @type {Terms} */
export const BLANK = {
  symbol: "",
  side: "buy",
  type: "market",
  quantity: "",
  limit_price: "",
  stop_price: "",
  trail: "",
  trail_kind: "percent",
  time_in_force: "day",
  expires_at: "",
  display_quantity: "",
  post_only: false,
  reduce_only: false,
};

/** @param {string} name */
export function wordOf(name) {
  const words = name.replaceAll("_", " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** Which lines of the ticket belong to a type. @param {Terms} terms */
export function asked(terms) {
  return ASKS[/** @type {import("../../types/api.js").OrderType} */ (terms.type)] ?? [];
}

/**
 * The order as it is sent: figures as they were typed, what its type does not ask for left out.
 * @param {Terms} terms
 * @param {string} accountId
 * @returns {OrderBody}
 */
export function bodyOf(terms, accountId) {
  const needs = asked(terms);
  /** @param {string} typed */
  const figure = (typed) => readDecimal(typed) ?? typed.trim();
  return /** @type {OrderBody} */ ({
    account_id: accountId,
    symbol: terms.symbol.trim().toUpperCase(),
    side: terms.side,
    type: terms.type,
    quantity: figure(terms.quantity),
    time_in_force: terms.time_in_force,
    ...(needs.includes("limit_price") ? { limit_price: figure(terms.limit_price) } : {}),
    ...(needs.includes("stop_price") ? { stop_price: figure(terms.stop_price) } : {}),
    ...(needs.includes("trail") ? { trail: figure(terms.trail), trail_kind: terms.trail_kind } : {}),
    ...(terms.time_in_force === "gtd" ? { expires_at: terms.expires_at ? `${terms.expires_at}:00Z` : "" } : {}),
    ...(terms.display_quantity ? { display_quantity: figure(terms.display_quantity) } : {}),
    ...(terms.post_only ? { post_only: true } : {}),
    ...(terms.reduce_only ? { reduce_only: true } : {}),
  });
}

/** Whether all that is asked for is there, so that the gate can be asked. @param {Terms} terms */
export function isWhole(terms) {
  const figures = ["quantity", ...asked(terms)];
  return (
    Boolean(terms.symbol.trim()) &&
    figures.every((one) => readDecimal(/** @type {any} */ (terms)[one]) !== null) &&
    (terms.time_in_force !== "gtd" || Boolean(terms.expires_at))
  );
}
