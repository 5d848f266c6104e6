import { html, signal, useState } from "../vendor/preact.js";
import { ask } from "../core/ask.js";
import { away, changed, killState, whatOf } from "../core/kill.js";
import { useLoaded } from "../core/loaded.js";
import { Loaded } from "../kit/basics.js";
import { Dialog } from "../kit/dialog.js";
import { Checkbox, Field, Form, Radios } from "../kit/form.js";

/**
 * @typedef {import("../core/kill.js").Latch} Latch
 * @typedef {import("../types/api.js").ReleaseChecklistView} Checklist
 * @typedef {import("../types/api.js").ReleasedTo} To
 */

export const releasing = signal(/** @type {Latch | null} */ (null));

/** @type {[To, string][]} */
const TO = [
  ["active", "Trading"],
  ["reducing", "Only what reduces"],
];

/** The way back, with what whoever takes it answers for. */
export function ReleaseDialog() {
  const latch = releasing.value;
  return latch ? html`<${Release} key=${latch.id} latch=${latch} />` : null;
}

/** @param {{ latch: Latch }} props */
function Release({ latch }) {
  const [reason, setReason] = useState("");
  const [passcode, setPasscode] = useState("");
  const [to, setTo] = useState(/** @type {To} */ ("active"));
  const [answers, setAnswers] = useState(/** @type {Record<string, boolean>} */ ({}));
  const { account_id, strategy_id, broker, symbol } = latch;
  const scope = /** @type {import("../types/api.js").ScopeKind} */ (latch.scope);
  const named = { scope, account_id, strategy_id, broker, symbol };
  const checklist = useLoaded(
    (until) => ask("GET /api/v1/kill-switch/release-checklist", { query: named, signal: until }),
    [latch.id],
  );
  const close = () => {
    releasing.value = null;
  };
  /** @param {string} key */
  async function release(key) {
    const body = { ...named, to, answers, reason: reason.trim(), passcode: passcode || null };
    await ask("POST /api/v1/kill-switch/release", { body, key });
    // What storage did not have is released with the rest.
    away.value = null;
    await changed();
    close();
  }
  return html`<${Dialog} title="Release" onClose=${close}>
    <p>Trading ${whatOf(latch)} goes on once nothing of the stop is left to do.</p>
    <${Form} name="Release" submit="Release" onSubmit=${release}>
      <${Field} label="Reason" name="reason" value=${reason} onChange=${setReason} required />
      <${Radios} legend="Back to" name="to" value=${to} options=${TO} onChange=${setTo} />
      <${Loaded} of=${checklist} what="the checklist">${(/** @type {Checklist} */ of) =>
        html`
        ${of.open.length ? html`<p class="note">Not over yet: ${of.open.join("; ")}</p>` : null}
        <fieldset><legend>Checklist</legend>${of.questions.map(
          (one) =>
            html`<${Checkbox} key=${one.name} label=${one.says} name=${`answers.${one.name}`} checked=${answers[one.name] ?? false}
            onChange=${(/** @type {boolean} */ yes) => setAnswers((was) => ({ ...was, [one.name]: yes }))} />`,
        )}</fieldset>`}
      <//>
      <${Field} label="Passcode" name="passcode" type="password" value=${passcode} onChange=${setPasscode}
        hint=${killState.value?.passcode_set ? "" : "None is set; leave it empty."} />
    <//>
  <//>`;
}
