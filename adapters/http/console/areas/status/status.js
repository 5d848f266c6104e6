import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useTicking } from "../../core/following.js";
import { connection } from "../../core/live.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded, Panel, State, Time } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";

/** @typedef {[string, import("../../types/api.js").ComponentView]} Part */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/status",
  title: "Status",
  permission: "status.read",
  place: 90,
  view: Status,
};

/** @type {import("../../kit/grid.js").Column<Part>[]} */
const PARTS = [
  { title: "Part", width: "minmax(9rem, 1fr)", cell: ([name]) => name.replaceAll("_", " ") },
  { title: "State", cell: ([, part]) => html`<${State} state=${part.status} />` },
  { title: "Since", width: "13rem", cell: ([, part]) => html`<${Time} at=${part.details.since} />` },
  { title: "Needed", width: "5rem", cell: ([, part]) => (part.details.required ? "yes" : "no") },
  {
    title: "Why",
    width: "minmax(12rem, 2fr)",
    cell: ([, part]) => html`<span title=${part.details.reason}>${part.details.reason || "–"}</span>`,
  },
];

function Status() {
  const loaded = useLoaded((signal) => ask("GET /api/status", { signal }), []);
  useTicking(loaded.reload);
  return html`<${Panel} title="Parts of the server" id="parts">
    <${Loaded} of=${loaded} what="the state of the server">${(
      /** @type {import("../../types/api.js").StatusView} */ of,
    ) =>
      html`
      <p>${of.ready ? "Orders, cancels and stops are taken in." : html`<strong>Nothing is taken in: the server is not ready.</strong>`}
        Version ${of.version}; this page is ${connection.value.toLowerCase()}.</p>
      <${Grid} name="Parts" columns=${PARTS} rows=${Object.entries(of.components)} keyOf=${(/** @type {Part} */ [name]) => name} empty="No parts." rowsShown=${16} />`}
    <//>
  <//>`;
}
