import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded, Panel } from "../../kit/basics.js";
import { Field, Form, Select } from "../../kit/form.js";
import { sayWhether } from "../risk/waiting.js";
import { wordOf } from "../trade/terms.js";

/**
 * @typedef {import("../../types/api.js").AccountMarginView} Margin
 * @typedef {import("../../types/api.js").RulebookView} Rulebook
 */

/** By which rulebook an account is margined, and whether it is brought back by itself. @param {{ margin: Margin, onDone: () => void }} props */
export function Setting({ margin, onDone }) {
  const [rulebook, setRulebook] = useState("");
  const [reason, setReason] = useState("");
  const [target, setTarget] = useState(margin.automatic_target ?? "");
  const path = { account_id: margin.account_id };
  // Only if it still is what is shown here.
  const ifMatch = `"${margin.version}"`;
  const loaded = useLoaded(async (signal) => (await ask("GET /api/v1/margin/rulebooks", { signal })).items, []);

  async function choose() {
    const body = { rulebook, ...(reason.trim() ? { reason: reason.trim() } : {}) };
    const found = await ask("PUT /api/v1/margin/accounts/{account_id}/rulebook", { path, body, ifMatch });
    sayWhether(found, "The rulebook is chosen");
    onDone();
  }
  async function automatic() {
    const body = { target_buffer: target.trim() || null };
    const found = await ask("PUT /api/v1/margin/accounts/{account_id}/automatic-deleverage", { path, body, ifMatch });
    sayWhether(found, "It is set");
    onDone();
  }
  return html`<${Panel} title="Rulebook">
    <${Loaded} of=${loaded} what="rulebooks">${(/** @type {Rulebook[]} */ books) => {
      const names = [...new Set(books.map((one) => one.name))];
      const options = [["", "Choose one"], ...names.map((one) => [one, wordOf(one)])];
      return html`<${Form} name="Rulebook" submit="Choose rulebook" onSubmit=${choose}>
        <div class="columns">
          <${Select} label="Rulebook" name="rulebook" value=${rulebook} options=${options} onChange=${setRulebook} hint=${`Now ${margin.rulebook}.`} />
          <${Field} label="Reason" name="reason" value=${reason} onChange=${setReason} maxlength=${500} hint="Needed where it loosens." />
        </div>
      <//>`;
    }}<//>
    <${Form} name="Automatic de-leveraging" submit="Set it" onSubmit=${automatic}>
      <${Field} label="Bring it back to a buffer of" name="target_buffer" value=${target} onChange=${setTarget} inputmode="decimal" hint="Begins by itself once the maintenance margin is beyond 1.10 times the equity. Empty: never." />
    <//>
  <//>`;
}
