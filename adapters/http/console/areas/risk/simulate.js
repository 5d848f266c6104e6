import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { accounts } from "../../core/context.js";
import { useLoaded } from "../../core/loaded.js";
import { go } from "../../core/router.js";
import { Loaded, Panel } from "../../kit/basics.js";
import { Checkbox, Field, Form, Radios, Select } from "../../kit/form.js";
import { wordOf } from "../trade/terms.js";
import { Parameters } from "./parameters.js";
import { BLANK, bodyOf, termsOf } from "./terms.js";

/**
 * @typedef {import("./terms.js").Rule} Rule
 * @typedef {import("./terms.js").RuleTerms} RuleTerms
 * @typedef {import("../../types/api.js").RuleTypeView} RuleType
 * @typedef {RuleTerms & { key: string, taken: boolean, isNew: boolean }} Candidate
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/risk/simulate",
  title: "Simulate rules",
  permission: "risk.read",
  place: 33,
  view: Simulate,
};

const DAY_MS = 86_400_000;
/** @type {[string, string][]} */
const MODES = [
  ["independent", "Each order in the book as it was"],
  ["sequential", "One after another: what comes out otherwise leaves another book"],
];

function Simulate() {
  const rules = useLoaded(
    async (signal) => (await ask("GET /api/v1/risk-rules", { query: { limit: 200 }, signal })).items,
    [],
  );
  const types = useLoaded(async (signal) => (await ask("GET /api/v1/risk-rules/types", { signal })).items, []);
  return html`<${Loaded} of=${rules} what="rules">${(/** @type {Rule[]} */ standing) =>
    html`<${Loaded} of=${types} what="the rule types">${(/** @type {RuleType[]} */ known) => html`<${Choice} standing=${standing} types=${known} />`}<//>`}
  <//>`;
}

/** What is to be decided again, and under which rules. @param {{ standing: Rule[], types: RuleType[] }} props */
function Choice({ standing, types }) {
  const [since, setSince] = useState(minuteOf(Date.now() - 30 * DAY_MS));
  const [until, setUntil] = useState(minuteOf(Date.now() + 60_000));
  const [account, setAccount] = useState("");
  const [mode, setMode] = useState("independent");
  const [rules, setRules] = useState(
    /** @returns {Candidate[]} */ () =>
      standing.map((one) => ({ ...termsOf(one), key: one.id, taken: one.is_active, isNew: false })),
  );
  const taken = rules.filter((one) => one.taken);
  /** @param {string} key @param {Partial<Candidate>} change */
  const alter = (key, change) => setRules((was) => was.map((one) => (one.key === key ? { ...one, ...change } : one)));
  const add = () =>
    setRules((was) => {
      const number = was.filter((one) => one.isNew).length + 1;
      return [...was, { ...BLANK, key: `new ${was.length}`, name: `New rule ${number}`, taken: true, isNew: true }];
    });

  /** @param {string} key */
  async function begin(key) {
    const body = /** @type {import("../../types/api.js").SimulateBody} */ ({
      from: `${since}:00Z`,
      to: `${until}:00Z`,
      mode,
      // Switched off or not: what is taken is to be tried.
      rules: taken.map((one) => ({ ...bodyOf(one), is_active: true })),
      ...(account ? { account_id: account } : {}),
    });
    const { id } = await ask("POST /api/v1/risk-rules/simulate", { body, key });
    go(`/dashboard/risk/simulations/${id}`);
  }
  const everywhere = [["", "All accounts"], ...accounts.value.map((one) => [one.id, one.name])];
  return html`<${Panel} title="Decide past orders again">
    <p class="muted">Nothing is changed and nothing is sent: recorded orders meet the rules chosen here.</p>
    <${Form} name="Simulation" submit="Start simulation" onSubmit=${begin} extra=${html`<button type="button" onClick=${add}>Add a rule</button>`}>
      <div class="columns">
        <${Field} label="Orders from (UTC)" name="from" type="datetime-local" value=${since} onChange=${setSince} required />
        <${Field} label="Orders before (UTC)" name="to" type="datetime-local" value=${until} onChange=${setUntil} required />
        <${Select} label="Orders of" name="account_id" value=${account} options=${everywhere} onChange=${setAccount} />
      </div>
      <${Radios} legend="The book that they meet" name="mode" value=${mode} options=${MODES} onChange=${setMode} />
      <div role="group" aria-label="Rules to decide by">${rules.map((one) => html`<${OneRule} key=${one.key} rule=${one} at=${taken.indexOf(one)} types=${types} onChange=${(/** @type {Partial<Candidate>} */ said) => alter(one.key, said)} />`)}</div>
    <//>
  <//>`;
}

/** @param {{ rule: Candidate, at: number, types: RuleType[], onChange: (change: Partial<Candidate>) => void }} props */
function OneRule({ rule, at, types, onChange }) {
  const { name, taken, threshold, rule_type, parameters } = rule;
  const of = types.find((one) => one.type === rule_type);
  const options = types.map((one) => [one.type, wordOf(one.type.toLowerCase())]);
  /** @param {keyof Candidate} key */
  const set = (key) => (/** @type {unknown} */ value) => onChange({ [key]: value });
  return html`<fieldset class="row">
    <legend>${name}</legend>
    <${Checkbox} label=${`Use ${name}`} name=${`use.${rule.key}`} checked=${taken} onChange=${set("taken")} hint=${rule.is_active ? "" : "Switched off as it stands."} />
    ${
      taken
        ? html`<div class="columns">
      ${rule.isNew ? html`<${Select} label=${`Type of ${name}`} name=${`rules.${at}.rule_type`} value=${rule_type} options=${options} onChange=${(/** @type {string} */ type) => onChange({ rule_type: type, parameters: {} })} />` : null}
      <${Field} label=${`Threshold of ${name}`} name=${`rules.${at}.threshold`} value=${threshold} onChange=${set("threshold")} inputmode="decimal" required hint=${of ? `${wordOf(rule_type.toLowerCase())}, in ${of.threshold}.` : ""} />
      ${rule.isNew ? html`<${Parameters} of=${of?.parameters ?? []} values=${parameters} onChange=${set("parameters")} prefix=${`rules.${at}.`} />` : null}
    </div>`
        : null
    }
  </fieldset>`;
}

/** A moment to the minute, as a field of a date and a time takes it. @param {number} at */
function minuteOf(at) {
  return new Date(at).toISOString().slice(0, 16);
}
