import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { Empty, Panel, Time } from "../../kit/basics.js";
import { Field, Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";
import { WORDS } from "./preference.js";

/**
 * @typedef {import("../../types/api.js").ChannelView} Address
 * @typedef {import("../../types/api.js").Channel} Channel
 */

/** @type {Record<string, string>} */
const HINTS = {
  EMAIL: "A mail address.",
  SMS: "A number with its country, such as +15550100.",
  PUSH: "A push service's address. It is kept as a secret.",
  WEBHOOK: "An https address of yours; messages are signed.",
};

/** Where somebody is reached outside of the app. @param {{ known: import("../../types/api.js").ChannelList, onDone: () => void }} props */
export function Channels({ known, onDone }) {
  const named = known.available.filter((one) => one in HINTS);
  return html`<${Panel} title="Where you are reached">
    ${named.length ? null : html`<${Empty}>This installation sends nothing out: its operator sets that up under [notifications].<//>`}
    ${named.map((channel) => html`<${OneChannel} key=${channel} channel=${channel} address=${known.items.find((one) => one.channel === channel) ?? null} onDone=${onDone} />`)}
  <//>`;
}

/** @param {{ channel: Channel, address: Address | null, onDone: () => void }} props */
function OneChannel({ channel, address, onDone }) {
  const [typed, setTyped] = useState("");
  const [code, setCode] = useState("");
  const word = WORDS[channel] ?? channel;
  async function give() {
    const kept = await ask("PUT /api/v1/notifications/channels", { body: { channel, address: typed.trim() } });
    setTyped("");
    if (kept.sent === false) toast(`${word}: the code could not be sent: ${kept.answer}`, "bad");
    else toast(`${word}: a code was sent there`, "good");
    onDone();
  }
  async function confirm() {
    await ask("PUT /api/v1/notifications/channels", { body: { channel, code: code.trim() } });
    setCode("");
    toast(`${word}: the address is confirmed`, "good");
    onDone();
  }
  /** @param {string} key */
  async function test(key) {
    const path = { channel_id: address?.id ?? "" };
    const said = await ask("POST /api/v1/notifications/channels/{channel_id}/test", { path, key });
    toast(
      `${word}: ${said.sent ? "sent" : "not sent"}${said.answer ? `, ${said.answer}` : ""}`,
      said.sent ? "good" : "bad",
    );
  }
  async function remove() {
    await ask("DELETE /api/v1/notifications/channels", { query: { channel } });
    toast(`${word}: the address is forgotten`);
    onDone();
  }
  return html`<fieldset class="row">
    <legend>${word}</legend>
    <p>${address?.address ? html`Reached at <strong>${address.address}</strong>, confirmed <${Time} at=${address.confirmed_at} />.` : "No address is in use."}
      ${address?.pending ? ` ${address.pending} waits for its code.` : ""}</p>
    ${
      address?.pending
        ? html`<${Form} name=${`Code of ${word}`} submit="Confirm" onSubmit=${confirm}>
      <${Field} label=${`Code sent by ${word}`} name="code" value=${code} onChange=${setCode} autocomplete="one-time-code" required />
    <//>`
        : null
    }
    <${Form} name=${`Address of ${word}`} submit=${address?.address ? "Change" : "Send a code there"} onSubmit=${give}>
      <${Field} label=${`Address for ${word}`} name="address" value=${typed} onChange=${setTyped} hint=${HINTS[channel]} required />
    <//>
    ${address?.address ? html`<${Form} name=${`Test of ${word}`} submit="Send a test message" onSubmit=${test} />` : null}
    ${address ? html`<${Form} name=${`Removal of ${word}`} submit=${`Forget the address of ${word}`} onSubmit=${remove} />` : null}
  </fieldset>`;
}
