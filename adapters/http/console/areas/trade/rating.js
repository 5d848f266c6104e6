import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { usePreview } from "../../core/previewed.js";
import { Figure, ProblemNote } from "../../kit/basics.js";
import { bodyOf, isWhole, wordOf } from "./terms.js";

/**
 * @typedef {import("../../types/api.js").AnalysisView} Analysis
 * @typedef {import("../../types/api.js").PartView} Part
 */

const AGAIN_MS = 10_000;
/** @type {Record<string, string>} */
const TONES = { SAFE: "approved", DANGER: "denied" };

/**
 * How risky the order would be beyond what the gate says, part by part.
 * @param {{ accountId: string, terms: import("./terms.js").Terms }} props
 */
export function Rating({ accountId, terms }) {
  const { data, problem } = usePreview(
    isWhole(terms) ? JSON.stringify(bodyOf(terms, accountId)) : "",
    (body, signal) => ask("POST /api/v1/pre-trade/analyze", { body: JSON.parse(body), signal }),
    AGAIN_MS,
  );
  return html`<section class=${`gate ${TONES[data?.rating ?? ""] ?? ""}`} aria-label="Pre-trade analysis">
    <div role="status" aria-label="Rating">${data ? html`<strong>${data.rating}</strong> <span class="muted">score ${data.score} of 100</span>` : "No rating yet"}</div>
    <${ProblemNote} problem=${problem} />
    ${data ? html`<${Analysis} of=${data} />` : null}
  </section>`;
}

/** @param {{ of: Analysis }} props */
function Analysis({ of }) {
  const { before, after } = of.margin;
  return html`
    ${of.missing.length ? html`<p class="note">Not known: ${of.missing.join("; ")}</p>` : null}
    <dl class="figures small">
      <${Change} name="Initial margin" was=${before.initial} will=${after.initial} currency=${of.currency} />
      <${Change} name="Maintenance margin" was=${before.maintenance} will=${after.maintenance} currency=${of.currency} />
      <${Change} name="Margin buffer" was=${before.buffer} will=${after.buffer} as="percent" />
      ${of.symbols.map((one) => html`<div key=${one.symbol}><dt>Cost of ${one.symbol}</dt><dd><${Figure} value=${one.cost} as="percent" /></dd></div>`)}
      ${of.symbols.map((one) => html`<div key=${one.symbol}><dt>Days to exit ${one.symbol}</dt><dd><${Figure} value=${one.days_to_exit} /></dd></div>`)}
      ${of.symbols.map((one) => (one.correlation === null ? null : html`<div key=${one.symbol}><dt>Correlation of ${one.symbol} with the rest</dt><dd>${one.correlation.toFixed(2)}</dd></div>`))}
      ${Object.entries(of.sectors).map(([name, share]) => html`<div key=${name}><dt>Share of ${name} after it</dt><dd><${Figure} value=${share} as="percent" /></dd></div>`)}
      ${of.risk ? html`<div><dt>Value at risk added</dt><dd><${Figure} value=${of.risk.marginal} currency=${of.currency} signed /></dd></div>` : null}
      ${of.risk?.worst.map((one) => html`<div key=${one.days}><dt>Worst ${one.days === 1 ? "day" : `${one.days} days`} of its history</dt><dd><${Figure} value=${one.loss} currency=${of.currency} /></dd></div>`)}
    </dl>
    <div class="table" tabindex="0" role="region" aria-label="Parts of the rating"><table>
      <thead><tr>${["Part", "Value", "Limit", "Score"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
      <tbody>${of.parts.map(
        (one) =>
          html`<tr key=${one.name}><th scope="row">${wordOf(one.name.toLowerCase())}
        <span class="muted"> ${one.missing ? `lacks ${one.missing}` : one.exempt ? "only reduces, does not count" : ""}</span></th>
        <td><${Figure} value=${one.value} /></td><td><${Figure} value=${one.limit} /></td><td><${Figure} value=${one.score} /></td></tr>`,
      )}</tbody>
    </table></div>`;
}

/** A figure as it is and as it would be. @param {{ name: string, was: string | null, will: string | null, currency?: string, as?: "percent" }} props */
function Change({ name, was, will, ...how }) {
  return html`<div><dt>${name}</dt><dd><${Figure} value=${was} ...${how} /> → <${Figure} value=${will} ...${how} /></dd></div>`;
}
