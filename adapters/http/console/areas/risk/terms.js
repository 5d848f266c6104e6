/**
 * @typedef {import("../../types/api.js").RuleView} Rule
 * @typedef {import("../../types/api.js").RuleBody} RuleBody
 * @typedef {{ name: string, rule_type: string, threshold: string, action: string, is_active: boolean, account: string, symbol: string, strategy: string, reason: string, parameters: Record<string, string | string[]> }} RuleTerms
 */

/** @type {[import("../../types/api.js").Action, string][]} */
export const ACTIONS = [
  ["BLOCK", "Block the order"],
  ["REDUCE_ONLY", "Let only what reduces pass"],
  ["HALT", "Block, and stop the account"],
  ["WARN", "Warn"],
];

/** @type {RuleTerms} */
export const BLANK = {
  name: "",
  rule_type: "MAX_ORDER_VALUE",
  threshold: "",
  action: "BLOCK",
  is_active: true,
  account: "",
  symbol: "",
  strategy: "",
  reason: "",
  parameters: {},
};

/** @param {Rule} rule @returns {RuleTerms} */
export function termsOf(rule) {
  return {
    name: rule.name,
    rule_type: rule.rule_type,
    threshold: rule.threshold,
    action: rule.action,
    is_active: rule.is_active,
    account: rule.scope.account_id ?? "",
    symbol: rule.scope.symbol ?? "",
    strategy: rule.scope.strategy_id ?? "",
    reason: "",
    parameters: rule.parameters,
  };
}

/** The rule as it is sent. @param {RuleTerms} terms @returns {RuleBody} */
export function bodyOf(terms) {
  /** @type {Record<string, string | string[]>} */
  const parameters = {};
  for (const [name, said] of Object.entries(terms.parameters)) {
    const value = Array.isArray(said) ? said.filter(Boolean) : said.trim();
    // What is left empty is left to the type's default.
    if (value.length > 0) parameters[name] = value;
  }
  return /** @type {RuleBody} */ ({
    name: terms.name.trim(),
    rule_type: terms.rule_type,
    threshold: terms.threshold.trim(),
    action: terms.action,
    is_active: terms.is_active,
    scope: {
      account_id: terms.account || null,
      symbol: terms.symbol.trim().toUpperCase() || null,
      strategy_id: terms.strategy.trim() || null,
    },
    parameters,
    ...(terms.reason.trim() ? { reason: terms.reason.trim() } : {}),
  });
}

/** @param {Rule["scope"]} scope @param {import("../../core/context.js").Account[]} accounts */
export function scopeOf(scope, accounts) {
  const account = scope.account_id && (accounts.find((one) => one.id === scope.account_id)?.name ?? "one account");
  return [account, scope.symbol, scope.strategy_id].filter(Boolean).join(", ") || "everything";
}
