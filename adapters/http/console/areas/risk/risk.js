import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { account, accounts, may } from "../../core/context.js";
import { useChannel } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { problemOf } from "../../core/problem.js";
import { Figure, Loaded, Panel, State } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";
import { toast } from "../../kit/toasts.js";
import { Measured } from "./measured.js";
import { scopeOf } from "./terms.js";
import { AskReason, lacksReason, sayWhether } from "./waiting.js";

/**
 * @typedef {import("./terms.js").Rule} Rule
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/risk",
  title: "Risk",
  permission: "risk.read",
  place: 30,
  view: Risk,
};

function Risk() {
  const one = account.value;
  return html`
    <${RiskRules} />
    ${one ? html`<${Measured} id=${one.id} name=${one.name} />` : null}
  `;
}

function RiskRules() {
  const [asking, setAsking] = useState(/** @type {Asking | null} */ (null));
  const loaded = useLoaded(
    async (signal) => (await ask("GET /api/v1/risk-rules", { query: { limit: 200 }, signal })).items,
    [],
  );
  useChannel("risk", loaded.reload);
  /** @type {import("../../kit/grid.js").Column<Rule>[]} */
  const columns = [
    {
      title: "Name",
      width: "minmax(11rem, 2fr)",
      cell: (rule) =>
        may("risk.write") ? html`<a href=${`/dashboard/risk/rules/${rule.id}`}>${rule.name}</a>` : rule.name,
    },
    { title: "Type", width: "13rem", cell: (rule) => rule.rule_type },
    { title: "Threshold", number: true, cell: (rule) => html`<${Figure} value=${rule.threshold} />` },
    { title: "Action", cell: (rule) => rule.action },
    { title: "For", cell: (rule) => scopeOf(rule.scope, accounts.value) },
    { title: "Active", width: "5rem", cell: (rule) => html`<${State} state=${rule.is_active ? "on" : "off"} />` },
    ...(may("risk.write")
      ? [
          {
            title: "Switch",
            width: "8rem",
            cell: (/** @type {Rule} */ rule) =>
              html`<${Switch} rule=${rule} onDone=${loaded.reload} onAsk=${setAsking} />`,
          },
        ]
      : []),
  ];
  return html`<${Panel} title="Rules" actions=${may("risk.write") ? html`<span><a href="/dashboard/risk/new">New rule</a> · <a href="/dashboard/risk/simulate">Simulate on past orders</a></span>` : html`<a href="/dashboard/risk/simulate">Simulate on past orders</a>`}>
    <${Loaded} of=${loaded} what="rules">${(/** @type {Rule[]} */ rows) =>
      html`
      <${Grid} name="Risk rules" columns=${columns} rows=${rows} keyOf=${(/** @type {Rule} */ rule) => rule.id} empty="No rules: only what no tenant can switch off holds." rowsShown=${14} />`}
    <//>
    ${asking ? html`<${AskReason} ...${asking} onClose=${() => setAsking(null)} />` : null}
  <//>`;
}

/** @typedef {{ title: string, onReason: (reason: string) => Promise<unknown> }} Asking */

/** @param {{ rule: Rule, onDone: () => void, onAsk: (asking: Asking | null) => void }} props */
function Switch({ rule, onDone, onAsk }) {
  const [busy, setBusy] = useState(false);
  const turned = rule.is_active ? "Switch off" : "Switch on";
  /** @param {string} [reason] */
  async function turn(reason) {
    const { name, rule_type, threshold, action, scope, parameters } = rule;
    const body = { name, rule_type, threshold, action, scope, parameters, is_active: !rule.is_active };
    // Only if it still is what is shown here.
    const found = await ask("PUT /api/v1/risk-rules/{rule_id}", {
      path: { rule_id: rule.id },
      ifMatch: `"${rule.version}"`,
      body: reason ? { ...body, reason } : body,
    });
    sayWhether(found, `${name} is ${rule.is_active ? "off" : "on"}`);
    onAsk(null);
    onDone();
  }
  async function press() {
    if (busy) return;
    setBusy(true);
    try {
      await turn();
    } catch (error) {
      const problem = problemOf(error);
      const changed = problem.status === 412;
      if (lacksReason(error)) onAsk({ title: `${turned} ${rule.name}`, onReason: turn });
      else
        toast(
          `${rule.name}: ${changed ? "somebody changed it meanwhile; nothing was switched" : problem.detail || problem.title}`,
          "bad",
        );
      if (changed) onDone();
    }
    setBusy(false);
  }
  return html`<button type="button" aria-disabled=${busy} aria-label=${`${turned} ${rule.name}`} onClick=${press}>${turned}</button>`;
}
