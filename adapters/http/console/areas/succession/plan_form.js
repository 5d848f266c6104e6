import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { accounts } from "../../core/context.js";
import { Problem } from "../../core/problem.js";
import { Empty, Panel } from "../../kit/basics.js";
import { Checkbox, Field, Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";
import { Allocations, allocationsOf, bodyOf } from "./allocations.js";
import { durationsOf } from "./standing.js";
import { Timeline } from "./timeline.js";
import { DURATIONS, USUAL } from "./words.js";

/** @typedef {import("../../types/api.js").PlanBody} PlanBody */

/** The plan: how long silence lasts, who confirms it, who gets what. @param {{ written: import("./succession.js").Written, onDone: () => void }} props */
export function PlanForm({ written, onDone }) {
  const { plan, etag, trustees } = written;
  const [durations, setDurations] = useState(plan ? durationsOf(plan) : USUAL);
  const [chosen, setChosen] = useState(plan?.trustees ?? []);
  const [needed, setNeeded] = useState(String(plan?.confirmations_needed ?? 1));
  const [access, setAccess] = useState(plan?.access ?? []);
  const [allocations, setAllocations] = useState(() => allocationsOf(plan?.allocations ?? []));
  // One who is none any more stays in sight until the plan is written without them.
  const gone = chosen.filter((id) => !trustees.some((one) => one.id === id));
  const people = [
    ...trustees.map((one) => ({ id: one.id, name: one.name })),
    ...gone.map((id) => ({ id, name: `${id} (no trustee any more)` })),
  ];
  /** @param {string} id @param {boolean} taken */
  function choose(id, taken) {
    setChosen(taken ? [...chosen, id] : chosen.filter((one) => one !== id));
    if (!taken) setAccess(access.filter((one) => one.trustee !== id));
  }
  /** @param {string} trustee @param {string} account_id @param {boolean} given */
  function give(trustee, account_id, given) {
    const others = access.filter((one) => one.trustee !== trustee || one.account_id !== account_id);
    setAccess(given ? [...others, { trustee, account_id }] : others);
  }

  async function save() {
    const days = Object.fromEntries(DURATIONS.map(([name, label]) => [name, numberOf(durations[name], name, label)]));
    const body = /** @type {PlanBody} */ ({
      ...days,
      trustees: chosen,
      confirmations_needed: numberOf(needed, "confirmations_needed", "It"),
      allocations: bodyOf(allocations),
      access,
    });
    try {
      await ask("PUT /api/v1/succession/plan", { body, ...(etag ? { ifMatch: etag } : {}) });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 412) throw error;
      onDone();
      throw new Problem(412, {
        title: "Changed meanwhile",
        detail: "Somebody else wrote the plan since you read it. Nothing was saved; read it again.",
      });
    }
    toast("The plan is written; silence is counted anew", "good");
    onDone();
  }
  return html`<${Panel} title=${plan ? "The plan" : "Make a plan"} id="plan">
    <${Form} name="Plan" submit="Write the plan" onSubmit=${save}>
      <div class="columns">${DURATIONS.map(
        ([name, label]) =>
          html`<${Field} key=${name} label=${label} name=${name} value=${durations[name]} inputmode="numeric" required
          onChange=${(/** @type {string} */ value) => setDurations({ ...durations, [name]: value })} />`,
      )}</div>
      <h3>Where it leads</h3>
      <${Timeline} durations=${durations} needed=${needed} trustees=${chosen.length} name="Timeline of the plan" />
      <h3>Trustees</h3>
      ${people.length ? null : html`<${Empty}>Nobody here has the role of a trustee yet: invite somebody with it first.<//>`}
      ${people.map(
        ({ id, name }) =>
          html`<div key=${id}>
        <${Checkbox} label=${name} name="trustees" checked=${chosen.includes(id)} onChange=${(/** @type {boolean} */ taken) => choose(id, taken)} />
        ${chosen.includes(id) ? accounts.value.map((one) => html`<${Checkbox} key=${one.id} label=${`${name} gets ${one.name} after a release`} name=${`access.${id}.${one.id}`} checked=${access.some((each) => each.trustee === id && each.account_id === one.id)} onChange=${(/** @type {boolean} */ given) => give(id, one.id, given)} />`) : null}
      </div>`,
      )}
      <${Field} label=${`Of ${chosen.length} trustees, so many must confirm`} name="confirmations_needed" value=${needed} onChange=${setNeeded} inputmode="numeric" required />
      <h3>Who gets what</h3>
      <${Allocations} allocations=${allocations} onChange=${setAllocations} />
    <//>
  <//>`;
}

/** @param {string} typed @param {string} name @param {string} label */
function numberOf(typed, name, label) {
  if (/^\d{1,6}$/.test(typed.trim())) return Number(typed);
  throw new Problem(400, { errors: [{ pointer: `/${name}`, detail: `${label} must be a whole number` }] });
}
