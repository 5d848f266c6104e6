import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { whatOf } from "../../core/kill.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded, Panel, Time } from "../../kit/basics.js";
import { Venues } from "../../shell/venues.js";
import { wordOf } from "../trade/terms.js";

/** @typedef {import("../../types/api.js").LatchReportView} Report */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/stops/:id",
  title: "A stop",
  permission: "risk.read",
  view: OneStop,
};

/** One stop: who, why, and how long each venue took. @param {{ params: Record<string, string> }} props */
function OneStop({ params }) {
  const id = params["id"] ?? "";
  const loaded = useLoaded(
    (signal) => ask("GET /api/v1/kill-switch/latches/{latch_id}", { path: { latch_id: id }, signal }),
    [id],
  );
  return html`<${Loaded} of=${loaded} what="the stop">${(/** @type {Report} */ { latch }) =>
    html`
    <${Panel} title=${`Stopped ${whatOf(latch)}`} id="stop-name" actions=${html`<a href="/dashboard/stops">All stops</a>`}>
      <dl class="figures">
        <div><dt>By</dt><dd>${wordOf(latch.cause)}, ${latch.actor}</dd></div>
        <div><dt>Reason</dt><dd>${latch.reason || "–"}</dd></div>
        <div><dt>Level</dt><dd>${latch.level}</dd></div>
        <div><dt>Stopped</dt><dd><${Time} at=${latch.engaged_at} /></dd></div>
        <div><dt>Orders cancelled</dt><dd>${latch.orders_cancelled}</dd></div>
        <div><dt>Released</dt><dd>${latch.released_at ? html`<${Time} at=${latch.released_at} />` : "not yet"}</dd></div>
      </dl>
    <//>
    <${Panel} title="At the venues"><${Venues} id=${id} /><//>`}
  <//>`;
}
