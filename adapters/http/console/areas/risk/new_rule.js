import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { go } from "../../core/router.js";
import { Panel } from "../../kit/basics.js";
import { toast } from "../../kit/toasts.js";
import { RuleForm, TryOut } from "./rule_form.js";
import { BLANK, bodyOf } from "./terms.js";

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/risk/new",
  title: "New rule",
  permission: "risk.write",
  view: NewRule,
};

function NewRule() {
  const [terms, setTerms] = useState(BLANK);
  /** @param {string} key */
  async function save(key) {
    const rule = await ask("POST /api/v1/risk-rules", { body: bodyOf(terms), key });
    toast(`${rule.name} holds from the next decision on`, "good");
    go("/dashboard/risk");
  }
  return html`
    <${Panel} title="The rule"><${RuleForm} terms=${terms} setTerms=${setTerms} onSave=${save} extra=${html`<button type="button" onClick=${() => go("/dashboard/risk")}>Back</button>`} /><//>
    <${TryOut} terms=${terms} />
  `;
}
