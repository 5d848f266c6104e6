import { html } from "../../vendor/preact.js";
import { wordOf } from "../trade/terms.js";

/** What would be another, and nothing else. @param {{ before: Record<string, string>, after: Record<string, string> }} props */
export function Difference({ before, after }) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (one) => before[one] !== after[one] && !one.endsWith("rule_id"),
  );
  return html`<dl class="figures small">${names.map((one) => html`<div key=${one}><dt>${wordOf(one)}</dt><dd>${before[one] ?? "nothing"} → <strong>${after[one] ?? "nothing"}</strong></dd></div>`)}</dl>`;
}
