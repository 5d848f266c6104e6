import { html, useEffect, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useChannel } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Figure, Loaded, Panel, Time, Told } from "../../kit/basics.js";
import { Field } from "../../kit/form.js";
import { Grid } from "../../kit/grid.js";
import { Hype, Spikes } from "./hype.js";
import { Mood } from "./mood.js";
import { Sources } from "./sources.js";

/**
 * @typedef {import("../../types/api.js").SentimentView} Tone
 * @typedef {import("../../types/api.js").WeighedView} Text
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/sentiment",
  title: "Sentiment",
  permission: "sentiment.read",
  place: 27,
  view: Sentiment,
};

const WAIT_MS = 300;

/** A number that was measured, to three places. @param {number | null} value */
const text = (value) => (value === null ? null : value.toFixed(3));

/** What is known of whom a text is of. @param {Text} one */
const why = ({ authenticity: of }) =>
  [
    `tier ${of.tier}`,
    of.looks_like ? `looks like ${of.looks_like}` : null,
    `corroboration ${of.corroboration.toFixed(2)}`,
    of.clock === null ? null : `clock ${of.clock}`,
    of.author === null ? null : `author ${of.author.toFixed(2)}`,
  ]
    .filter(Boolean)
    .join(", ");

/** @type {import("../../kit/grid.js").Column<Text>[]} */
const COLUMNS = [
  { title: "Seen", width: "minmax(11rem, 1fr)", cell: (one) => html`<${Time} at=${one.seen_at} />` },
  { title: "Source", cell: (one) => one.source },
  { title: "Publisher", cell: (one) => one.domain || "–" },
  {
    title: "Title",
    width: "minmax(10rem, 2fr)",
    cell: (one) => html`<span title=${one.title}>${one.title || "–"}</span>`,
  },
  { title: "Score", number: true, cell: (one) => html`<${Figure} value=${text(one.score)} signed />` },
  { title: "Scored by", cell: (one) => html`<span title=${one.scorer_version}>${one.scorer || "–"}</span>` },
  {
    title: "Authenticity",
    width: "minmax(12rem, 2fr)",
    cell: (one) => html`<span title=${why(one)}>${one.authenticity.whole.toFixed(2)}: ${why(one)}</span>`,
  },
  { title: "Weight", number: true, cell: (one) => one.weight.toFixed(3) },
  { title: "Copies", number: true, cell: (one) => String(one.copies) },
];

/** What was typed, once nobody has typed for a moment. @param {string} typed */
function useSettled(typed) {
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const waiting = setTimeout(() => setSettled(typed), WAIT_MS);
    return () => clearTimeout(waiting);
  }, [typed]);
  return settled;
}

function Sentiment() {
  const [symbol, setSymbol] = useState("");
  const asked = useSettled(symbol.trim().toUpperCase());
  return html`
    <${Mood} />
    <${Panel} title="A symbol">
      <div class="fields">
        <${Field} label="Symbol" name="symbol" value=${symbol} onChange=${setSymbol} maxlength=${32} hint="What is written and said of it." />
      </div>
    <//>
    ${asked ? html`<${Texts} symbol=${asked} key=${`texts ${asked}`} /><${Hype} symbol=${asked} key=${`hype ${asked}`} />` : null}
    <${Spikes} />
    <${Sources} />`;
}

/** What was written of a symbol within a day. @param {{ symbol: string }} props */
function Texts({ symbol }) {
  const loaded = useLoaded((signal) => ask("GET /api/v1/sentiment/{symbol}", { path: { symbol }, signal }), [symbol]);
  useChannel("sentiment", loaded.reload);
  return html`<${Panel} title=${`Written of ${symbol}`}>
    <${Loaded} of=${loaded} what="texts">${(/** @type {Tone} */ of) =>
      html`
      <p class="muted">${of.label ?? of.reason}, as of <${Time} at=${of.at} /></p>
      <dl class="figures">
        <${Told} name="Score" value=${text(of.score)} signed />
        <${Told} name="Texts of equal weight" value=${text(of.n_eff)} />
        <${Told} name="Texts" value=${String(of.count)} />
        <${Told} name="Near copies" value=${String(of.copies)} />
      </dl>
      ${of.scorers.length > 1 ? html`<p class="problem">Scored by ${of.scorers.map((one) => `${one.scorer || "nobody knows what"} (${one.count})`).join(" and ")}: their scores are not of one scale.</p>` : null}
      <${Grid} name="Texts" columns=${COLUMNS} rows=${of.items} keyOf=${(/** @type {Text} */ one) => one.id} empty="Nothing was written of it within a day." rowsShown=${10} />`}
    <//>
  <//>`;
}
