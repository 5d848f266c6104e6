import { html } from "../../vendor/preact.js";
import { readDecimal, sum } from "../../core/decimal.js";
import { Field } from "../../kit/form.js";

/**
 * @typedef {{ key: string, name: string, percent: string }} Share
 * @typedef {{ key: string, asset_class: string, beneficiaries: Share[], contingents: Share[] }} Allocation
 * @typedef {"beneficiaries" | "contingents"} Part
 */

let last = 0;

/** @returns {string} */
function nextKey() {
  last += 1;
  return String(last);
}

/** @param {import("../../types/api.js").AllocationView[]} views @returns {Allocation[]} */
export function allocationsOf(views) {
  /** @param {import("../../types/api.js").ShareView[]} shares */
  const keyed = (shares) => shares.map((one) => ({ ...one, key: nextKey() }));
  return views.map((one) => ({
    key: nextKey(),
    asset_class: one.asset_class,
    beneficiaries: keyed(one.beneficiaries),
    contingents: keyed(one.contingents),
  }));
}

/** As they are sent: percents as they were typed. @param {Allocation[]} allocations */
export function bodyOf(allocations) {
  /** @param {Share[]} shares */
  const said = (shares) =>
    shares.map((one) => ({ name: one.name.trim(), percent: readDecimal(one.percent) ?? one.percent.trim() }));
  return allocations.map((one) => ({
    asset_class: one.asset_class.trim(),
    beneficiaries: said(one.beneficiaries),
    contingents: said(one.contingents),
  }));
}

/** Who gets which part of an asset class, each list exactly the whole. @param {{ allocations: Allocation[], onChange: (allocations: Allocation[]) => void }} props */
export function Allocations({ allocations, onChange }) {
  const add = () =>
    onChange([
      ...allocations,
      {
        key: nextKey(),
        asset_class: "",
        beneficiaries: [{ key: nextKey(), name: "", percent: "100" }],
        contingents: [],
      },
    ]);
  /** @param {string} key @param {Partial<Allocation>} said */
  const alter = (key, said) => onChange(allocations.map((one) => (one.key === key ? { ...one, ...said } : one)));
  return html`${allocations.map(
    (one, at) =>
      html`<fieldset class="row" key=${one.key}>
    <legend>${one.asset_class || `Asset class ${at + 1}`}</legend>
    <${Field} label=${`Asset class ${at + 1}`} name=${`allocations.${at}.asset_class`} value=${one.asset_class} onChange=${(/** @type {string} */ name) => alter(one.key, { asset_class: name })} required hint="Such as securities, cash, real estate." />
    ${
      /** @type {[Part, string][]} */ ([
        ["beneficiaries", "Beneficiary"],
        ["contingents", "Contingent"],
      ]).map(
        ([part, word]) =>
          html`<${Shares} word=${word} of=${one.asset_class || `asset class ${at + 1}`} name=${`allocations.${at}.${part}`} shares=${one[part]} onChange=${(/** @type {Share[]} */ shares) => alter(one.key, { [part]: shares })} />`,
      )
    }
    <button type="button" aria-label=${`Remove ${one.asset_class || `asset class ${at + 1}`}`} onClick=${() => onChange(allocations.filter((each) => each.key !== one.key))}>Remove</button>
  </fieldset>`,
  )}
  <div class="actions"><button type="button" onClick=${add}>Add an asset class</button></div>`;
}

/** @param {{ word: string, of: string, name: string, shares: Share[], onChange: (shares: Share[]) => void }} props */
function Shares({ word, of, name, shares, onChange }) {
  /** @param {string} key @param {Partial<Share>} said */
  const alter = (key, said) => onChange(shares.map((one) => (one.key === key ? { ...one, ...said } : one)));
  const percents = shares.map((one) => readDecimal(one.percent));
  const total = percents.some((one) => one === null) ? null : sum(percents.map(String));
  return html`<div role="group" aria-label=${`${word} of ${of}`}>
    ${shares.map(
      (one, at) =>
        html`<div class="columns" key=${one.key}>
      <${Field} label=${`${word} ${at + 1}`} name=${`${name}.${at}.name`} value=${one.name} onChange=${(/** @type {string} */ said) => alter(one.key, { name: said })} required />
      <${Field} label=${`Percent of ${word.toLowerCase()} ${at + 1}`} name=${`${name}.${at}.percent`} value=${one.percent} onChange=${(/** @type {string} */ said) => alter(one.key, { percent: said })} inputmode="decimal" required />
      <div class="actions"><button type="button" aria-label=${`Remove ${word.toLowerCase()} ${at + 1}`} onClick=${() => onChange(shares.filter((each) => each.key !== one.key))}>Remove</button></div>
    </div>`,
    )}
    ${shares.length ? html`<p role="status" class=${total === "100" ? "muted" : "field-error"}>${total === null ? "A percent is no figure." : total === "100" ? "Together exactly 100 %." : `Together ${total} %: they must be exactly 100.`}</p>` : null}
    <button type="button" onClick=${() => onChange([...shares, { key: nextKey(), name: "", percent: "" }])}>Add a ${word.toLowerCase()}</button>
  </div>`;
}

/** The same to read, for whoever may see the plan. @param {{ of: import("../../types/api.js").AllocationView[] }} props */
export function WhoGetsWhat({ of }) {
  if (!of.length) return null;
  /** @param {import("../../types/api.js").ShareView[]} shares */
  const said = (shares) => shares.map((one) => `${one.name} ${one.percent} %`).join(", ") || "–";
  return html`<h3>Who gets what</h3>
  <div class="table" tabindex="0" role="region" aria-label="Who gets what"><table>
    <thead><tr>${["Asset class", "Beneficiaries", "Instead of them"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
    <tbody>${of.map((one) => html`<tr key=${one.asset_class}><th scope="row">${one.asset_class}</th><td>${said(one.beneficiaries)}</td><td>${said(one.contingents)}</td></tr>`)}</tbody>
  </table></div>`;
}
