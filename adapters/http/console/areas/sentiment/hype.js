import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useChannel } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { problemOf } from "../../core/problem.js";
import { Empty, Loaded, Panel, Told } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";

/**
 * @typedef {import("../../types/api.js").HypeView} HypeOf
 * @typedef {import("../../types/api.js").SpikeView} Spike
 */

/** @param {number | null} value */
const text = (value) => (value === null ? null : value.toFixed(2));

/** @type {import("../../kit/grid.js").Column<Spike>[]} */
const COLUMNS = [
  { title: "Day", cell: (one) => one.date },
  { title: "Symbol", cell: (one) => one.symbol },
  { title: "z", number: true, cell: (one) => one.z.toFixed(2) },
  { title: "Mentions", number: true, cell: (one) => String(one.mentions) },
];

/** How much a symbol is talked about. @param {{ symbol: string }} props */
export function Hype({ symbol }) {
  const loaded = useLoaded(
    async (signal) => {
      try {
        return { hype: await ask("GET /api/v1/hype/{symbol}", { path: { symbol }, signal }) };
      } catch (error) {
        if (problemOf(error).status !== 404) throw error;
        return { hype: null };
      }
    },
    [symbol],
  );
  useChannel("sentiment", loaded.reload);
  return html`<${Panel} title=${`Talk of ${symbol}`}>
    <${Loaded} of=${loaded} what="mentions">${(/** @type {{ hype: HypeOf | null }} */ { hype: of }) =>
      of
        ? html`
          <p class="muted">${of.date} (UTC)${of.spike ? ": a spike" : ""}${of.missing ? `: ${of.missing}` : ""}</p>
          <dl class="figures">
            <${Told} name="Hype" value=${text(of.score)} />
            <${Told} name="z" value=${text(of.z)} />
            <${Told} name="Mentions" value=${of.mentions === null ? null : String(of.mentions)} />
            <${Told} name="Mentions an hour" value=${text(of.velocity)} />
            <${Told} name="Engagement" value=${text(of.engagement)} />
          </dl>
          <p>Keywords: ${of.keywords.map((one) => `${one.words} (${one.effect.toFixed(2)})`).join(", ") || "none"}</p>`
        : html`<${Empty}>Nobody has named it.<//>`}
    <//>
  <//>`;
}

/** The days of late on which some symbol stood out. */
export function Spikes() {
  const loaded = useLoaded(async (signal) => (await ask("GET /api/v1/hype/spikes", { signal })).items, []);
  useChannel("sentiment", loaded.reload);
  return html`<${Panel} title="Spikes of the last 30 days">
    <${Loaded} of=${loaded} what="spikes">${(/** @type {Spike[]} */ rows) =>
      html`
      <${Grid} name="Spikes" columns=${COLUMNS} rows=${rows} keyOf=${(/** @type {Spike} */ one) => `${one.date} ${one.symbol}`} empty="No symbol stood out." rowsShown=${8} />`}
    <//>
  <//>`;
}
