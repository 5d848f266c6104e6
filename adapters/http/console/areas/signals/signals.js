import { html, useEffect, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useChannel } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { problemOf } from "../../core/problem.js";
import { Empty, Figure, Loaded, Panel, Time, Told } from "../../kit/basics.js";
import { Field, Select } from "../../kit/form.js";
import { Grid } from "../../kit/grid.js";
import { ledTo, loadLed } from "./led.js";

/**
 * @typedef {import("../../types/api.js").SignalView} Signal
 * @typedef {import("../../types/api.js").PatternView} Pattern
 * @typedef {{ items: Signal[], next: string | null }} Listed
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/signals",
  title: "Signals",
  permission: "signals.read",
  place: 25,
  view: Signals,
};

const PAGE = 50;
const PAGES = 20;
const WAIT_MS = 300;

/** @type {[string, string][]} */
const SIDES = [
  ["", "Either way"],
  ["buy", "Buy"],
  ["sell", "Sell"],
];

/** @type {import("../../kit/grid.js").Column<Signal>[]} */
const COLUMNS = [
  { title: "Time", width: "minmax(11rem, 1fr)", cell: (one) => html`<${Time} at=${one.timestamp} />` },
  { title: "Symbol", cell: (one) => one.symbol },
  { title: "Side", cell: (one) => one.side },
  { title: "Score", number: true, cell: (one) => html`<${Figure} value=${one.score} signed />` },
  { title: "Source", cell: (one) => one.source },
  { title: "State", cell: (one) => one.state },
];

/** What was typed, once nobody has typed for a moment. @param {string} text */
function useSettled(text) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const waiting = setTimeout(() => setSettled(text), WAIT_MS);
    return () => clearTimeout(waiting);
  }, [text]);
  return settled;
}

/**
 * Load so many pages, each behind the one before: what came since is on the first.
 * @param {{ symbol: string, min_score: string, side: string }} wanted
 * @param {number} pages
 * @param {AbortSignal} signal
 * @returns {Promise<Listed>}
 */
async function load(wanted, pages, signal) {
  /** @type {Listed} */
  const listed = { items: [], next: null };
  for (let page = 0; page < pages; page += 1) {
    const query = { ...wanted, limit: PAGE, ...(listed.next ? { cursor: listed.next } : {}) };
    const found = await ask("GET /api/v1/signals", { query, signal });
    listed.items.push(...found.items);
    listed.next = found.next_cursor;
    if (!listed.next) break;
  }
  return listed;
}

function Signals() {
  const [symbol, setSymbol] = useState("");
  const [least, setLeast] = useState("");
  const [side, setSide] = useState("");
  const asked = useSettled(symbol.trim().toUpperCase());
  const score = useSettled(least.trim());
  const [pages, setPages] = useState(1);
  const loaded = useLoaded(
    (signal) => load({ symbol: asked, min_score: score, side }, pages, signal),
    [asked, score, side, pages],
  );
  const led = useLoaded(loadLed, []);
  useEffect(() => setPages(1), [asked, score, side]);
  useChannel("signals", loaded.reload);
  useChannel("decisions", led.reload);
  return html`
    <${Panel} title="What was said of symbols">
      <div class="fields">
        <${Field} label="Symbol" name="symbol" value=${symbol} onChange=${setSymbol} maxlength=${32} />
        <${Field} label="Least score" name="min_score" value=${least} onChange=${setLeast} inputmode="decimal" hint="0 to 1, either way." />
        <${Select} label="Side" name="side" value=${side} options=${SIDES} onChange=${setSide} />
      </div>
      <${Loaded} of=${loaded} what="signals">${(/** @type {Listed} */ { items, next }) =>
        html`
        <${Grid} name="Signals" columns=${[...COLUMNS, ledTo(led.data ?? new Map())]} rows=${items} keyOf=${(/** @type {Signal} */ one) => one.id} empty="No such signal so far." rowsShown=${15} />
        ${next && pages < PAGES ? html`<div class="actions"><button type="button" onClick=${() => setPages(pages + 1)}>Show more</button></div>` : null}`}
      <//>
    <//>
    ${asked ? html`<${PatternOf} symbol=${asked} key=${asked} />` : null}`;
}

/** Where the pattern of a symbol stands. @param {{ symbol: string }} props */
function PatternOf({ symbol }) {
  const loaded = useLoaded(
    async (signal) => {
      try {
        return { pattern: await ask("GET /api/v1/patterns/{symbol}", { path: { symbol }, signal }) };
      } catch (error) {
        if (problemOf(error).status !== 404) throw error;
        return { pattern: null };
      }
    },
    [symbol],
  );
  useChannel("signals", loaded.reload);
  /** @param {number | null} value */
  const text = (value) => (value === null ? null : value.toFixed(4));
  return html`<${Panel} title=${`Pattern of ${symbol}`}>
    <${Loaded} of=${loaded} what="pattern">${(/** @type {{ pattern: Pattern | null }} */ { pattern }) =>
      pattern
        ? html`<p class="muted">As of <${Time} at=${pattern.at} /></p>
            <dl class="figures">
              <${Told} name="Score" value=${text(pattern.score)} />
              <${Told} name="Fast average" value=${text(pattern.ema_fast.value)} />
              <${Told} name="Slow average" value=${text(pattern.ema_slow.value)} />
              <${Told} name="VWAP" value=${text(pattern.vwap)} />
              <${Told} name="Deviation of returns" value=${text(pattern.sigma)} />
            </dl>`
        : html`<${Empty}>The market has told nothing of it yet.<//>`}
    <//>
  <//>`;
}
