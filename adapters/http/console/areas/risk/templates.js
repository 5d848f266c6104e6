import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { may } from "../../core/context.js";
import { useLoaded } from "../../core/loaded.js";
import { Figure, Loaded, Panel } from "../../kit/basics.js";
import { Dialog } from "../../kit/dialog.js";
import { Field, Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";
import { wordOf } from "../trade/terms.js";

/** @typedef {import("../../types/api.js").TemplateView} Template */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/risk/templates",
  title: "Templates",
  permission: "risk.read",
  place: 32,
  view: Templates,
};

/** Sets of limits that belong together, to begin with. */
function Templates() {
  const [applying, setApplying] = useState(/** @type {Template | null} */ (null));
  const loaded = useLoaded(async (signal) => (await ask("GET /api/v1/risk-rules/templates", { signal })).items, []);
  return html`<${Loaded} of=${loaded} what="templates">${(/** @type {Template[]} */ templates) =>
    templates.map(
      (one) =>
        html`<${Panel} key=${one.name} title=${wordOf(one.name)}
        actions=${may("risk.write") ? html`<button type="button" aria-label=${`Apply ${wordOf(one.name)}`} onClick=${() => setApplying(one)}>Apply</button>` : null}>
        <p>${one.summary}</p>
        <div class="table" tabindex="0" role="region" aria-label=${`Limits of ${wordOf(one.name)}`}><table>
          <thead><tr>${["Rule", "Type", "Threshold", "Action"].map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
          <tbody>${one.rules.map((rule) => html`<tr key=${rule.name}><th scope="row">${rule.name}</th><td>${wordOf(rule.rule_type.toLowerCase())}</td><td><${Figure} value=${rule.threshold} /></td><td>${rule.action}</td></tr>`)}</tbody>
        </table></div>
      <//>`,
    )}<//>
    ${applying ? html`<${Apply} template=${applying} onClose=${() => setApplying(null)} />` : null}`;
}

/** @param {{ template: Template, onClose: () => void }} props */
function Apply({ template, onClose }) {
  const [reason, setReason] = useState("");
  const title = `Apply ${wordOf(template.name)}`;
  /** @param {string} key */
  async function apply(key) {
    const body = { reason: reason.trim() || null };
    const path = { name: template.name };
    const done = await ask("POST /api/v1/risk-rules/templates/{name}/apply", { path, body, key });
    toast(`${done.rules.length} rules are made or changed`, "good");
    if (done.change) toast("What loosens a limit waits under Approvals");
    onClose();
  }
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>Rules of these names are changed, others are made. What tightens holds from the next decision on.</p>
    <${Form} name=${title} submit="Apply template" onSubmit=${apply}>
      <${Field} label="Reason" name="reason" value=${reason} onChange=${setReason} maxlength=${500} hint="Needed where it loosens a limit." />
    <//>
  <//>`;
}
