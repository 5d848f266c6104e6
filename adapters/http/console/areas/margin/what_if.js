import { html, useRef, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { Problem } from "../../core/problem.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded, Panel } from "../../kit/basics.js";
import { Field, Form, Radios, Select } from "../../kit/form.js";
import { wordOf } from "../trade/terms.js";
import { Assessed } from "./assessed.js";
import { BLANK, bookOf, readBook, takesWallet } from "./book.js";
import { PositionFields } from "./position_fields.js";

/**
 * @typedef {import("./book.js").Row} Row
 * @typedef {import("../../types/api.js").AssessmentView} Assessment
 * @typedef {import("../../types/api.js").RulebookView} Rulebook
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/margin/what-if",
  title: "Margin what-if",
  permission: "margin.view",
  view: WhatIf,
};

/** @type {[string, string][]} */
const SOURCES = [
  ["rows", "Write the positions here"],
  ["file", "Take a file"],
];

/** The margin of a book that nobody holds. */
function WhatIf() {
  const [source, setSource] = useState("rows");
  const [found, setFound] = useState(/** @type {Assessment | null} */ (null));
  // Whatever is on its way when the book is changed is of another book: it is dropped.
  const turn = useRef(0);
  const changed = () => {
    turn.current += 1;
    setFound(null);
  };
  /** @param {() => Promise<import("./book.js").WhatIfBody>} book */
  async function assess(book) {
    const own = turn.current;
    const answer = await ask("POST /api/v1/margin/what-if", { body: await book() });
    if (turn.current === own) setFound(answer);
  }
  /** @param {string} chosen */
  const choose = (chosen) => {
    changed();
    setSource(chosen);
  };
  const props = { assess, changed };
  return html`<${Panel} title="A book to try">
    <p class="muted">Nothing of it is kept.</p>
    <${Radios} legend="Where it comes from" name="source" value=${source} options=${SOURCES} onChange=${choose} />
    ${source === "rows" ? html`<${Rows} ...${props} />` : html`<${Filed} ...${props} />`}
  <//>
  <div role="status" aria-label="Margin of the book">${found ? html`<${Assessed} found=${found} />` : null}</div>`;
}

/** @typedef {{ assess: (book: () => Promise<import("./book.js").WhatIfBody>) => Promise<void>, changed: () => void }} Way */

/** @param {Way} props */
function Filed({ assess, changed }) {
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  /** @param {{ currentTarget: HTMLInputElement }} event */
  const take = (event) => setFile(event.currentTarget.files?.[0] ?? null);
  const book = async () => {
    if (!file) throw new Problem(400, { errors: [{ pointer: "/file", detail: "choose a file first" }] });
    return readBook(file);
  };
  return html`<${Form} name="Book in a file" submit="Work out the margin" onSubmit=${() => assess(book)} onInput=${changed}>
    <${Field} label="File" name="file" type="file" onInput=${take} hint="JSON with rulebook, as_of, cash or wallet, and positions, as ballast margin what-if reads it." />
  <//>`;
}

/** @param {Way} props */
function Rows({ assess, changed }) {
  const [head, setHead] = useState({ rulebook: "reg_t", as_of: new Date().toISOString().slice(0, 10), money: "0" });
  const [rows, setRows] = useState([{ ...BLANK, key: "1" }]);
  const last = useRef(1);
  const books = useLoaded(async (signal) => (await ask("GET /api/v1/margin/rulebooks", { signal })).items, []);
  /** @param {keyof typeof head} name */
  const set = (name) => (/** @type {string} */ value) => setHead({ ...head, [name]: value });
  const add = () => {
    last.current += 1;
    changed();
    setRows([...rows, { ...BLANK, key: String(last.current) }]);
  };
  /** @param {string} key */
  const remove = (key) => {
    changed();
    setRows(rows.filter((one) => one.key !== key));
  };
  const wallet = takesWallet(head.rulebook);
  return html`<${Loaded} of=${books} what="rulebooks">${(/** @type {Rulebook[]} */ all) => {
    const names = [...new Set(all.map((one) => one.name))].map((one) => [one, wordOf(one)]);
    return html`<${Form} name="Book" submit="Work out the margin" onSubmit=${() => assess(async () => bookOf(head, rows))} onInput=${changed}
      extra=${html`<button type="button" onClick=${add}>Add a position</button>`}>
      <div class="columns">
        <${Select} label="Rulebook" name="rulebook" value=${head.rulebook} options=${names} onChange=${set("rulebook")} />
        <${Field} label="By the rules of" name="as_of" type="date" value=${head.as_of} onChange=${set("as_of")} required />
        <${Field} label=${wallet ? "Wallet" : "Cash"} name=${wallet ? "wallet" : "cash"} value=${head.money} onChange=${set("money")} inputmode="decimal" required hint="Below zero: borrowed." />
      </div>
      ${rows.map((row, at) => html`<${PositionFields} key=${row.key} row=${row} at=${at} onRemove=${() => remove(row.key)} onChange=${(/** @type {Row} */ next) => setRows(rows.map((one) => (one.key === row.key ? next : one)))} />`)}
    <//>`;
  }}<//>`;
}
