import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { account, accounts } from "../../core/context.js";
import { problemOf } from "../../core/problem.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded, Panel, ProblemNote } from "../../kit/basics.js";
import { Checkbox, Field, Form, Select } from "../../kit/form.js";
import { Reasons, Rules } from "../../kit/gate.js";
import { wordOf } from "../trade/terms.js";
import { Parameters } from "./parameters.js";
import { ACTIONS, bodyOf } from "./terms.js";

/** @typedef {import("../../types/api.js").RuleTypeView} RuleType */

/**
 * A rule's lines, for one that is made and one that is changed.
 * @param {{ terms: import("./terms.js").RuleTerms, setTerms: (terms: import("./terms.js").RuleTerms) => void, onSave: (key: string) => Promise<unknown>, extra?: unknown, isThere?: boolean }} props
 */
export function RuleForm({ terms, setTerms, onSave, extra, isThere = false }) {
  /** @param {string} name */
  const set = (name) => (/** @type {string | boolean} */ value) => setTerms({ ...terms, [name]: value });
  const everywhere = /** @type {[string, string][]} */ ([
    ["", "All accounts"],
    ...accounts.value.map((one) => /** @type {[string, string]} */ ([one.id, one.name])),
  ]);
  const loaded = useLoaded(async (signal) => (await ask("GET /api/v1/risk-rules/types", { signal })).items, []);
  return html`<${Loaded} of=${loaded} what="the rule types">${(/** @type {RuleType[]} */ types) => {
    const of = types.find((one) => one.type === terms.rule_type);
    const options = types.map((one) => [one.type, wordOf(one.type.toLowerCase())]);
    const actions = ACTIONS.filter(([one]) => !of || of.actions.includes(one));
    /** @param {string} type */
    const setType = (type) => setTerms({ ...terms, rule_type: type, parameters: {} });
    return html`<${Form} name="Risk rule" submit="Save rule" onSubmit=${onSave} extra=${extra}>
    <div class="columns">
      <${Field} label="Name" name="name" value=${terms.name} onChange=${set("name")} maxlength=${100} required autofocus />
      <${Select} label="Rule type" name="rule_type" value=${terms.rule_type} options=${options} onChange=${setType} hint=${of?.clause ?? ""} />
      <${Field} label="Threshold" name="threshold" value=${terms.threshold} onChange=${set("threshold")} inputmode="decimal" required hint=${of ? `In ${of.threshold}.` : ""} />
      <${Select} label="Action" name="action" value=${terms.action} options=${actions} onChange=${set("action")} />
      <${Select} label="Account it is for" name="scope.account_id" value=${terms.account} options=${everywhere} onChange=${set("account")} />
      <${Field} label="Symbol it is for" name="scope.symbol" value=${terms.symbol} onChange=${set("symbol")} hint="Empty: all." />
      <${Field} label="Strategy it is for" name="scope.strategy_id" value=${terms.strategy} onChange=${set("strategy")} hint="Empty: all." />
      <${Parameters} of=${of?.parameters ?? []} values=${terms.parameters} onChange=${(/** @type {Record<string, string | string[]>} */ parameters) => setTerms({ ...terms, parameters })} />
    </div>
    <${Checkbox} label="Active" name="is_active" checked=${terms.is_active} onChange=${set("is_active")} />
    ${isThere ? html`<${Field} label="Reason" name="reason" value=${terms.reason} onChange=${set("reason")} maxlength=${500} hint="Needed where this loosens a limit." />` : null}
  <//>`;
  }}<//>`;
}

/** What the rule would say of an order that nobody sends. @param {{ terms: import("./terms.js").RuleTerms }} props */
export function TryOut({ terms }) {
  const [order, setOrder] = useState({ symbol: "", quantity: "", side: "buy" });
  const [tried, setTried] = useState(/** @type {import("../../types/api.js").TriedView | null} */ (null));
  const [problem, setProblem] = useState(/** @type {import("../../core/problem.js").Problem | null} */ (null));
  const one = account.value;
  if (!one) return null;
  async function attempt() {
    setTried(null);
    setProblem(null);
    const { symbol, quantity, side } = order;
    const leg = {
      symbol: symbol.trim().toUpperCase(),
      quantity: quantity.trim(),
      side: /** @type {"buy" | "sell"} */ (side),
      type: /** @type {const} */ ("market"),
    };
    try {
      setTried(
        await ask("POST /api/v1/risk-rules/test", {
          body: { account_id: one?.id ?? "", order: leg, rule: bodyOf(terms) },
        }),
      );
    } catch (error) {
      setProblem(problemOf(error));
    }
  }
  /** @param {string} name */
  const set = (name) => (/** @type {string} */ value) => setOrder({ ...order, [name]: value });
  const verdict =
    tried &&
    (!tried.applies
      ? "It does not look at such an order."
      : tried.approved
        ? "Approved"
        : tried.halts
          ? "Denied, and the account would be stopped"
          : "Denied");
  return html`<${Panel} title="Try it on an order">
    <${Form} name="Try the rule" submit="Try" onSubmit=${attempt}>
      <div class="columns">
        <${Field} label="Symbol of the order" name="symbol" value=${order.symbol} onChange=${set("symbol")} required />
        <${Field} label="Quantity of the order" name="quantity" value=${order.quantity} onChange=${set("quantity")} inputmode="decimal" required />
        <${Select} label="Side of the order" name="side" value=${order.side} options=${[
          ["buy", "Buy"],
          ["sell", "Sell"],
        ]} onChange=${set("side")} />
      </div>
    <//>
    <${ProblemNote} problem=${problem} />
    <div role="status">${verdict ? html`<p><strong>${verdict}</strong></p>` : null}
      ${tried?.reasons.length ? html`<${Reasons} reasons=${tried.reasons} />` : null}
      ${tried?.headroom ? html`<${Rules} headroom=${[tried.headroom]} name="What the rule looked at" />` : null}</div>
  <//>`;
}
