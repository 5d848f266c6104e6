import { signal } from "../vendor/preact.js";
import { KEEPS_COOKIES } from "./page.js";
import { Problem } from "./problem.js";
import { newKey, send, sendUntilAnswered } from "./wire.js";

/**
 * @typedef {import("../types/api.js").SessionTokensView} Tokens
 * @typedef {{ token: string, expiresAt: number, refreshToken: string | null, deviceToken: string | null, idleMs: number, remembered: boolean }} Session
 */

/** Who is logged in, none of it anywhere but in this tab's memory. @type {import("../vendor/preact.js").Signal<Session | null>} */
export const session = signal(null);

/** Whether whoever is logged in is in: not before they set the password that is due. */
export const isIn = signal(false);
let held = false;

/** Whether somebody came in here just now, and not by a reload. */
export const cameIn = signal(false);

/** Why the log-in is shown, where it was not asked for. */
export const endedBecause = signal("");

const EARLY_MS = 45_000;
const AUTH = "/api/v1/auth/";
/** Tabs of one server tell each other of log-outs, activity and stops. */
export const tabs = new BroadcastChannel("ballast");
/** @type {Promise<boolean> | null} */
let refreshing = null;
/** @type {string | null} */
let knownDevice = null;

/** What a request says so that the server keeps tokens in cookies. */
function keep() {
  return KEEPS_COOKIES ? { keep: "cookie" } : { device_token: knownDevice };
}

/** @param {Tokens} tokens @param {boolean} remembered */
function begin(tokens, remembered) {
  const now = Date.now();
  knownDevice = tokens.device_token ?? knownDevice;
  session.value = {
    token: tokens.access_token,
    // By this clock: the server's may be another one.
    expiresAt: now + tokens.expires_in * 1000,
    refreshToken: tokens.refresh_token ?? null,
    deviceToken: tokens.device_token ?? null,
    idleMs: Math.max(
      60_000,
      Date.parse(tokens.refresh_expires_at) - Date.parse(tokens.expires_at) + tokens.expires_in * 1000,
    ),
    remembered,
  };
  endedBecause.value = "";
  if (!held) isIn.value = true;
}

/** Show nothing of the inside yet, though the next log-in goes well. */
export function holdBack() {
  held = true;
}

/** Show the inside. */
export function letIn() {
  held = false;
  cameIn.value = session.value !== null;
  isIn.value = session.value !== null;
}

/** @typedef {{ challenge: string, factors: string[], recovery: import("../types/api.js").RecoveryView | null, remembered: boolean }} Challenge */

/**
 * @param {{ email: string, password: string, remember: boolean }} given
 * @returns {Promise<Challenge | null>} what is still to be shown, nothing when logged in
 */
export async function logIn({ email, password, remember }) {
  await refreshing;
  const body = { email, password, remember, device_label: label(), ...keep() };
  const { status, data } = await send({ method: "POST", path: `${AUTH}login`, body });
  if (status === 202) return { ...data, remembered: remember };
  begin(data, remember);
  return null;
}

/** @param {Challenge} challenge @param {{ code?: string, credential?: unknown }} shown */
export async function answerChallenge(challenge, shown) {
  const body = { challenge: challenge.challenge, ...shown, ...keep() };
  begin((await send({ method: "POST", path: `${AUTH}challenge`, body })).data, challenge.remembered);
}

/** @param {unknown} credential @param {boolean} remember */
export async function logInByPasskey(credential, remember) {
  await refreshing;
  const body = { credential, remember, device_label: label(), ...keep() };
  begin((await send({ method: "POST", path: `${AUTH}passkey`, body })).data, remember);
}

/** Come back after a reload, where the server kept what that takes. */
export async function restore() {
  if (!KEEPS_COOKIES) return false;
  return refresh();
}

/** A token that holds for a while yet; refreshed when it is about to expire. */
export async function freshToken() {
  const now = session.value;
  if (now && now.expiresAt - Date.now() > EARLY_MS) return now.token;
  if (now) await refresh();
  return session.value?.token ?? null;
}

/** Get a new token, once however many ask, and one tab after the other. */
export function refresh() {
  refreshing ??= inTurn(renew).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function renew() {
  // The same token asked for again within seconds gets the same successor: a lost answer costs no session.
  const old = session.value;
  const body = KEEPS_COOKIES
    ? { keep: "cookie" }
    : { refresh_token: old?.refreshToken, device_token: old?.deviceToken };
  try {
    begin(
      (await sendUntilAnswered({ method: "POST", path: `${AUTH}refresh`, body, key: newKey() })).data,
      old?.remembered ?? false,
    );
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // Whoever gets no answer is still who they were; a refusal says that the session is over.
    if (error.isLost || error.status >= 429) return false;
    // Somebody logged in meanwhile: what was refused is not theirs.
    if (session.value !== old) return session.value !== null;
    end(old ? "Your session has ended. Log in again." : "");
    return false;
  }
}

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
function inTurn(work) {
  return navigator.locks ? navigator.locks.request(`ballast-refresh`, work) : work();
}

/** @param {{ password?: string, code?: string, credential?: unknown }} shown */
export async function stepUp(shown) {
  const token = await freshToken();
  const { data } = await send({ method: "POST", path: `${AUTH}step-up`, body: shown, token });
  const now = session.value;
  if (now) session.value = { ...now, token: data.access_token, expiresAt: Date.now() + data.expires_in * 1000 };
}

/** End the session here, in every other tab, and at the server. @param {string} [why] */
export async function logOut(why = "") {
  const last = session.value?.token ?? null;
  tabs.postMessage({ type: "log-out" });
  try {
    // One that lapsed would be refused, and the cookies would stay behind.
    const token = last && ((await freshToken()) ?? last);
    if (token) await send({ method: "POST", path: `${AUTH}logout`, token });
  } catch (error) {
    // What holds no more is ended already; without an answer the server ends it by itself.
    if (!(error instanceof Problem)) throw error;
  } finally {
    end(why);
  }
}

/** @param {string} why */
export function end(why) {
  session.value = null;
  isIn.value = false;
  endedBecause.value = why;
}

tabs.addEventListener("message", (event) => {
  if (event.data?.type === "log-out" && session.value) void leave("You logged out in another tab.");
});

/** @param {string} why */
async function leave(why) {
  const token = session.value?.token ?? null;
  end(why);
  // In memory each tab has a session of its own; of a shared one the server has ended it already.
  if (token) await send({ method: "POST", path: `${AUTH}logout`, token }).catch(() => {});
}

function label() {
  const brand = /(Firefox|Edg|Chrome|Safari)\//.exec(navigator.userAgent)?.[1] ?? "Browser";
  return brand === "Edg" ? "Edge" : brand;
}
