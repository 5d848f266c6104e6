import { signal } from "../vendor/preact.js";

/** @typedef {"system" | "light" | "dark"} Theme */

const KEPT = "ballast-theme";

/** What the person chose; the system's own choice otherwise. */
export const theme = signal(/** @type {Theme} */ ("system"));

export function restoreTheme() {
  const kept = localStorage.getItem(KEPT);
  if (kept === "light" || kept === "dark") choose(kept);
}

/** @param {Theme} chosen */
export function choose(chosen) {
  theme.value = chosen;
  if (chosen === "system") {
    localStorage.removeItem(KEPT);
    delete document.documentElement.dataset["theme"];
  } else {
    localStorage.setItem(KEPT, chosen);
    document.documentElement.dataset["theme"] = chosen;
  }
}
