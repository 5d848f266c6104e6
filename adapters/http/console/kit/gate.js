import { html } from "../vendor/preact.js";
import { shown } from "../core/decimal.js";
import { Meter } from "./basics.js";

/** @typedef {import("../types/api.js").HeadroomView} Headroom */

/**
 * What each rule looked at: its value, its limit, how much of it is used.
 * @param {{ headroom: Headroom[], name: string }} props
 */
export function Rules({ headroom, name }) {
  return html`<div class="table" tabindex="0" role="region" aria-label=${name}><table>
    <thead><tr><th scope="col">Rule</th><th scope="col">Value</th><th scope="col">Limit</th><th scope="col">Used</th></tr></thead>
    <tbody>${headroom.map(
      (one) =>
        html`<tr key=${one.rule_id ?? one.rule_name}>
      <th scope="row">${one.rule_name}<span class="muted"> ${one.missing ? `lacks ${one.missing}` : one.breached ? (one.exempt ? "breached, exempt" : "breached") : ""}</span></th>
      <td class="figure">${one.value === null ? "–" : shown(one.value)}</td>
      <td class="figure">${one.limit === null ? "–" : shown(one.limit)} <span class="muted">${one.unit}</span></td>
      <td><${Meter} used=${one.used} breached=${one.breached} /></td>
    </tr>`,
    )}</tbody>
  </table></div>`;
}

/** Why not, reason by reason. @param {{ reasons: import("../types/api.js").ReasonView[] }} props */
export function Reasons({ reasons }) {
  return html`<ul>${reasons.map((one) => html`<li>${one.message}${one.clause ? html` <span class="muted">(${one.clause})</span>` : null}</li>`)}</ul>`;
}
