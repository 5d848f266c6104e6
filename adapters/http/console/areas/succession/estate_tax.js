import { html, useRef, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { readDecimal } from "../../core/decimal.js";
import { Problem } from "../../core/problem.js";
import { Panel, Told } from "../../kit/basics.js";
import { Field, Form } from "../../kit/form.js";

/** @typedef {import("../../types/api.js").EstateTaxView} Tax */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/succession/estate-tax",
  title: "Estate tax",
  permission: "succession.read",
  place: 71,
  view: EstateTax,
};

/** @type {[string, string, string][]} */
const AMOUNTS = [
  ["estate", "Estate", "Everything that is left, in US dollars."],
  ["gifts", "Taxable gifts made in life", ""],
  ["marital", "To a spouse who is a citizen", ""],
  ["charitable", "To charities", ""],
  ["dsue", "Exclusion that a spouse left unused", "Portability, as on their return."],
];
/** @type {[keyof Tax, string][]} */
const FIGURES = [
  ["tax", "Tax owed"],
  ["taxable", "Taxed, gifts of life included"],
  ["tentative", "Tax before what is taken off"],
  ["gift_tax", "Less tax on the gifts"],
  ["credit", "Less the credit"],
  ["exclusion", "The credit's exclusion"],
];

/** The federal estate tax of the United States, by the tables of a year. */
function EstateTax() {
  const [terms, setTerms] = useState(
    /** @type {Record<string, string>} */ ({ year: String(new Date().getUTCFullYear()), estate: "" }),
  );
  const [found, setFound] = useState(/** @type {Tax | null} */ (null));
  // An answer to what was asked before the last key is of another estate: it is dropped.
  const turn = useRef(0);
  /** @param {string} name */
  const set = (name) => (/** @type {string} */ value) => setTerms({ ...terms, [name]: value });
  const changed = () => {
    turn.current += 1;
    setFound(null);
  };
  async function work() {
    const own = turn.current;
    const year = Number(terms["year"]?.trim());
    if (!Number.isInteger(year)) throw new Problem(400, { errors: [{ pointer: "/year", detail: "must be a year" }] });
    const said = AMOUNTS.map(([name]) => [name, terms[name]?.trim() ?? ""]).filter(
      ([name, typed]) => typed || name === "estate",
    );
    const amounts = Object.fromEntries(said.map(([name, typed = ""]) => [name, readDecimal(typed) ?? typed]));
    const body = /** @type {import("../../types/api.js").EstateBody} */ ({ year, ...amounts });
    const answer = await ask("POST /api/v1/succession/estate-tax", { body });
    if (turn.current === own) setFound(answer);
  }
  return html`<${Panel} title="Federal estate tax">
    <p class="muted">By the dated tables of the United States; a year without a table is refused. Nothing is kept, and no advice is given.</p>
    <${Form} name="Estate tax" submit="Work out the tax" onSubmit=${work} onInput=${changed}>
      <div class="columns">
        <${Field} label="Year of death" name="year" value=${terms["year"]} onChange=${set("year")} inputmode="numeric" required />
        ${AMOUNTS.map(([name, label, hint]) => html`<${Field} key=${name} label=${label} name=${name} value=${terms[name] ?? ""} onChange=${set(name)} inputmode="decimal" required=${name === "estate"} hint=${hint} />`)}
      </div>
    <//>
    <div role="status" aria-label="Tax">${found ? html`<dl class="figures">${FIGURES.map(([name, label]) => html`<${Told} name=${label} value=${found[name]} currency="USD" />`)}</dl>` : null}</div>
  <//>`;
}
