import { html, useEffect, useState } from "../../vendor/preact.js";
import { ask, askWhole } from "../../core/ask.js";
import { accounts } from "../../core/context.js";
import { useLoaded } from "../../core/loaded.js";
import { Problem } from "../../core/problem.js";
import { go } from "../../core/router.js";
import { Loaded, Panel } from "../../kit/basics.js";
import { Dialog } from "../../kit/dialog.js";
import { Field, Form } from "../../kit/form.js";
import { RuleForm, TryOut } from "./rule_form.js";
import { bodyOf, scopeOf, termsOf } from "./terms.js";
import { sayWhether } from "./waiting.js";

/** @typedef {import("./terms.js").Rule} Rule */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/risk/rules/:id",
  title: "Risk rule",
  permission: "risk.write",
  view: ChangeRule,
};

/** @typedef {{ data: Rule, etag: string | null }} Read */

/** @param {{ params: Record<string, string> }} props */
function ChangeRule({ params }) {
  const id = params["id"] ?? "";
  const loaded = useLoaded(
    (signal) => askWhole("GET /api/v1/risk-rules/{rule_id}", { path: { rule_id: id }, signal }),
    [id],
  );
  return html`<${Loaded} of=${loaded} what="the rule">${(/** @type {Read} */ read) => html`<${Editor} read=${read} />`}<//>`;
}

/** @param {{ read: Read }} props */
function Editor({ read }) {
  const { id } = read.data;
  const [base, setBase] = useState(read);
  const [terms, setTerms] = useState(() => termsOf(read.data));
  const [theirs, setTheirs] = useState(/** @type {Read | null} */ (null));
  const [deleting, setDeleting] = useState(false);
  const [reason, setReason] = useState("");
  useEffect(() => setTheirs(null), [base]);

  async function save() {
    try {
      const found = await ask("PUT /api/v1/risk-rules/{rule_id}", {
        path: { rule_id: id },
        body: bodyOf(terms),
        ifMatch: base.etag ?? "",
      });
      sayWhether(found, `${terms.name} is changed`);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 412) throw error;
      setTheirs(await askWhole("GET /api/v1/risk-rules/{rule_id}", { path: { rule_id: id } }));
      throw new Problem(412, {
        title: "Changed meanwhile",
        detail: "Somebody else changed this rule since you read it; both versions stand below. Nothing was saved.",
      });
    }
    go("/dashboard/risk");
  }

  async function remove() {
    const found = await ask("DELETE /api/v1/risk-rules/{rule_id}", {
      path: { rule_id: id },
      query: { reason: reason.trim() },
      ifMatch: base.etag ?? "",
    });
    sayWhether(found, `${base.data.name} is deleted`);
    go("/dashboard/risk");
  }

  return html`
    <${Panel} title=${base.data.name} id="rule-name" actions=${html`<a href=${`/dashboard/risk/rules/${id}/history`}>History and overrides</a>`}><${RuleForm} terms=${terms} setTerms=${setTerms} onSave=${save} isThere extra=${html`
      <button type="button" onClick=${() => setDeleting(true)}>Delete rule</button>
      <button type="button" onClick=${() => go("/dashboard/risk")}>Back</button>`} /><//>
    ${
      theirs
        ? html`<${Both} mine=${terms} theirs=${theirs.data}
      onTheirs=${() => {
        setBase(theirs);
        setTerms(termsOf(theirs.data));
      }}
      onMine=${() => setBase(theirs)} />`
        : null
    }
    <${TryOut} terms=${terms} />
    ${
      deleting
        ? html`<${Dialog} title="Delete rule" onClose=${() => setDeleting(false)}>
      <p>From the next decision on nothing holds ${base.data.name} any more.</p>
      <${Form} name="Delete rule" submit=${`Delete ${base.data.name}`} danger onSubmit=${remove}>
        <${Field} label="Reason" name="reason" value=${reason} onChange=${setReason} maxlength=${500} hint="Needed where this loosens a limit." />
      <//>
    <//>`
        : null
    }
  `;
}

/** @param {{ mine: import("./terms.js").RuleTerms, theirs: Rule, onMine: () => void, onTheirs: () => void }} props */
function Both({ mine, theirs, onMine, onTheirs }) {
  const own = bodyOf(mine);
  /** @param {object} scope */
  const scoped = (scope) => scopeOf({ account_id: null, symbol: null, strategy_id: null, ...scope }, accounts.value);
  const rows = /** @type {const} */ ([
    ["Name", own.name, theirs.name],
    ["Rule type", own.rule_type, theirs.rule_type],
    ["Threshold", String(own.threshold), theirs.threshold],
    ["Action", own.action, theirs.action],
    ["Active", own.is_active ? "yes" : "no", theirs.is_active ? "yes" : "no"],
    ["For", scoped(own.scope ?? {}), scoped(theirs.scope)],
    ["Parameters", JSON.stringify(own.parameters), JSON.stringify(theirs.parameters)],
  ]);
  return html`<${Panel} title="Two versions">
    <div class="table" tabindex="0" role="region" aria-label="Two versions"><table>
      <thead><tr><th scope="col"></th><th scope="col">Yours</th><th scope="col">As it stands (version ${theirs.version})</th></tr></thead>
      <tbody>${rows.map(([name, yours, stands]) => html`<tr key=${name}><th scope="row">${name}</th><td>${yours === stands ? yours : html`<strong>${yours}</strong>`}</td><td>${stands}</td></tr>`)}</tbody>
    </table></div>
    <div class="actions"><button type="button" onClick=${onMine}>Keep mine, and save over it</button><button type="button" onClick=${onTheirs}>Take theirs</button></div>
  <//>`;
}
