import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useTicking } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Figure, Loaded, Panel, Told } from "../../kit/basics.js";

/**
 * @typedef {import("../../types/api.js").PortfolioRiskView} PortfolioRisk
 * @typedef {import("../../types/api.js").ExposureView} Exposure
 */

/** The measured risk of one account. @param {{ id: string, name: string }} props */
export function Measured({ id, name }) {
  const loaded = useLoaded(
    (signal) => ask("GET /api/v1/risk-rules/portfolio-risk", { query: { account_id: id }, signal }),
    [id],
  );
  useTicking(loaded.reload);
  return html`<${Panel} title=${`Risk of ${name}`} id="portfolio-risk">
    <${Loaded} of=${loaded} what="risk figures">${(/** @type {PortfolioRisk} */ risk) =>
      html`
      ${risk.missing.length ? html`<p class="note">Not known: ${risk.missing.join("; ")}</p>` : null}
      <dl class="figures">
        <${Told} name="Equity" value=${risk.equity} currency=${risk.currency} />
        <${Told} name="Leverage" value=${risk.leverage} />
        <${Told} name="Drawdown" value=${risk.drawdown} as="percent" />
        <${Told} name="Daily P&L" value=${risk.daily_pnl} currency=${risk.currency} signed />
        ${
          risk.value_at_risk
            ? html`
          <${Told} name=${`Value at risk, historical (${risk.value_at_risk.confidence}, ${risk.value_at_risk.horizon_days} d)`} value=${risk.value_at_risk.historical} currency=${risk.currency} />
          <${Told} name="Value at risk, parametric" value=${risk.value_at_risk.parametric} currency=${risk.currency} />
          <${Told} name="Expected shortfall" value=${risk.value_at_risk.expected_shortfall} currency=${risk.currency} />`
            : null
        }
      </dl>
      <${Exposures} name="Exposure by symbol" of=${{ "All together": risk.total, ...risk.by_symbol }} />
      <${Exposures} name="Exposure by sector" of=${risk.by_sector} />`}
    <//>
  <//>`;
}

/** @param {{ name: string, of: Record<string, Exposure> }} props */
function Exposures({ name, of }) {
  const rows = Object.entries(of);
  return rows.length
    ? html`<h3>${name}</h3><div class="table" tabindex="0" role="region" aria-label=${name}><table>
    <thead><tr><th scope="col">Of</th><th scope="col">Net</th><th scope="col">Gross</th><th scope="col">Gross with resting orders</th></tr></thead>
    <tbody>${rows.map(([one, said]) => html`<tr key=${one}><th scope="row">${one}</th><td><${Figure} value=${said.net} /></td><td><${Figure} value=${said.gross} /></td><td><${Figure} value=${said.gross_with_resting} /></td></tr>`)}</tbody>
  </table></div>`
    : null;
}
