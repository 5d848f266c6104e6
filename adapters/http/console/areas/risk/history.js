import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { may } from "../../core/context.js";
import { useLoaded } from "../../core/loaded.js";
import { Empty, Figure, Loaded, Panel, Time } from "../../kit/basics.js";
import { Field, Form, Select } from "../../kit/form.js";
import { Difference } from "../approvals/difference.js";
import { wordOf } from "../trade/terms.js";
import { sayWhether } from "./waiting.js";

/**
 * @typedef {import("./terms.js").Rule} Rule
 * @typedef {import("../../types/api.js").RuleVersionView} Version
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/risk/rules/:id/history",
  title: "History of a rule",
  permission: "risk.read",
  view: History,
};

/** @type {[string, string][]} */
const LASTING = [
  ["1", "An hour"],
  ["4", "Four hours"],
  ["8", "Eight hours"],
  ["24", "A day"],
];

/** What became of a rule, by whom and why; and another threshold for a while. @param {{ params: Record<string, string> }} props */
function History({ params }) {
  const path = { rule_id: params["id"] ?? "" };
  const rule = useLoaded((signal) => ask("GET /api/v1/risk-rules/{rule_id}", { path, signal }), [path.rule_id]);
  const versions = useLoaded(
    async (signal) =>
      (await ask("GET /api/v1/risk-rules/{rule_id}/history", { path, query: { limit: 200 }, signal })).items,
    [path.rule_id],
  );
  const reload = () => {
    rule.reload();
    versions.reload();
  };
  return html`
    <${Loaded} of=${rule} what="the rule">${(/** @type {Rule} */ one) => html`<${Override} rule=${one} onDone=${reload} />`}<//>
    <${Panel} title="Versions">
      <${Loaded} of=${versions} what="its history">${(/** @type {Version[]} */ all) =>
        all.length
          ? html`<ul class="notices">${all.map((one, at) => html`<${Told} key=${one.id} version=${one} before=${all[at - 1]?.state ?? {}} />`).toReversed()}</ul>`
          : html`<${Empty}>Nothing is kept of it.<//>`}
      <//>
    <//>`;
}

/** @param {{ version: Version, before: Record<string, string> }} props */
function Told({ version, before }) {
  return html`<li><div>
    <strong>${wordOf(version.done)}</strong> <span class="muted">version ${version.version}, <${Time} at=${version.at} /> by ${version.actor}${version.proposer ? `, proposed by ${version.proposer}` : ""}</span>
    ${version.reason ? html`<p>${version.reason}</p>` : null}
    <${Difference} before=${before} after=${version.state} />
  </div></li>`;
}

/** @param {{ rule: Rule, onDone: () => void }} props */
function Override({ rule, onDone }) {
  const [threshold, setThreshold] = useState("");
  const [hours, setHours] = useState("1");
  const [reason, setReason] = useState("");
  /** @param {string} key */
  async function override(key) {
    const expires_at = new Date(Date.now() + Number(hours) * 3_600_000 - 1_000).toISOString();
    const body = { threshold: threshold.trim(), expires_at, reason: reason.trim() };
    const found = await ask("POST /api/v1/risk-rules/{rule_id}/overrides", { path: { rule_id: rule.id }, body, key });
    sayWhether(found, `${rule.name} has another threshold until then`);
    setReason("");
    onDone();
  }
  return html`<${Panel} title=${rule.name} id="rule-name" actions=${may("risk.write") ? html`<a href=${`/dashboard/risk/rules/${rule.id}`}>Change it</a>` : null}>
    <dl class="figures">
      <div><dt>Threshold</dt><dd><${Figure} value=${rule.threshold} /></dd></div>
      ${rule.override ? html`<div><dt>Overridden until <${Time} at=${rule.override.expires_at} /></dt><dd><${Figure} value=${rule.override.threshold} /></dd></div>` : null}
    </dl>
    ${
      may("risk.write")
        ? html`<${Form} name="Override" submit="Override for a while" onSubmit=${override}>
      <div class="columns">
        <${Field} label="Threshold for a while" name="threshold" value=${threshold} onChange=${setThreshold} inputmode="decimal" required />
        <${Select} label="For" name="expires_at" value=${hours} options=${LASTING} onChange=${setHours} />
        <${Field} label="Reason" name="reason" value=${reason} onChange=${setReason} maxlength=${500} required />
      </div>
    <//>
    <p class="muted">It reverts by itself. The clock is this machine's.</p>`
        : null
    }
  <//>`;
}
