import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded, Panel } from "../../kit/basics.js";
import { Dialog } from "../../kit/dialog.js";
import { Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";
import { wordOf } from "../trade/terms.js";
import { Channels } from "./channels.js";
import { PreferenceDialog, TYPES, WORDS, saidOf } from "./preference.js";

/**
 * @typedef {import("../../types/api.js").PreferenceView} Preference
 * @typedef {import("../../types/api.js").ChannelList} Addresses
 * @typedef {import("./preference.js").Chosen} Chosen
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/settings/notifications",
  title: "Notification settings",
  permission: "notifications.self",
  place: 81,
  view: Settings,
};

/** How somebody is told of what, and where they are reached. */
function Settings() {
  const preferences = useLoaded(
    async (signal) => (await ask("GET /api/v1/notifications/preferences", { signal })).items,
    [],
  );
  const addresses = useLoaded((signal) => ask("GET /api/v1/notifications/channels", { signal }), []);
  return html`<${Loaded} of=${addresses} what="channels">${(/** @type {Addresses} */ known) =>
    html`
    <${Loaded} of=${preferences} what="preferences">${(/** @type {Preference[]} */ kept) => html`<${Table} kept=${kept} onDone=${preferences.reload} />`}<//>
    <${Channels} known=${known} onDone=${addresses.reload} />`}
  <//>`;
}

/** Each type by each channel; what is not kept goes by the default. @param {{ kept: Preference[], onDone: () => void }} props */
function Table({ kept, onDone }) {
  const [chosen, setChosen] = useState(/** @type {Chosen | null} */ (null));
  const [resetting, setResetting] = useState(false);
  const channels = Object.keys(WORDS);
  const close = () => {
    setChosen(null);
    setResetting(false);
  };
  const done = () => {
    close();
    onDone();
  };
  /** @param {string} key */
  async function reset(key) {
    await ask("POST /api/v1/notifications/preferences/set-defaults", { key });
    toast("The defaults are set", "good");
    done();
  }
  return html`<${Panel} title="What you are told of, and how" actions=${html`<button type="button" onClick=${() => setResetting(true)}>Set defaults</button>`}>
    <div class="table" tabindex="0" role="region" aria-label="Preferences"><table>
      <thead><tr><th scope="col">Type</th>${channels.map((one) => html`<th scope="col">${WORDS[one]}</th>`)}</tr></thead>
      <tbody>${TYPES.map(
        (type) =>
          html`<tr key=${type}><th scope="row">${wordOf(type)}</th>
        ${channels.map((channel) => {
          const one = kept.find((each) => each.type === type && each.channel === channel) ?? null;
          const said = saidOf(one);
          return html`<td><button type="button" aria-label=${`${wordOf(type)}, ${WORDS[channel]}: ${said}`} onClick=${() => setChosen({ type, channel, kept: one })}>${said}</button></td>`;
        })}</tr>`,
      )}</tbody>
    </table></div>
    ${chosen ? html`<${PreferenceDialog} chosen=${chosen} onClose=${close} onDone=${done} />` : null}
    ${
      resetting
        ? html`<${Dialog} title="Set defaults" onClose=${close}>
      <p>All of your own preferences are replaced: everything in the app, and what is HIGH or URGENT by mail too.</p>
      <${Form} name="Set defaults" submit="Replace them" danger onSubmit=${reset} />
    <//>`
        : null
    }
  <//>`;
}
