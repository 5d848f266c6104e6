import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useLoaded } from "../../core/loaded.js";
import { Empty, Loaded, Panel, State, Time } from "../../kit/basics.js";

/** @typedef {import("../../types/api.js").DrillView} Drill */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/drills",
  title: "Drills",
  permission: "risk.read",
  place: 39,
  view: Drills,
};

/** What rehearsals of a stop showed, on venues of their own. */
function Drills() {
  const loaded = useLoaded(
    async (signal) => (await ask("GET /api/v1/kill-switch/drills", { query: { limit: 50 }, signal })).items,
    [],
  );
  return html`<${Loaded} of=${loaded} what="drills">${(/** @type {Drill[]} */ drills) =>
    drills.length
      ? drills.map((one) => html`<${OneDrill} key=${one.id} drill=${one} />`)
      : html`<${Panel} title="No drill yet"><${Empty}><code>ballast kill drill</code> rehearses a stop on venues of its own; nothing of yours is touched.<//><//>`}
  <//>`;
}

/** @param {{ drill: Drill }} props */
function OneDrill({ drill }) {
  const took = drill.confirmation_ms;
  return html`<${Panel} title=${`${drill.orders} orders, ${drill.at.slice(0, 16).replace("T", " ")}`} id=${`drill-${drill.id}`}>
    ${drill.signature_holds ? null : html`<p class="problem" role="alert">The signature does not hold: this is not what was measured here.</p>`}
    <dl class="figures">
      <div><dt>At</dt><dd><${Time} at=${drill.at} /></dd></div>
      <div><dt>Told to all after</dt><dd>${ms(drill.broadcast_ms)}</dd></div>
      <div><dt>Confirmed, half of the orders</dt><dd>${ms(took?.p50)}</dd></div>
      <div><dt>Confirmed, 99 of 100</dt><dd>${ms(took?.p99)}</dd></div>
      <div><dt>Confirmed, the last</dt><dd>${ms(took?.max)}</dd></div>
    </dl>
    <div class="table" tabindex="0" role="region" aria-label=${`Venues of the drill of ${drill.at}`}><table>
      <thead><tr>${["Venue", "Orders", "Outcome", "Confirmed after", "Problem"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
      <tbody>${drill.venues.map(
        (one) =>
          html`<tr key=${one.name}><th scope="row">${one.name.replaceAll("_", " ")}</th><td>${one.orders}</td>
        <td><${State} state=${one.confirmed ? "confirmed" : one.escalated ? "escalated" : "unknown"} /></td><td>${ms(one.confirmed_ms)}</td><td>${one.problem}</td></tr>`,
      )}</tbody>
    </table></div>
  <//>`;
}

/** @param {number | null | undefined} figure */
function ms(figure) {
  return figure === null || figure === undefined ? "–" : `${Math.round(figure)} ms`;
}
