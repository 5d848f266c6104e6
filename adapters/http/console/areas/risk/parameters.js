import { html } from "../../vendor/preact.js";
import { Field, Select } from "../../kit/form.js";
import { wordOf } from "../trade/terms.js";

/** @typedef {import("../../types/api.js").ParameterView} Parameter */

/**
 * A field for each parameter that a rule type declares.
 * @param {{ of: Parameter[], values: Record<string, string | string[]>, onChange: (values: Record<string, string | string[]>) => void, prefix?: string }} props
 */
export function Parameters({ of, values, onChange, prefix = "" }) {
  return of.map((one) => {
    const given = values[one.name] ?? "";
    const label = wordOf(one.name);
    const name = `${prefix}parameters.${one.name}`;
    /** @param {string | string[]} value */
    const set = (value) => onChange({ ...values, [one.name]: value });
    const usual = Array.isArray(one.default) ? one.default.join(", ") || "none" : one.default;
    if (one.kind === "choice") {
      const options = (one.choices ?? []).map((each) => [each, wordOf(each)]);
      return html`<${Select} key=${one.name} label=${label} name=${name} value=${given || one.default} options=${options} onChange=${set} />`;
    }
    if (one.kind === "symbols") {
      const text = Array.isArray(given) ? given.join(", ") : given;
      /** @param {string} typed */
      const split = (typed) => set(typed.toUpperCase().split(/[\s,]+/));
      return html`<${Field} key=${one.name} label=${label} name=${name} value=${text} onChange=${split} hint=${`Symbols with a comma between them. Usually ${usual}.`} />`;
    }
    const bounds = [one.low && `at least ${one.low}`, one.high && `at most ${one.high}`].filter(Boolean).join(", ");
    return html`<${Field} key=${one.name} label=${label} name=${name} value=${given} onChange=${set} inputmode="decimal" hint=${`Usually ${usual}${bounds ? `; ${bounds}` : ""}.`} />`;
  });
}
