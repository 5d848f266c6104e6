import { html, useEffect } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useChannel } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded, Panel, Time } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";

/** @typedef {import("../../types/api.js").SourceView} Source */

// A look that brings nothing new is told on no channel.
const LOOK_MS = 30_000;

/** How a source is, in words. @param {Source} one */
const state = (one) => {
  if (one.silent) return "silent";
  if (one.error) return "failing";
  return one.looked_at ? "answers" : "not looked at yet";
};

/** @type {import("../../kit/grid.js").Column<Source>[]} */
const COLUMNS = [
  { title: "Source", width: "minmax(10rem, 2fr)", cell: (one) => html`<span title=${one.name}>${one.name}</span>` },
  { title: "Kind", cell: (one) => one.kind.replaceAll("_", " ") },
  { title: "State", cell: state },
  { title: "Last look", width: "minmax(11rem, 1fr)", cell: (one) => html`<${Time} at=${one.looked_at} />` },
  { title: "Last answer", width: "minmax(11rem, 1fr)", cell: (one) => html`<${Time} at=${one.answered_at} />` },
  { title: "Next look", width: "minmax(11rem, 1fr)", cell: (one) => html`<${Time} at=${one.next_at} />` },
  { title: "Items", number: true, cell: (one) => String(one.taken) },
  {
    title: "What was wrong",
    width: "minmax(12rem, 2fr)",
    cell: (one) => html`<span title=${one.error}>${one.error || "–"}</span>`,
  },
];

/** Where texts come from, and how each source is. */
export function Sources() {
  const loaded = useLoaded(async (signal) => (await ask("GET /api/v1/sentiment/sources", { signal })).items, []);
  useChannel("sentiment", loaded.reload);
  useEffect(() => {
    const again = setInterval(loaded.reload, LOOK_MS);
    return () => clearInterval(again);
  }, [loaded.reload]);
  return html`<${Panel} title="Sources">
    <${Loaded} of=${loaded} what="sources">${(/** @type {Source[]} */ rows) =>
      html`
      <${Grid} name="Sources" columns=${COLUMNS} rows=${rows} keyOf=${(/** @type {Source} */ one) => one.name} empty="No source is set: texts come by POST only." rowsShown=${6} />`}
    <//>
  <//>`;
}
