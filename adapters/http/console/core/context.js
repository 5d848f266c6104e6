import { computed, signal } from "../vendor/preact.js";
import { ask } from "./ask.js";

/**
 * What every screen stands on: who it is, which accounts there are, which one is looked at.
 * @typedef {import("../types/api.js").AccountView} Account
 */

/** @type {import("../vendor/preact.js").Signal<import("../types/api.js").OwnAccessView | null>} */
export const access = signal(null);
/** @type {import("../vendor/preact.js").Signal<Account[]>} */
export const accounts = signal([]);
const chosen = signal(sessionStorage.getItem("ballast-account"));

/** The account that is looked at; the first one until another was chosen. */
export const account = computed(
  () => accounts.value.find((one) => one.id === chosen.value) ?? accounts.value[0] ?? null,
);

/** @param {string} id */
export function chooseAccount(id) {
  sessionStorage.setItem("ballast-account", id);
  chosen.value = id;
}

/** @param {string} permission */
export function may(permission) {
  return access.value?.permissions.some((one) => one === permission) ?? false;
}

/** Money of the real world moves anywhere but at the paper broker. @param {Account} one */
export function isPaper(one) {
  return one.broker === "paper";
}

/** Who it is, asked anew: rights and what was asked for in their name may have changed. */
export async function loadAccess() {
  access.value = await ask("GET /api/v1/members/me");
}

export async function loadDesk() {
  await loadAccess();
  if (may("accounts.read")) accounts.value = (await ask("GET /api/v1/accounts")).items;
}
