import { html } from "../vendor/preact.js";
import { may } from "../core/context.js";
import { away, engaged, msUntil, whatOf } from "../core/kill.js";
import { Time } from "../kit/basics.js";
import { releasing } from "./release.js";
import { Venues } from "./venues.js";

/** @typedef {import("../core/kill.js").Latch} Latch */

/** What is stopped, on top of every page. */
export function StopAlert() {
  const latches = engaged.value;
  return html`<div class="stops">
    ${latches.map(
      (one) =>
        html`<div key=${one.id} class="stopped" role="alert">
      <div>
        <p><strong>Trading is stopped</strong> ${whatOf(one)}${one.level === "reducing" ? ", but for what only reduces" : ""}${one.reason ? html`: ${one.reason}` : ""}</p>
        <dl class="steps">
          <${Step} name="Stopped" at=${html`<${Time} at=${one.engaged_at} />`} />
          <${Step} name="Acknowledged" at=${took(one, one.acknowledged_at)} />
          <${Step} name="Cancelled" at=${took(one, one.canceled_at, ` (${one.orders_cancelled} orders)`)} />
          ${one.flatten && !one.flatten_canceled ? html`<${Step} name="Flat" at=${took(one, one.flat_at)} />` : null}
        </dl>
        <${Venues} id=${one.id} />
        <${Away} latch=${one} />
        ${one.release_asked_at ? html`<p>Its release was asked for at <${Time} at=${one.release_asked_at} />, and waits until every venue has confirmed. It lapses after five minutes.</p>` : null}
      </div>
      ${may("kill.release") ? html`<button type="button" onClick=${() => (releasing.value = one)}>Release</button>` : null}
    </div>`,
    )}
  </div>`;
}

/** Said while the server's storage is away: who holds the stop, and who did not answer. @param {{ latch: Latch }} props */
function Away({ latch }) {
  const held = away.value;
  if (!held?.latches.some((one) => one.id === latch.id)) return null;
  return html`<p>The server's storage is away. Held by ${held.heard.join(", ") || "nobody"}${held.silent.length ? `; no answer of ${held.silent.join(", ")}` : ""}.
    ${held.not_durable.length ? ` Not stored yet: ${held.not_durable.join(", ")}.` : ""} No position is closed meanwhile.</p>`;
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
