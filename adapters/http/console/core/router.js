import { signal } from "../vendor/preact.js";
import { SCREENS } from "./page.js";

export const HOME = "/dashboard";

/** The address that is shown; only its path and query. */
export const address = signal(location.pathname + location.search);

addEventListener("popstate", () => {
  address.value = location.pathname + location.search;
});

/** @param {string} to @param {{ replace?: boolean }} [how] */
export function go(to, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  address.value = location.pathname + location.search;
  if (!replace) scrollTo(0, 0);
}

// A plain click on a link of ours changes the screen and keeps the page.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.origin !== location.origin || !link.pathname.startsWith(HOME) || link.target) return;
  // To a place of this page: the browser itself brings the focus there.
  if (link.hash) return;
  event.preventDefault();
  go(link.pathname + link.search);
});

/**
 * The screen of a path below /dashboard, with its parts that have names.
 * @param {string} path
 */
export function screenOf(path) {
  const asked = partsOf(path.replace(/^\/dashboard/, ""));
  for (const entry of SCREENS) {
    const own = partsOf(entry.path);
    if (own.length !== asked.length) continue;
    /** @type {Record<string, string>} */
    const params = {};
    const leads = own.every((part, at) => {
      const given = asked[at] ?? "";
      if (part.startsWith(":")) params[part.slice(1)] = decodeURIComponent(given);
      return part.startsWith(":") || part === given;
    });
    if (leads) return { entry, params };
  }
  return null;
}

/** A path of ours with its query, as somebody else wrote it down; null where it is none. @param {string} text */
export function pathOf(text) {
  return /^\/dashboard(\/[\w-]+)*(\?[\w=&%.-]*)?$/.test(text) ? text : null;
}

/** @param {string} path */
function partsOf(path) {
  // What stands behind a question mark is a screen's own business.
  return (path.split("?")[0] ?? "").split("/").filter(Boolean);
}
