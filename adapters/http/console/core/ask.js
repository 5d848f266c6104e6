import { signal } from "../vendor/preact.js";
import { Problem } from "./problem.js";
import { end, freshToken, refresh, session } from "./session.js";
import { newKey, sendUntilAnswered } from "./wire.js";

/**
 * @typedef {import("../types/api.js").Routes} Routes
 * @typedef {object} Asked
 * @property {Record<string, string>} [path] for the parts in braces
 * @property {Record<string, string | number | boolean | string[] | null | undefined>} [query]
 * @property {string} [key] of a try that is repeated; without one, each call is a try of its own
 * @property {string} [ifMatch]
 * @property {AbortSignal} [signal]
 */

/**
 * What asks the person anew who they are, while it is open: `done` goes on, `failed` gives up.
 * @type {import("../vendor/preact.js").Signal<{ done: () => void, failed: (why: Problem) => void } | null>}
 */
export const stepUpAsked = signal(null);
/** @type {Promise<void> | null} */
let steppingUp = null;

/**
 * Ask the server and return what it answers; raises its Problem.
 * @template {keyof Routes} R
 * @param {R} route
 * @param {Asked & { body?: Routes[R]["body"] }} [asked]
 * @returns {Promise<Routes[R]["answer"]>}
 */
export async function ask(route, asked = {}) {
  return (await askWhole(route, asked)).data;
}

/**
 * The same with the answer's status and ETag.
 * @template {keyof Routes} R
 * @param {R} route
 * @param {Asked & { body?: Routes[R]["body"] }} [asked]
 * @returns {Promise<{ status: number, data: Routes[R]["answer"], etag: string | null }>}
 */
export async function askWhole(route, asked = {}) {
  const [method = "GET", template = ""] = route.split(" ");
  const sent = {
    method,
    path: addressOf(template, asked),
    body: asked.body,
    ifMatch: asked.ifMatch,
    signal: asked.signal,
    // Every POST may be repeated safely, but for those that no key is known to.
    key: method === "POST" ? (asked.key ?? newKey()) : undefined,
  };
  let steppedUp = false;
  for (let again = false; ; again = true) {
    const token = await freshToken();
    if (!token) throw new Problem(401, { type: "unauthorized", detail: "Log in again." });
    try {
      return await sendUntilAnswered({ ...sent, token });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      if (error.kind === "step-up-required" && !steppedUp) {
        steppedUp = true;
        await askWhoItIs();
      } else if (error.kind === "unauthorized" && !again) {
        // Ended elsewhere, or a step-up in another tab took the place of this token.
        if (session.value?.token === token && !(await refresh())) throw error;
      } else {
        if (error.kind === "unauthorized") end("Your session has ended. Log in again.");
        throw error;
      }
    }
  }
}

/** @param {string} template @param {Asked} asked */
function addressOf(template, asked) {
  const path = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(asked.path?.[name] ?? ""));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked.query ?? {})) {
    if (value === undefined || value === null || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return query.size ? `${path}?${query}` : path;
}

/** One dialog, however many requests wait for it. */
function askWhoItIs() {
  steppingUp ??= /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => {
      stepUpAsked.value = { done: () => resolve(), failed: reject };
    })
  ).finally(() => {
    stepUpAsked.value = null;
    steppingUp = null;
  });
  return steppingUp;
}
