import { html, signal } from "../vendor/preact.js";

/** @typedef {{ id: number, text: string, tone: "good" | "bad" | "" }} Toast */

const SHOWN_MAX = 5;
const SHOWN_MS = 8_000;
/** @type {import("../vendor/preact.js").Signal<Toast[]>} */
const toasts = signal([]);
let last = 0;

/**
 * Say something that happened. What is bad stays until it is put away.
 * @param {string} text
 * @param {"good" | "bad" | ""} [tone]
 */
export function toast(text, tone = "") {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value, { id, text, tone }].slice(-SHOWN_MAX);
  if (tone !== "bad") setTimeout(() => away(id), SHOWN_MS);
}

/** @param {number} id */
function away(id) {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return html`<div class="toasts" role="status" aria-label="Messages" aria-live="polite">
    ${toasts.value.map(
      (one) =>
        html`<div key=${one.id} class=${`toast ${one.tone}`}>
      <span id=${`toast-${one.id}`}>${one.text}</span>
      <button type="button" class="quiet" aria-label="Put away" aria-describedby=${`toast-${one.id}`} onClick=${() => away(one.id)}>×</button>
    </div>`,
    )}
  </div>`;
}
