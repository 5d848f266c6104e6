import { readDecimal } from "../../core/decimal.js";
import { Problem } from "../../core/problem.js";

/**
 * @typedef {import("../../types/api.js").WhatIfBody} WhatIfBody
 * @typedef {import("../../types/api.js").RulebookName} RulebookName
 * @typedef {Record<"key" | "symbol" | "asset_class" | "quantity" | "price" | "multiplier" | "underlying" | "underlying_price" | "right" | "strike" | "expiry" | "entry_price" | "leverage" | "tiers", string> & { broad_index: boolean }} Row
 */

/** @type {Row} */
export const BLANK = {
  key: "",
  symbol: "",
  asset_class: "equity",
  quantity: "",
  price: "",
  multiplier: "",
  underlying: "",
  underlying_price: "",
  right: "call",
  strike: "",
  expiry: "",
  entry_price: "",
  leverage: "",
  tiers: "",
  broad_index: false,
};

/** What each class asks for beyond symbol, quantity and price. @type {Record<string, (keyof Row)[]>} */
export const ASKS = {
  equity: ["leverage"],
  option: ["underlying", "underlying_price", "right", "strike", "expiry", "multiplier", "broad_index"],
  future: ["multiplier"],
  crypto_perp: ["entry_price", "leverage", "multiplier", "tiers"],
};

/** Whether a rulebook counts a wallet in place of cash. @param {string} rulebook */
export function takesWallet(rulebook) {
  return rulebook.startsWith("crypto_");
}

/**
 * The book as it is sent: figures as they were typed, what is empty left out.
 * @param {{ rulebook: string, as_of: string, money: string }} head
 * @param {Row[]} rows
 * @returns {WhatIfBody}
 */
export function bookOf(head, rows) {
  return {
    rulebook: /** @type {RulebookName} */ (head.rulebook),
    as_of: head.as_of,
    [takesWallet(head.rulebook) ? "wallet" : "cash"]: figure(head.money),
    positions: rows.map((row) => {
      /** @type {Record<string, unknown>} */
      const said = { symbol: row.symbol.trim(), asset_class: row.asset_class };
      for (const name of /** @type {const} */ (["quantity", "price"])) said[name] = figure(row[name]);
      for (const name of ASKS[row.asset_class] ?? []) {
        const value = row[name];
        if (name === "tiers") said[name] = tiersOf(row.tiers);
        else if (typeof value === "boolean") said[name] = value;
        else if (value.trim()) said[name] = name === "underlying" ? value.trim().toUpperCase() : figure(value);
      }
      return /** @type {WhatIfBody["positions"][number]} */ (said);
    }),
  };
}

/** @param {string} typed */
function figure(typed) {
  return readDecimal(typed) ?? typed.trim();
}

/** Tiers as they are typed, "0 0.004, 50000 0.005": from which value on, and the rate. @param {string} typed */
function tiersOf(typed) {
  return typed
    .split(/[,;]/)
    .map((one) => one.trim())
    .filter(Boolean)
    .map((one) => {
      const [floor = "", rate = ""] = one.split(/[\s:]+/);
      return { floor, rate };
    });
}

/**
 * A book out of a file, every figure as it is written there: a number of a program's own would lose digits.
 * @param {File} file
 * @returns {Promise<WhatIfBody>}
 */
export async function readBook(file) {
  /** @param {string} _ @param {unknown} value @param {{ source?: string }} [context] */
  const exact = (_, value, context) => {
    if (typeof value !== "number") return value;
    if (context?.source === undefined)
      throw refused("this browser cannot read its numbers exactly: write them between quotes");
    return context.source;
  };
  let read;
  try {
    read = JSON.parse(await file.text(), exact);
  } catch (error) {
    throw error instanceof Problem ? error : refused(`is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof read !== "object" || read === null || !Array.isArray(read.positions))
    throw refused("must be an object with rulebook, as_of, cash or wallet, and positions");
  return read;
}

/** @param {string} detail */
function refused(detail) {
  return new Problem(400, { errors: [{ pointer: "/file", detail }] });
}
