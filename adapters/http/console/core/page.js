/**
 * @typedef {object} ScreenEntry what the page was told of a screen, before its file is loaded
 * @property {string} path
 * @property {string} title
 * @property {string} permission
 * @property {number | null} place
 * @property {string} module
 *
 * @typedef {object} Screen what a screen's file exports under the name `screen`
 * @property {string} path below /dashboard; a part that begins with a colon is any
 * @property {string} title its heading and its name in the navigation
 * @property {import("../types/api.js").Permission} permission who may see it
 * @property {number} [place] where it stands in the navigation; none: it is not listed
 * @property {import("../vendor/preact.js").ComponentType<{ params: Record<string, string> }>} view
 */

const root = /** @type {HTMLElement} */ (document.getElementById("root"));

/** Where the application draws itself. */
export const ROOT = root;

/** @type {ScreenEntry[]} */
export const SCREENS = JSON.parse(root.dataset["screens"] ?? "[]");

/** Whether this server keeps the refresh token where no script can read it. */
export const KEEPS_COOKIES = root.dataset["keep"] === "cookie";

/** Passwords go over TLS, or stay on this machine; browsers call both a secure context. */
export const IS_PRIVATE = globalThis.isSecureContext;
