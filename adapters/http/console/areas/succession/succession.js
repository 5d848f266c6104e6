import { html, useState } from "../../vendor/preact.js";
import { ask, askWhole } from "../../core/ask.js";
import { may } from "../../core/context.js";
import { useChannel } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Problem } from "../../core/problem.js";
import { Loaded, Panel } from "../../kit/basics.js";
import { Field } from "../../kit/form.js";
import { DryRun } from "./dry_run.js";
import { PlanForm } from "./plan_form.js";
import { Standing } from "./standing.js";
import { Timeline } from "./timeline.js";
import { DURATIONS, USUAL } from "./words.js";

/**
 * @typedef {import("../../types/api.js").SuccessionPlanView} Plan
 * @typedef {import("../../types/api.js").SuccessionStatusView} Status
 * @typedef {import("../../types/api.js").MemberView} Member
 * @typedef {{ plan: Plan | null, etag: string, trustees: Member[] }} Written
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/succession",
  title: "Succession",
  permission: "succession.read",
  place: 70,
  view: Succession,
};

/** How the succession stands, and for its owner the plan. */
function Succession() {
  const status = useLoaded((signal) => ask("GET /api/v1/succession/status", { signal }), []);
  const written = useLoaded(async (signal) => (may("succession.view") ? readPlan(signal) : null), []);
  const reload = () => {
    status.reload();
    written.reload();
  };
  useChannel("succession", status.reload);
  const plan = written.data?.plan ?? null;
  return html`
    <${Loaded} of=${status} what="the succession">${(/** @type {Status} */ one) => html`<${Standing} status=${one} plan=${plan} onDone=${reload} />`}<//>
    ${
      may("succession.manage")
        ? html`<${Loaded} of=${written} what="the plan">${(/** @type {Written} */ of) => html`<${PlanForm} key=${of.etag} written=${of} onDone=${reload} />`}<//>
        ${plan ? html`<${DryRun} />` : null}`
        : plan
          ? null
          : html`<${Trial} />`
    }
    <p>${may("letters.read") ? html`<a href="/dashboard/succession/letters">Letters</a> ` : null}<a href="/dashboard/succession/estate-tax">Estate tax</a></p>`;
}

/** The plan with its version, and who can be a trustee. @param {AbortSignal} signal @returns {Promise<Written>} */
async function readPlan(signal) {
  const members = may("identity.manage") ? (await ask("GET /api/v1/members", { signal })).items : [];
  const trustees = members.filter((one) => one.role === "trustee" && !one.disabled);
  try {
    const { data, etag } = await askWhole("GET /api/v1/succession/plan", { signal });
    return { plan: data, etag: etag ?? "", trustees };
  } catch (error) {
    // There is none yet.
    if (error instanceof Problem && error.status === 404) return { plan: null, etag: "", trustees };
    throw error;
  }
}

/** Where a plan would lead, for whoever sees none. */
function Trial() {
  const [durations, setDurations] = useState(USUAL);
  return html`<${Panel} title="A plan to try">
    <form aria-label="Plan to try" noValidate onSubmit=${(/** @type {SubmitEvent} */ event) => event.preventDefault()}>
      <div class="columns">${DURATIONS.map(
        ([name, label]) =>
          html`<${Field} key=${name} label=${label} name=${name} value=${durations[name]} inputmode="numeric"
            onChange=${(/** @type {string} */ value) => setDurations({ ...durations, [name]: value })} />`,
      )}</div>
    </form>
    <${Timeline} durations=${durations} />
  <//>`;
}
