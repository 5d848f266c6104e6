import { html, useEffect } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { engaged, whatOf } from "../../core/kill.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded, Panel, State, Time } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";
import { wordOf } from "../trade/terms.js";

/** @typedef {import("../../types/api.js").KillEventView} Stop */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/stops",
  title: "Stops",
  permission: "risk.read",
  place: 38,
  view: Stops,
};

/** @type {import("../../kit/grid.js").Column<Stop>[]} */
const COLUMNS = [
  {
    title: "Stopped",
    width: "13rem",
    cell: (one) => html`<a href=${`/dashboard/stops/${one.id}`}><${Time} at=${one.triggered_at} /></a>`,
  },
  { title: "By", width: "8rem", cell: (one) => wordOf(one.trigger_type) },
  { title: "Of", width: "9rem", cell: whatOf },
  { title: "Level", width: "6rem", cell: (one) => one.level },
  { title: "Reason", width: "minmax(10rem, 2fr)", cell: (one) => one.reason },
  { title: "Cancelled", number: true, cell: (one) => String(one.orders_cancelled) },
  {
    title: "Confirmed",
    width: "9rem",
    cell: (one) =>
      one.broker_confirmed
        ? one.confirmation_ms === null
          ? "yes"
          : `after ${Math.round(one.confirmation_ms)} ms`
        : html`<${State} state="unknown" />`,
  },
  {
    title: "Released",
    width: "13rem",
    cell: (one) => (one.released_at ? html`<${Time} at=${one.released_at} />` : html`<strong>not yet</strong>`),
  },
];

/** Every stop that there was, the newest first. */
function Stops() {
  const loaded = useLoaded(
    async (signal) => (await ask("GET /api/v1/kill-switch/events", { query: { limit: 200 }, signal })).items,
    [],
  );
  const held = engaged.value.map((one) => `${one.id}${one.canceled_at}${one.flat_at}`).join(" ");
  useEffect(() => loaded.reload(), [held]);
  return html`<${Panel} title="History">
    <${Loaded} of=${loaded} what="stops">${(/** @type {Stop[]} */ rows) => html`<${Grid} name="Stops" columns=${COLUMNS} rows=${rows} keyOf=${(/** @type {Stop} */ one) => one.id} empty="Nothing was stopped so far." rowsShown=${14} />`}<//>
  <//>`;
}
