import { html, signal, useState } from "../vendor/preact.js";
import { ask } from "../core/ask.js";
import { account, accounts, may } from "../core/desk.js";
import { changed, engaged, killState, msUntil } from "../core/kill.js";
import { Time } from "../kit/basics.js";
import { Dialog } from "../kit/dialog.js";
import { Checkbox, Field, Form, Radios } from "../kit/form.js";

/** @typedef {import("../core/kill.js").Latch} Latch */

export const stopping = signal(false);
const releasing = signal(/** @type {Latch | null} */ (null));

/** The first of two steps, in every header. */
export function StopButton() {
  const stopped = engaged.value.length > 0;
  return html`<button type="button" class="danger stop" aria-keyshortcuts="Control+Alt+K" disabled=${!may("kill.activate")}
    title="Stop trading (Ctrl+Alt+K)" onClick=${() => (stopping.value = true)}>Kill switch${stopped ? html`<span class="sr-only"> (on)</span>` : null}</button>`;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.altKey && event.code === "KeyK" && may("kill.activate")) {
    event.preventDefault();
    stopping.value = true;
  }
});

/** The second step. */
export function StopDialog() {
  const all = may("kill.activate");
  const [scope, setScope] = useState(all ? "tenant" : "account");
  const [reason, setReason] = useState("");
  const [passcode, setPasscode] = useState("");
  const [flatten, setFlatten] = useState(false);
  if (!stopping.value) return null;
  const close = () => {
    stopping.value = false;
    setPasscode("");
    setFlatten(false);
  };

  /** @param {string} key */
  async function stop(key) {
    const began = performance.now();
    const body = {
      scope: /** @type {"tenant" | "account"} */ (scope),
      account_id: scope === "account" ? (account.value?.id ?? null) : null,
      reason: reason.trim(),
      passcode: passcode || null,
      flatten,
    };
    try {
      await ask("POST /api/v1/kill-switch/activate", { body, key });
    } finally {
      void changed();
    }
    performance.measure("ballast:kill", { start: began });
    close();
  }

  const names = /** @type {[string, string][]} */ ([
    ["tenant", "Everything"],
    ["account", "This account"],
  ]);
  return html`<${Dialog} title="Stop trading" onClose=${close} kind="stopping">
    <p>New orders are refused at once and open ones are cancelled, until somebody releases it.</p>
    <${Form} name="Stop trading" submit="Stop trading now" danger onSubmit=${stop}>
      <${Radios} legend="What to stop" name="scope" value=${scope} options=${names} onChange=${setScope} />
      <${Field} label="Reason" name="reason" value=${reason} onChange=${setReason} maxlength=${500} hint="For the audit trail; may stay empty." />
      <${Checkbox} label="Close all positions" name="flatten" checked=${flatten} onChange=${setFlatten} />
      <${Field} label="Passcode" name="passcode" type="password" value=${passcode} onChange=${setPasscode}
        hint=${killState.value?.passcode_set ? "Needed to close positions; a stop alone goes without." : "None is set; leave it empty."} />
    <//>
  <//>`;
}

/** What is stopped, on top of every page. */
export function StopAlert() {
  const latches = engaged.value;
  return html`<div class="stops">
    ${latches.map(
      (one) =>
        html`<div key=${one.id} class="stopped" role="alert">
      <div>
        <p><strong>Trading is stopped</strong> ${whatOf(one)}${one.reason ? html`: ${one.reason}` : ""}</p>
        <dl class="steps">
          <${Step} name="Stopped" at=${html`<${Time} at=${one.engaged_at} />`} />
          <${Step} name="Acknowledged" at=${took(one, one.acknowledged_at)} />
          <${Step} name="Cancelled" at=${took(one, one.canceled_at, ` (${one.orders_cancelled} orders)`)} />
          ${one.flatten && !one.flatten_canceled ? html`<${Step} name="Flat" at=${took(one, one.flat_at)} />` : null}
        </dl>
      </div>
      ${may("kill.release") ? html`<button type="button" onClick=${() => (releasing.value = one)}>Release</button>` : null}
    </div>`,
    )}
  </div>`;
}

/** @param {Latch} latch */
function whatOf(latch) {
  if (latch.scope === "tenant") return "for everything";
  const name = accounts.value.find((one) => one.id === latch.account_id)?.name ?? "one account";
  return `for ${name}`;
}

/** @param {Latch} latch @param {string | null} at @param {string} [more] */
function took(latch, at, more = "") {
  const ms = msUntil(latch, at);
  return ms === null ? "not yet" : `after ${ms} ms${more}`;
}

/** @param {{ name: string, at: unknown }} props */
function Step({ name, at }) {
  return html`<div><dt>${name}</dt><dd>${at}</dd></div>`;
}

export function ReleaseDialog() {
  const [reason, setReason] = useState("");
  const [passcode, setPasscode] = useState("");
  const latch = releasing.value;
  if (!latch) return null;
  const close = () => {
    releasing.value = null;
    setPasscode("");
    setReason("");
  };
  /** @param {string} key */
  async function release(key) {
    if (!latch) return;
    const scope = /** @type {"tenant" | "account"} */ (latch.scope);
    const body = { scope, account_id: latch.account_id, reason: reason.trim(), passcode: passcode || null };
    await ask("POST /api/v1/kill-switch/release", { body, key });
    await changed();
    close();
  }
  return html`<${Dialog} title="Release" onClose=${close}>
    <p>Trading ${whatOf(latch)} goes on once nothing of the stop is left to do.</p>
    <${Form} name="Release" submit="Release" onSubmit=${release}>
      <${Field} label="Reason" name="reason" value=${reason} onChange=${setReason} required />
      <${Field} label="Passcode" name="passcode" type="password" value=${passcode} onChange=${setPasscode}
        hint=${killState.value?.passcode_set ? "" : "None is set; leave it empty."} />
    <//>
  <//>`;
}
