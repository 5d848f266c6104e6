import { html } from "../../vendor/preact.js";
import { Empty, Figure, Panel, Told } from "../../kit/basics.js";
import { wordOf } from "../trade/terms.js";

/**
 * @typedef {import("../../types/api.js").AssessmentView} Assessment
 * @typedef {Assessment["positions"][number]} Position
 */

/** @type {[string, (one: Position) => import("../../vendor/preact.js").ComponentChildren][]} */
const COLUMNS = [
  ["Quantity", (one) => html`<${Figure} value=${one.quantity} />`],
  ["Value", (one) => html`<${Figure} value=${one.value} />`],
  ["Initial", (one) => html`<${Figure} value=${one.initial} />`],
  ["Maintenance", (one) => html`<${Figure} value=${one.maintenance} />`],
  ["Call at", (one) => html`<${Figure} value=${one.call_price} />`],
  ["Liquidation at", (one) => html`<${Figure} value=${one.liquidation_price} />`],
  ["Distance in %", (one) => html`<${Figure} value=${one.distance_percent} />`],
];

/** What a book takes, position by position, and what is margined together. @param {{ found: Assessment }} props */
export function Assessed({ found }) {
  return html`
    <${Panel} title="Its margin">
      <p class="muted">By ${found.rulebook}</p>
      <dl class="figures">
        <${Told} name="Equity" value=${found.equity} />
        <${Told} name="Initial margin" value=${found.initial} />
        <${Told} name="Maintenance margin" value=${found.maintenance} />
        <${Told} name="Deposit" value=${found.deposit} />
        <${Told} name="Buffer" value=${found.buffer} as="percent" />
        <${Told} name="Excess" value=${found.excess} signed />
        <${Told} name="Left to open with" value=${found.available} signed />
        <${Told} name="SMA" value=${found.sma} />
        <${Told} name="Least equity" value=${found.minimum_equity} />
      </dl>
      <h3>Positions</h3>
      ${
        found.positions.length
          ? html`<div class="table" tabindex="0" role="region" aria-label="Positions of the book"><table>
        <thead><tr><th scope="col">Symbol</th>${COLUMNS.map(([title]) => html`<th scope="col">${title}</th>`)}</tr></thead>
        <tbody>${found.positions.map((one) => html`<tr key=${one.symbol}><th scope="row">${one.symbol}</th>${COLUMNS.map(([, cell]) => html`<td>${cell(one)}</td>`)}</tr>`)}</tbody>
      </table></div>`
          : html`<${Empty}>The book has no positions.<//>`
      }
      <h3>Pairings</h3>
      ${
        found.pairings.length
          ? html`<div class="table" tabindex="0" role="region" aria-label="Pairings"><table>
        <thead><tr>${["Margined together", "Legs", "Requirement", "Initial", "Maintenance"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
        <tbody>${found.pairings.map(
          (one) =>
            html`<tr><th scope="row">${wordOf(one.strategy)}</th>
          <td>${one.legs.map((leg) => `${leg.quantity} ${leg.symbol}`).join(", ")}</td>
          ${[one.requirement, one.initial, one.maintenance].map((value) => html`<td><${Figure} value=${value} /></td>`)}</tr>`,
        )}</tbody>
      </table></div>`
          : html`<${Empty}>Nothing is margined together.<//>`
      }
    <//>`;
}
