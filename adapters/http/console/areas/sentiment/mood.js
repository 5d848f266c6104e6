import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useChannel } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Figure, Loaded, Panel, Told } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";

/**
 * @typedef {import("../../types/api.js").MoodDayView} Day
 * @typedef {[string, import("../../types/api.js").DatedPartView]} Part
 */

/** @type {import("../../kit/grid.js").Column<Part>[]} */
const PARTS = [
  { title: "Part", cell: ([name]) => name.replaceAll("_", " ") },
  { title: "Score", number: true, cell: ([, part]) => html`<${Figure} value=${part.score} />` },
  { title: "Weight", number: true, cell: ([, part]) => html`<${Figure} value=${part.weight} />` },
  { title: "Of", cell: ([, part]) => part.date ?? "–" },
  { title: "Missing", width: "minmax(10rem, 2fr)", cell: ([, part]) => part.missing || "–" },
];

/** @type {import("../../kit/grid.js").Column<Day>[]} */
const DAYS = [
  { title: "Day", cell: (one) => one.date },
  { title: "Score", number: true, cell: (one) => (one.score === null ? "–" : String(one.score)) },
  { title: "Mood", cell: (one) => one.label?.replaceAll("_", " ") ?? "–" },
  { title: "Coverage", number: true, cell: (one) => html`<${Figure} value=${one.coverage} as="percent" />` },
];

/** The market's mood between fear and greed, with its parts and the days before. */
export function Mood() {
  const loaded = useLoaded(
    async (signal) => ({
      now: await ask("GET /api/v1/fear-greed", { signal }),
      days: (await ask("GET /api/v1/fear-greed/history", { signal })).items.toReversed(),
    }),
    [],
  );
  useChannel("sentiment", loaded.reload);
  return html`<${Panel} title="Fear and greed">
    <${Loaded} of=${loaded} what="the mood">${(/** @type {{ now: Day, days: Day[] }} */ { now, days }) =>
      html`
      <p class="muted">${now.label ? `${now.label.replaceAll("_", " ")}, 0 is fear and 100 greed` : "No part was sent of late: there is no score."}</p>
      <dl class="figures">
        <${Told} name="Score" value=${now.score === null ? null : String(now.score)} />
        <${Told} name="Coverage" value=${now.coverage} as="percent" />
      </dl>
      <${Grid} name="Parts of the mood" columns=${PARTS} rows=${Object.entries(now.parts)} keyOf=${(/** @type {Part} */ [name]) => name} empty="No parts." rowsShown=${3} />
      <${Grid} name="Mood by day" columns=${DAYS} rows=${days} keyOf=${(/** @type {Day} */ one) => one.date} empty="Nothing was sent of the last 30 days." rowsShown=${6} />`}
    <//>
  <//>`;
}
