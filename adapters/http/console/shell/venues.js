import { html, useEffect } from "../vendor/preact.js";
import { ask } from "../core/ask.js";
import { useLoaded } from "../core/loaded.js";

/**
 * @typedef {import("../types/api.js").LatchReportView} Report
 * @typedef {import("../types/api.js").LatchVenueView} Venue
 */

const LOOK_MS = 750;
/** @type {[string, keyof Venue][]} */
const STEPS = [
  ["Dispatched", "dispatched_ms"],
  ["Acknowledged", "acknowledged_ms"],
  ["Cancelled", "canceled_ms"],
  ["Flat", "flat_ms"],
  ["Confirmed", "broker_confirmed_ms"],
  ["Round trip", "round_trip_ms"],
];

/**
 * How far a stop is at each venue, in milliseconds since it was engaged; looked at while it moves.
 * @param {{ id: string }} props
 */
export function Venues({ id }) {
  const { data, reload } = useLoaded(
    (signal) => ask("GET /api/v1/kill-switch/latches/{latch_id}", { path: { latch_id: id }, signal }),
    [id],
  );
  const over =
    data?.latch.released_at || (data?.venues.length && data.venues.every((one) => one.broker_confirmed_ms !== null));
  useEffect(() => {
    if (over) return;
    const clock = setInterval(reload, LOOK_MS);
    return () => clearInterval(clock);
  }, [Boolean(over), reload]);
  return data?.venues.length ? html`<${VenueTable} venues=${data.venues} />` : null;
}

/** @param {{ venues: Venue[] }} props */
function VenueTable({ venues }) {
  return html`<div class="table" tabindex="0" role="region" aria-label="Venues"><table>
    <thead><tr><th scope="col">Venue</th>${STEPS.map(([name]) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${venues.map(
      (one) =>
        html`<tr key=${one.broker}><th scope="row">${one.broker}${one.problem ? html`<span> ${one.problem}</span>` : null}</th>
      ${STEPS.map(([, name]) => html`<td class="figure">${typeof one[name] === "number" ? `${Math.round(one[name])} ms` : "not yet"}</td>`)}</tr>`,
    )}</tbody>
  </table></div>`;
}
