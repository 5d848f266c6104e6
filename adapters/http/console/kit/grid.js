import { Component, html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";
import { Empty } from "./basics.js";

/**
 * @template R
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: R) => import("../vendor/preact.js").ComponentChildren} cell
 * @property {string} [width] as CSS writes it for a column of a grid
 * @property {boolean} [number] written to the right
 */

const ROW_PX = 36;
const SPARE = 8;
// Scrolling within so many rows draws nothing anew: there are rows to spare.
const STEP = 4;

/**
 * A table of any length: only the rows in sight are drawn. Arrows, Page up and down, Home and End
 * move through its cells; a cell that holds a button or a link hands the focus on to it.
 * @template R
 * @param {{ name: string, columns: Column<R>[], rows: R[], keyOf: (row: R) => string, empty: string, rowsShown?: number }} props
 */
export function Grid({ name, columns, rows, keyOf, empty, rowsShown = 10 }) {
  const scroller = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [first, setFirst] = useState(0);
  const [at, setAt] = useState({ row: 0, column: 0 });
  const moved = useRef(false);
  const shown = rows.slice(first, first + rowsShown + 2 * SPARE + STEP);
  const track = columns.map((one) => one.width ?? "minmax(6.5rem, 1fr)").join(" ");

  // The row of headings is the first; those of data follow.
  const cell = { row: Math.min(at.row, rows.length), column: Math.min(at.column, columns.length - 1) };

  useLayoutEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    const found = scroller.current?.querySelector(`[data-at="${cell.row} ${cell.column}"]`);
    const inside = found?.querySelector("button, a");
    /** @type {HTMLElement | null | undefined} */ (inside ?? found)?.focus({ preventScroll: cell.row > 0 });
  });

  /** @param {number} scrolled */
  const sight = (scrolled) => setFirst(Math.max(0, Math.floor(scrolled / ROW_PX / STEP) * STEP - SPARE));

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const page = rowsShown - 1;
    const to = {
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      PageDown: [page, 0],
      PageUp: [-page, 0],
      Home: [event.ctrlKey ? -rows.length : 0, -columns.length],
      End: [event.ctrlKey ? rows.length : 0, columns.length],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    const row = Math.max(0, Math.min(rows.length, cell.row + (to[0] ?? 0)));
    const column = Math.max(0, Math.min(columns.length - 1, cell.column + (to[1] ?? 0)));
    moved.current = true;
    setAt({ row, column });
    const box = scroller.current;
    if (!box || row === 0) return;
    const upper = (row - 1) * ROW_PX;
    const room = box.clientHeight - ROW_PX;
    if (upper < box.scrollTop) box.scrollTop = upper;
    else if (upper + ROW_PX > box.scrollTop + room) box.scrollTop = upper + ROW_PX - room;
    sight(box.scrollTop);
  }

  /** @param {FocusEvent} event */
  function focused(event) {
    const found = event.target instanceof Element ? event.target.closest("[data-at]")?.getAttribute("data-at") : null;
    const [row = 0, column = 0] = (found ?? "0 0").split(" ").map(Number);
    if (found && (row !== cell.row || column !== cell.column)) setAt({ row, column });
  }

  /** @param {number} row */
  const activeIn = (row) => (row === cell.row ? cell.column : -1);

  return html`<div ref=${scroller} class="grid" role="grid" aria-label=${name} aria-rowcount=${rows.length + 1} aria-colcount=${columns.length}
    style=${{ "max-height": `${(rowsShown + 1) * ROW_PX + 2}px` }} onKeyDown=${pressed} onFocusIn=${focused}
    onScroll=${(/** @type {{ currentTarget: HTMLElement }} */ event) => sight(event.currentTarget.scrollTop)}>
    <div role="row" aria-rowindex="1" class="grid-row grid-head" style=${{ "grid-template-columns": track }}>
      ${columns.map((one, column) => html`<div role="columnheader" class=${one.number ? "number" : ""} ...${place(0, column, activeIn(0))}>${one.title}</div>`)}
    </div>
    <div role="presentation" class="grid-body" style=${{ height: `${rows.length * ROW_PX}px` }}>
      ${shown.map((row, index) => {
        const number = first + index + 1;
        return html`<${Row} key=${keyOf(row)} row=${row} number=${number} columns=${columns} track=${track} active=${activeIn(number)} />`;
      })}
    </div>
  </div>
  ${rows.length ? null : html`<${Empty}>${empty}<//>`}`;
}

/** @param {number} row @param {number} column @param {number} active the column that Tab leads to, if it is in this row */
function place(row, column, active) {
  return { "data-at": `${row} ${column}`, tabindex: column === active ? 0 : -1 };
}

/**
 * One row, drawn again only when something of it is another: most of a table stands while it scrolls.
 * @typedef {{ row: any, number: number, columns: Column<any>[], track: string, active: number }} RowProps
 * @extends {Component<RowProps, {}>}
 */
class Row extends Component {
  /** @type {HTMLElement | null} */
  line = null;

  /** @param {RowProps} next @param {{}} state */
  shouldComponentUpdate(next, state) {
    const was = this.props;
    return (
      state !== this.state ||
      next.row !== was.row ||
      next.number !== was.number ||
      next.columns !== was.columns ||
      next.track !== was.track ||
      next.active !== was.active
    );
  }

  componentDidMount() {
    this.componentDidUpdate();
  }

  componentDidUpdate() {
    const { number, active } = this.props;
    for (const one of this.line?.querySelectorAll("button, a") ?? []) {
      const own = one.closest("[data-at]")?.getAttribute("data-at") === `${number} ${active}`;
      one.setAttribute("tabindex", own ? "0" : "-1");
    }
  }

  /** @param {RowProps} props */
  render({ row, number, columns, track, active }) {
    return html`<div ref=${(/** @type {HTMLElement | null} */ line) => (this.line = line)} role="row" aria-rowindex=${number + 1} class="grid-row" style=${{ "grid-template-columns": track, top: `${(number - 1) * ROW_PX}px` }}>
      ${columns.map((one, column) => html`<div role="gridcell" class=${one.number ? "number" : ""} ...${place(number, column, active)}>${one.cell(row)}</div>`)}
    </div>`;
  }
}
