import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { pixels } from "../core/decimal.js";
import { theme } from "../core/theme.js";
import { Figure, Time } from "./basics.js";

/**
 * @typedef {{ at: string, value: string, least: string, greatest: string }} Point
 */

const HEIGHT = 220;
const LISTED = 10;

/**
 * A curve over market time with the span of each stretch. The picture is for the eye; the table
 * beside it says the same.
 * @param {{ name: string, points: Point[], currency: string }} props
 */
export function Plot({ name, points, currency }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const at = place.current;
    if (!at || points.length < 2) return undefined;
    let gone = false;
    let remove = () => {};
    draw(at, points).then(
      (drawn) => {
        if (gone) drawn();
        else remove = drawn;
      },
      (error) => {
        console.error(error);
        setFailed(true);
      },
    );
    return () => {
      gone = true;
      remove();
    };
  }, [points, theme.value]);

  const last = points.at(-1);
  const label = last ? `${points.length} points, the last one ${last.value} ${currency}` : "no points yet";
  return html`
    ${failed ? html`<p class="note">The curve cannot be drawn; the table below has its figures.</p>` : null}
    <div class="plot" role="img" aria-label=${name} aria-description=${label}><div ref=${place} aria-hidden="true"></div></div>
    <details><summary>The last ${LISTED} points as a table</summary>
      <div class="table" tabindex="0" role="region" aria-label=${`${name}: figures`}><table>
        <thead><tr>${["Market time", "Value", "Least", "Greatest"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
        <tbody>${points
          .slice(-LISTED)
          .toReversed()
          .map(
            (one) =>
              html`<tr key=${one.at}><th scope="row"><${Time} at=${one.at} /></th>
          ${[one.value, one.least, one.greatest].map((value) => html`<td><${Figure} value=${value} currency=${currency} /></td>`)}</tr>`,
          )}</tbody>
      </table></div>
    </details>`;
}

/** @param {HTMLDivElement} place @param {Point[]} points @returns {Promise<() => void>} what removes it */
async function draw(place, points) {
  const { default: Uplot } = await import("../vendor/uplot.js");
  const color = getComputedStyle(place).color;
  const axis = { stroke: color, grid: { stroke: "rgba(128, 128, 128, 0.2)", width: 1 } };
  const made = new Uplot(
    {
      width: place.clientWidth || 600,
      height: HEIGHT,
      legend: { show: false },
      axes: [axis, { ...axis, size: 80 }],
      series: [{}, { stroke: "#2b6cb0", width: 2 }],
    },
    [points.map((one) => Date.parse(one.at) / 1000), points.map((one) => pixels(one.value))],
    place,
  );
  const sized = new ResizeObserver(() => made.setSize({ width: place.clientWidth, height: HEIGHT }));
  sized.observe(place);
  return () => {
    sized.disconnect();
    made.destroy();
  };
}
