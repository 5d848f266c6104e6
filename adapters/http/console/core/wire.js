import { Problem, lost } from "./problem.js";

/**
 * @typedef {object} Sent
 * @property {string} method
 * @property {string} path
 * @property {unknown} [body]
 * @property {string | null} [token]
 * @property {string} [key] Idempotency-Key: repeats do it once
 * @property {string} [ifMatch]
 * @property {AbortSignal} [signal]
 *
 * @typedef {{ status: number, data: any, etag: string | null }} Answered
 */

const TRIES_MAX = 7;
const LOST_READS_MAX = 2;
const REPEATED = new Set(["request-in-flight", "not-ready", "unavailable", "too-many-requests"]);

/**
 * Send a request once; raises the Problem of any answer that is none of success.
 * @param {Sent} sent
 * @returns {Promise<Answered>}
 */
export async function send(sent) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (sent.token) headers["Authorization"] = `Bearer ${sent.token}`;
  if (sent.key) headers["Idempotency-Key"] = sent.key;
  if (sent.ifMatch) headers["If-Match"] = sent.ifMatch;
  if (sent.body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(sent.path, {
      method: sent.method,
      headers,
      body: sent.body === undefined ? null : JSON.stringify(sent.body),
      signal: sent.signal ?? null,
      credentials: "same-origin",
      redirect: "error",
      cache: "no-store",
    });
    const text = await answer.text();
    const data = text ? JSON.parse(text) : null;
    if (answer.ok) return { status: answer.status, data, etag: answer.headers.get("ETag") };
    throw new Problem(answer.status, data ?? {}, Number(answer.headers.get("Retry-After")) || 0);
  } catch (error) {
    if (error instanceof Problem || (error instanceof DOMException && error.name === "AbortError")) throw error;
    // Cut off on its way, or an answer of something in between that is not ours.
    throw answer && !answer.ok ? new Problem(answer.status) : lost(sent.method !== "GET");
  }
}

/**
 * Send until an answer comes, where repeating is safe: reads, and what has a key of its own. Whoever
 * is told to come back in a moment does, as often for one as for the other.
 * @param {Sent} sent
 * @returns {Promise<Answered>}
 */
export async function sendUntilAnswered(sent) {
  const safe = sent.method === "GET" || sent.key !== undefined;
  for (let tried = 1; ; tried += 1) {
    try {
      return await send(sent);
    } catch (error) {
      if (!(error instanceof Problem) || !safe) throw error;
      const told = REPEATED.has(error.kind) && error.retryAfterS <= 5;
      if (!told && !error.isLost) throw error;
      if (tried >= (told || sent.key ? TRIES_MAX : LOST_READS_MAX)) throw error;
      await pause(error.retryAfterS ? error.retryAfterS * 1000 : jittered(250 * 2 ** tried), sent.signal);
    }
  }
}

/**
 * Half of it to all of it: those who lost the server together do not come back together.
 * @param {number} ms
 */
export function jittered(ms) {
  return ms / 2 + (Math.random() * ms) / 2;
}

/**
 * @param {number} ms
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** A key that no other request has, also where the browser offers no randomUUID. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}
