import { html, useEffect, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { account, accounts, may } from "../../core/desk.js";
import { follow } from "../../core/live.js";
import { useLoaded } from "../../core/loaded.js";
import { problemOf } from "../../core/problem.js";
import { Figure, Loaded, Panel, State } from "../../kit/basics.js";
import { Grid } from "../../kit/grid.js";
import { toast } from "../../kit/toasts.js";
import { Measured } from "./measured.js";
import { scopeOf } from "./terms.js";

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
  const loaded = useLoaded(
    async (signal) => (await ask("GET /api/v1/risk-rules", { query: { limit: 200 }, signal })).items,
    [],
  );
  useEffect(
    () =>
      follow({ channel: "risk" }, (frame) => {
        if (frame.type === "event") loaded.reload();
      }),
    [],
  );
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
            cell: (/** @type {Rule} */ rule) => html`<${Switch} rule=${rule} onDone=${loaded.reload} />`,
          },
        ]
      : []),
  ];
  return html`<${Panel} title="Rules" actions=${may("risk.write") ? html`<a href="/dashboard/risk/new">New rule</a>` : null}>
    <${Loaded} of=${loaded} what="rules">${(/** @type {Rule[]} */ rows) =>
      html`
      <${Grid} name="Risk rules" columns=${columns} rows=${rows} keyOf=${(/** @type {Rule} */ rule) => rule.id} empty="No rules: only what no tenant can switch off holds." rowsShown=${14} />`}
    <//>
  <//>`;
}

/** @param {{ rule: Rule, onDone: () => void }} props */
function Switch({ rule, onDone }) {
  const [busy, setBusy] = useState(false);
  const turned = rule.is_active ? "Switch off" : "Switch on";
  async function turn() {
    if (busy) return;
    setBusy(true);
    const { name, rule_type, threshold, action, scope, parameters } = rule;
    try {
      // Only if it still is what is shown here.
      await ask("PUT /api/v1/risk-rules/{rule_id}", {
        path: { rule_id: rule.id },
        ifMatch: `"${rule.version}"`,
        body: { name, rule_type, threshold, action, scope, parameters, is_active: !rule.is_active },
      });
      toast(`${name} is ${rule.is_active ? "off" : "on"}`, rule.is_active ? "" : "good");
    } catch (error) {
      const problem = problemOf(error);
      toast(
        `${name}: ${problem.status === 412 ? "somebody changed it meanwhile; nothing was switched" : problem.detail || problem.title}`,
        "bad",
      );
    }
    setBusy(false);
    onDone();
  }
  return html`<button type="button" aria-disabled=${busy} aria-label=${`${turned} ${rule.name}`} onClick=${turn}>${turned}</button>`;
}
