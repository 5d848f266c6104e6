import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { PRIORITIES } from "../../core/notifications.js";
import { Dialog } from "../../kit/dialog.js";
import { Checkbox, Field, Form, Select } from "../../kit/form.js";
import { wordOf } from "../trade/terms.js";

/**
 * @typedef {import("../../types/api.js").PreferenceView} Preference
 * @typedef {{ type: string, channel: string, kept: Preference | null }} Chosen
 */

/** @type {import("../../types/api.js").NotificationType[]} */
export const TYPES = [
  "order_filled",
  "risk_breach",
  "strategy_error",
  "position_update",
  "system_alert",
  "margin",
  "kill",
  "succession",
  "security",
];

/** @type {Record<string, string>} */
export const WORDS = {
  IN_APP: "In the app",
  WEBSOCKET: "Live stream",
  EMAIL: "Mail",
  SMS: "SMS",
  PUSH: "Push",
  WEBHOOK: "Webhook",
};

/** @type {[string, string][]} */
const LEAST = PRIORITIES.map((one) => [
  one,
  one === "LOW" ? "LOW: everything" : one === "URGENT" ? "URGENT alone" : `${one} and above`,
]);
/** @type {[string, string][]} */
const DIGESTS = [
  ["none", "One by one"],
  ["hourly", "Gathered by the hour"],
  ["daily", "Gathered by the day"],
];

// In the installation itself nobody is woken: these know no quiet hours and no digest.
const INSIDE = ["IN_APP", "WEBSOCKET"];

/** A preference in few words. @param {Preference | null} one */
export function saidOf(one) {
  if (!one) return "Default";
  if (!one.enabled) return "Off";
  const quiet = one.quiet_from ? `, quiet ${one.quiet_from}–${one.quiet_to} ${one.zone}` : "";
  const digest = one.digest === "none" ? "" : `, ${one.digest}`;
  return `${one.least_priority === "LOW" ? "All" : `From ${one.least_priority}`}${digest}${quiet}`;
}

/** How one type is told on one channel. @param {{ chosen: Chosen, onClose: () => void, onDone: () => void }} props */
export function PreferenceDialog({ chosen, onClose, onDone }) {
  const { type, channel, kept } = chosen;
  const inside = INSIDE.includes(channel);
  const [terms, setTerms] = useState({
    enabled: kept?.enabled ?? true,
    least_priority: String(kept?.least_priority ?? "LOW"),
    quiet_from: kept?.quiet_from ?? "",
    quiet_to: kept?.quiet_to ?? "",
    zone: kept?.zone ?? (Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"),
    digest: String(kept?.digest ?? "none"),
  });
  /** @param {keyof typeof terms} name */
  const set = (name) => (/** @type {string | boolean} */ value) => setTerms({ ...terms, [name]: value });

  /** @param {string} key */
  async function save(key) {
    const { quiet_from, quiet_to, zone, digest, ...told } = terms;
    const body = /** @type {import("../../types/api.js").PreferenceBody} */ ({
      ...told,
      ...(inside ? {} : { quiet_from, quiet_to, zone: zone.trim(), digest }),
      type,
      channel,
    });
    if (!kept) await ask("POST /api/v1/notifications/preferences", { body, key });
    else {
      const path = { preference_id: kept.id };
      // Only if it still is what is shown here.
      await ask("PUT /api/v1/notifications/preferences/{preference_id}", { path, body, ifMatch: `"${kept.version}"` });
    }
    onDone();
  }
  async function forget() {
    if (kept)
      await ask("DELETE /api/v1/notifications/preferences/{preference_id}", { path: { preference_id: kept.id } });
    onDone();
  }
  return html`<${Dialog} title=${`${wordOf(type)}, ${WORDS[channel]}`} onClose=${onClose}>
    <${Form} name="Preference" submit="Save" onSubmit=${save}>
      <${Checkbox} label="Tell me" name="enabled" checked=${terms.enabled} onChange=${set("enabled")} />
      <${Select} label="Least priority" name="least_priority" value=${terms.least_priority} options=${LEAST} onChange=${set("least_priority")} />
      ${
        inside
          ? null
          : html`<div class="columns">
        <${Field} label="Quiet from" name="quiet_from" type="time" value=${terms.quiet_from} onChange=${set("quiet_from")} hint="Empty: never quiet." />
        <${Field} label="Quiet to" name="quiet_to" type="time" value=${terms.quiet_to} onChange=${set("quiet_to")} />
        <${Field} label="Zone" name="zone" value=${terms.zone} onChange=${set("zone")} among=${Intl.supportedValuesOf("timeZone")} hint="Such as Europe/Berlin. What is URGENT comes through." />
      </div>
      <${Select} label="LOW and MEDIUM" name="digest" value=${terms.digest} options=${DIGESTS} onChange=${set("digest")} />`
      }
    <//>
    ${kept ? html`<${Form} name="Default" submit="Go by the default" onSubmit=${forget} />` : null}
  <//>`;
}
