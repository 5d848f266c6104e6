import { html, signal, useState } from "../vendor/preact.js";
import { ask } from "../core/ask.js";
import { account, may } from "../core/context.js";
import { away, changed, engaged, killState, stopped } from "../core/kill.js";
import { Problem } from "../core/problem.js";
import { Dialog } from "../kit/dialog.js";
import { Checkbox, Field, Form, Radios } from "../kit/form.js";

export const stopping = signal(false);

/** The first of two steps, in every header. */
export function StopButton() {
  const isOn = engaged.value.length > 0;
  return html`<button type="button" class="danger stop" aria-keyshortcuts="Control+Alt+K" disabled=${!may("kill.activate")}
    title="Stop trading (Ctrl+Alt+K)" onClick=${() => (stopping.value = true)}>Kill switch${isOn ? html`<span class="sr-only"> (on)</span>` : null}</button>`;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.altKey && event.code === "KeyK" && may("kill.activate")) {
    event.preventDefault();
    stopping.value = true;
  }
});

/** @type {[Scope, string, Named | ""][]} */
const SCOPES = [
  ["tenant", "Everything", ""],
  ["account", "This account", ""],
  ["strategy", "A strategy", "strategy_id"],
  ["broker", "A broker", "broker"],
  ["symbol", "A symbol", "symbol"],
];
const NAMES = { strategy_id: "Strategy", broker: "Broker", symbol: "Symbol" };
/** @type {[Level, string][]} */
const LEVELS = [
  ["halted", "Nothing may trade"],
  ["reducing", "Only what reduces may trade"],
];

/**
 * @typedef {import("../types/api.js").ScopeKind} Scope
 * @typedef {import("../types/api.js").Level} Level
 * @typedef {keyof typeof NAMES} Named
 */

/** The second step. */
export function StopDialog() {
  const [scope, setScope] = useState(/** @type {Scope} */ ("tenant"));
  const [level, setLevel] = useState(/** @type {Level} */ ("halted"));
  const [what, setWhat] = useState("");
  const [reason, setReason] = useState("");
  const [passcode, setPasscode] = useState("");
  const [flatten, setFlatten] = useState(false);
  if (!stopping.value) return null;
  const named = SCOPES.find(([one]) => one === scope)?.[2] ?? "";
  const close = () => {
    stopping.value = false;
    setPasscode("");
    setFlatten(false);
  };

  /** @param {string} key */
  async function stop(key) {
    const began = performance.now();
    // A stop that does not say of what is one of everything: it must be meant.
    if (named && !what.trim())
      throw new Problem(400, { errors: [{ pointer: `/${named}`, detail: "is needed to stop it alone" }] });
    const asked = {
      scope,
      account_id: scope === "account" ? (account.value?.id ?? null) : null,
      ...(named ? { [named]: named === "symbol" ? what.trim().toUpperCase() : what.trim() } : {}),
      level,
      // One that says nothing is left out: a body that does not fit stops everything.
      ...(reason.trim() ? { reason: reason.trim() } : {}),
      passcode: passcode || null,
      flatten,
    };
    try {
      const found = await ask("POST /api/v1/kill-switch/activate", { body: asked, key });
      if ("not_durable" in found) away.value = found;
      else stopped(found.latches ?? [found.latch]);
    } finally {
      void changed();
    }
    performance.measure("ballast:kill", { start: began });
    close();
  }

  return html`<${Dialog} title="Stop trading" onClose=${close} kind="stopping">
    <p>New orders are refused at once and open ones are cancelled, until somebody releases it.</p>
    <${Form} name="Stop trading" submit="Stop trading now" danger onSubmit=${stop}>
      <${Radios} legend="What to stop" name="scope" value=${scope} options=${SCOPES} onChange=${setScope} />
      ${named ? html`<${Field} key=${named} label=${NAMES[named]} name=${named} value=${what} onChange=${setWhat} required />` : null}
      <${Radios} legend="How far" name="level" value=${level} options=${LEVELS} onChange=${setLevel} />
      <${Field} label="Reason" name="reason" value=${reason} onChange=${setReason} maxlength=${500} hint="For the audit trail; may stay empty." />
      <${Checkbox} label="Close all positions" name="flatten" checked=${flatten} onChange=${setFlatten} />
      <${Field} label="Passcode" name="passcode" type="password" value=${passcode} onChange=${setPasscode}
        hint=${killState.value?.passcode_set ? "Needed to close positions; a stop alone goes without." : "None is set; leave it empty."} />
    <//>
  <//>`;
}
