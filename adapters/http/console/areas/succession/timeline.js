import { html } from "../../vendor/preact.js";
import { DAYS_MAX, timelineOf } from "./words.js";

/**
 * Where silence leads by a plan, day by day: worked out here, for nobody's clock.
 * @param {{ durations: import("./words.js").Durations, needed?: string, trustees?: number, now?: string | null, name?: string }} props
 */
export function Timeline({ durations, needed = "", trustees = 0, now = null, name = "Timeline" }) {
  const steps = timelineOf(durations);
  if (!steps) return html`<p class="note" role="status">Each stretch is 1 to ${DAYS_MAX} whole days.</p>`;
  const asked = trustees ? `${needed || "?"} of ${trustees} trustees have confirmed` : "enough trustees have confirmed";
  return html`<div class="table" tabindex="0" role="region" aria-label=${name}><table>
    <thead><tr>${["From day", "What it means", "Trading"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
    <tbody>${steps.map(
      (one) =>
        html`<tr key=${one.state} aria-current=${one.state === now ? "step" : undefined}>
      <td class="figure">${one.day}</td>
      <th scope="row">${one.says}${one.state === "RELEASED" ? `. Not before ${asked} since they were asked` : ""}${one.state === now ? html` <strong>(now)</strong>` : null}</th>
      <td>${one.trading}</td>
    </tr>`,
    )}</tbody>
  </table></div>
  <p class="muted">Only days on which this server ran and could hear the owner count.</p>`;
}
