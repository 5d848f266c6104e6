import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { pixels } from "../core/decimal.js";
import { theme } from "../core/theme.js";
import { Figure } from "./basics.js";

/**
 * @typedef {{ day: string, open: string, high: string, low: string, close: string }} Candle
 * @typedef {{ day: string, side: string, text: string }} Mark
 * @typedef {{ price: string, title: string, tone: "order" | "cost" }} Line
 * @typedef {{ set: (candles: Candle[], marks: Mark[], lines: Line[]) => void, show: (days: number) => void, remove: () => void }} Drawn
 */

const RANGES = /** @type {const} */ ([
  ["Month", 22],
  ["Year", 252],
  ["All", 0],
]);
const LISTED = 10;

/**
 * Candles with marks and lines. The picture is for the eye; the table beside it says the same.
 * @param {{ name: string, candles: Candle[], marks: Mark[], lines: Line[] }} props
 */
export function PriceChart({ name, candles, marks, lines }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const drawn = useRef(/** @type {Drawn | null} */ (null));
  const [failed, setFailed] = useState(false);
  const [made, setMade] = useState(0);

  useEffect(() => {
    let gone = false;
    draw(/** @type {HTMLDivElement} */ (place.current)).then(
      (chart) => {
        if (gone) return chart.remove();
        drawn.current = chart;
        setMade((was) => was + 1);
      },
      (error) => {
        console.error(error);
        setFailed(true);
      },
    );
    return () => {
      gone = true;
      drawn.current?.remove();
      drawn.current = null;
    };
  }, [theme.value]);

  useEffect(() => drawn.current?.set(candles, marks, lines), [candles, marks, lines, made]);
  useEffect(() => drawn.current?.show(252), [made, candles.length > 0]);

  const last = candles.at(-1);
  const label = last ? `${name}: ${candles.length} days, the last one ${last.day} closed at ${last.close}` : name;
  return html`
    ${failed ? html`<p class="note">The chart cannot be drawn; the table below has its figures.</p>` : null}
    <div class="actions" role="group" aria-label="Shown range">
      ${RANGES.map(([title, days]) => html`<button type="button" onClick=${() => drawn.current?.show(days)}>${title}</button>`)}
    </div>
    <div class="chart" role="img" aria-label=${name} aria-description=${label}><div ref=${place} class="chart-place" aria-hidden="true"></div></div>
    <details><summary>The last ${LISTED} days as a table</summary>
      <div class="table" tabindex="0" role="region" aria-label="Daily prices"><table>
        <thead><tr>${["Day", "Open", "High", "Low", "Close"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
        <tbody>${candles
          .slice(-LISTED)
          .toReversed()
          .map(
            (one) =>
              html`<tr key=${one.day}><th scope="row">${one.day}</th>
          ${[one.open, one.high, one.low, one.close].map((price) => html`<td><${Figure} value=${price} /></td>`)}</tr>`,
          )}</tbody>
      </table></div>
    </details>`;
}

/** @param {HTMLDivElement} place @returns {Promise<Drawn>} */
async function draw(place) {
  const charts = await import("../vendor/lightweight-charts.js");
  const style = getComputedStyle(place);
  const [up, down, cost] = ["#1f9d61", "#d8475a", "#8a6dd6"];
  const chart = charts.createChart(place, {
    autoSize: true,
    // Its logo is markup and a style made of text, which the page's policy does not let in.
    layout: {
      attributionLogo: false,
      textColor: style.color,
      background: { type: charts.ColorType.Solid, color: "transparent" },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: "rgba(128, 128, 128, 0.2)" } },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderVisible: false },
  });
  const series = chart.addSeries(charts.CandlestickSeries, {
    upColor: up,
    downColor: down,
    wickUpColor: up,
    wickDownColor: down,
    borderVisible: false,
  });
  const marked = charts.createSeriesMarkers(series, []);
  /** @type {import("../vendor/lightweight-charts.js").IPriceLine[]} */
  let placed = [];
  let count = 0;
  return {
    set(candles, marks, lines) {
      count = candles.length;
      const days = new Set(candles.map((one) => one.day));
      series.setData(
        candles.map((one) => ({
          time: one.day,
          open: pixels(one.open),
          high: pixels(one.high),
          low: pixels(one.low),
          close: pixels(one.close),
        })),
      );
      marked.setMarkers(
        marks
          .filter((one) => days.has(one.day))
          .map((one) => ({
            time: one.day,
            position: one.side === "buy" ? /** @type {const} */ ("belowBar") : /** @type {const} */ ("aboveBar"),
            shape: one.side === "buy" ? /** @type {const} */ ("arrowUp") : /** @type {const} */ ("arrowDown"),
            color: one.side === "buy" ? up : down,
            text: one.text,
          })),
      );
      placed.forEach((one) => series.removePriceLine(one));
      placed = lines.map((one) =>
        series.createPriceLine({
          price: pixels(one.price),
          title: one.title,
          color: one.tone === "cost" ? cost : style.color,
          lineStyle: one.tone === "cost" ? charts.LineStyle.Solid : charts.LineStyle.Dashed,
          lineWidth: 1,
          axisLabelVisible: true,
        }),
      );
    },
    show(days) {
      if (days && count > days) chart.timeScale().setVisibleLogicalRange({ from: count - days, to: count + 2 });
      else chart.timeScale().fitContent();
    },
    remove: () => chart.remove(),
  };
}
