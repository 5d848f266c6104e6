import { html } from "../vendor/preact.js";
import { money, percent, shown, signOf } from "../core/decimal.js";

/**
 * @typedef {import("../vendor/preact.js").ComponentChildren} Children
 */

/** Something is on its way. @param {{ what: string }} props */
export function Loading({ what }) {
  return html`<p class="muted" role="status" data-loading>Loading ${what}…</p>`;
}

/** There is nothing, and what to do about it. @param {{ children: Children }} props */
export function Empty({ children }) {
  return html`<p class="empty muted">${children}</p>`;
}

/**
 * A refusal in words, read out at once.
 * @param {{ problem: import("../core/problem.js").Problem | null, onRetry?: () => void }} props
 */
export function ProblemNote({ problem, onRetry }) {
  if (!problem) return null;
  return html`<div class="problem" role="alert">
    <p><strong>${problem.title || "Refused"}</strong> ${problem.detail || problem.message}</p>
    ${problem.retryAfterS ? html`<p>Try again in ${problem.retryAfterS} s.</p>` : null}
    ${problem.reasons.length ? html`<ul>${problem.reasons.map((one) => html`<li>${one.message}</li>`)}</ul>` : null}
    ${onRetry ? html`<button type="button" onClick=${onRetry}>Try again</button>` : null}
  </div>`;
}

/**
 * What `useLoaded` holds, as it stands: loading, a problem, nothing, or the thing itself.
 * @template T
 * @param {{ of: import("../core/loaded.js").Loaded<T>, what: string, children: (data: T) => Children }} props
 */
export function Loaded({ of, what, children }) {
  return html`
    <${ProblemNote} problem=${of.problem} onRetry=${of.reload} />
    ${of.data === null ? (of.problem ? null : html`<${Loading} what=${what} />`) : children(of.data)}
  `;
}

/**
 * A decimal as the server wrote it; what is not known is a dash and says so.
 * @param {{ value: string | null | undefined, currency?: string, as?: "percent", signed?: boolean }} props
 */
export function Figure({ value, currency, as, signed = false }) {
  if (value === null || value === undefined) return html`<span class="muted" title="not known">–</span>`;
  const text = as === "percent" ? percent(value) : currency ? money(value, currency) : shown(value);
  const sign = signed ? signOf(value) : 0;
  const kind = sign > 0 ? "gain" : sign < 0 ? "loss" : "";
  return html`<span class=${`figure ${kind}`}>${sign > 0 ? "+" : ""}${text}</span>`;
}

/** A figure with its name, in a list of them. @param {{ name: string, value: string | null, currency?: string, as?: "percent", signed?: boolean }} props */
export function Told({ name, ...figure }) {
  return html`<div><dt>${name}</dt><dd><${Figure} ...${figure} /></dd></div>`;
}

/** A time in the market's or this machine's day, exact to the second. @param {{ at: string | null | undefined }} props */
export function Time({ at }) {
  if (!at) return html`<span class="muted">–</span>`;
  const plain = at.replace("T", " ").replace(/(\.\d+)?(Z|\+00:00)$/, " UTC");
  return html`<time datetime=${at}>${plain}</time>`;
}

const TONES = new Map([
  ...["filled", "up", "alive", "approved", "on"].map((one) => /** @type {const} */ ([one, "good"])),
  ...["denied", "rejected", "parked", "down", "dead", "breached"].map((one) => /** @type {const} */ ([one, "bad"])),
  ...["degraded", "late", "paused", "pending_cancel", "pending_update", "unknown"].map(
    (one) => /** @type {const} */ ([one, "warn"]),
  ),
]);

/** A state in words; colour only helps. @param {{ state: string }} props */
export function State({ state }) {
  return html`<span class=${`state ${TONES.get(state) ?? ""}`}>${state.replaceAll("_", " ")}</span>`;
}

/** How much of a limit is used. @param {{ used: string | null, breached: boolean }} props */
export function Meter({ used, breached }) {
  if (used === null) return html`<span class="muted">–</span>`;
  const width = Math.max(0, Math.min(100, Number(used) * 100));
  return html`<span class="meter">
    <span class=${`meter-track ${breached ? "bad" : ""}`} aria-hidden="true"><span style=${{ width: `${width}%` }}></span></span>
    <span title=${percent(used)}>${(Number(used) * 100).toFixed(1)} %</span>
  </span>`;
}

/** A part of a screen with a heading of its own. @param {{ title: string, id?: string, actions?: Children, children: Children }} props */
export function Panel({ title, id, actions, children }) {
  const name = id ?? `panel-${title.toLowerCase().replace(/\W+/g, "-")}`;
  return html`<section class="panel" aria-labelledby=${name}>
    <div class="panel-head"><h2 id=${name}>${title}</h2>${actions}</div>
    ${children}
  </section>`;
}
