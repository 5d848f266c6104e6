import { html } from "../../vendor/preact.js";
import { Checkbox, Field, Select } from "../../kit/form.js";
import { wordOf } from "../trade/terms.js";
import { ASKS } from "./book.js";

/** @typedef {import("./book.js").Row} Row */

/** @type {[string, string][]} */
const CLASSES = Object.keys(ASKS).map((one) => [one, wordOf(one)]);
/** @type {[string, string][]} */
const RIGHTS = [
  ["call", "Call"],
  ["put", "Put"],
];
/** @type {Partial<Record<keyof Row, string>>} */
const HINTS = {
  multiplier: "Empty: 100 for an option, else 1.",
  leverage: "Empty: 1.",
  entry_price: "Empty: today's.",
  tiers: "From which value on, and the rate: 0 0.004, 50000 0.005.",
};

/** The lines of one position, as its class needs them. @param {{ row: Row, at: number, onChange: (row: Row) => void, onRemove: () => void }} props */
export function PositionFields({ row, at, onChange, onRemove }) {
  /** @param {keyof Row} name */
  const set = (name) => (/** @type {string | boolean} */ value) => onChange({ ...row, [name]: value });
  /** @param {keyof Row} name */
  const called = (name) => `positions.${at}.${name}`;
  /** @param {keyof Row} name @param {string} [label] */
  const line = (name, label = wordOf(name)) =>
    html`<${Field} key=${name} label=${label} name=${called(name)} value=${row[name]} onChange=${set(name)} type=${name === "expiry" ? "date" : "text"}
      inputmode=${name === "symbol" || name === "underlying" || name === "tiers" ? undefined : "decimal"} hint=${HINTS[name]} />`;
  const asks = (ASKS[row.asset_class] ?? []).filter((one) => one !== "right" && one !== "broad_index");
  return html`<fieldset class="row">
    <legend>Position ${at + 1}</legend>
    <div class="columns">
      ${line("symbol")}
      <${Select} label="Class" name=${called("asset_class")} value=${row.asset_class} options=${CLASSES} onChange=${set("asset_class")} />
      <${Field} label="Quantity" name=${called("quantity")} value=${row.quantity} onChange=${set("quantity")} inputmode="decimal" required hint="Below zero: sold short." />
      ${line("price")}
      ${row.asset_class === "option" ? html`<${Select} label="Right" name=${called("right")} value=${row.right} options=${RIGHTS} onChange=${set("right")} />` : null}
      ${asks.map((name) => line(name))}
    </div>
    ${row.asset_class === "option" ? html`<${Checkbox} label="On a broad index" name=${called("broad_index")} checked=${row.broad_index} onChange=${set("broad_index")} />` : null}
    <button type="button" aria-label=${`Remove position ${at + 1}`} onClick=${onRemove}>Remove</button>
  </fieldset>`;
}
