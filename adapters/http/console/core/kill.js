import { computed, signal } from "../vendor/preact.js";
import { ask } from "./ask.js";
import { may } from "./desk.js";
import { connection, follow } from "./live.js";
import { session, tabs } from "./session.js";

/**
 * What is stopped. It is told by the live stream and by other tabs, and asked for besides: often
 * while the stream is down or a stop is on its way, so that it shows without either.
 * @typedef {import("../types/api.js").LatchView} Latch
 */

const CALM_MS = 10_000;
const EAGER_MS = 750;

/** @type {import("../vendor/preact.js").Signal<import("../types/api.js").KillStateView | null>} */
export const killState = signal(null);

/** The latches that hold. */
export const engaged = computed(() => killState.value?.latches.filter((one) => !one.released_at) ?? []);

let asking = false;
let again = false;
let lookedAt = 0;

/** Ask anew what is stopped, and after that once more if asked meanwhile. */
export async function look() {
  again = asking;
  if (asking) return;
  asking = true;
  try {
    killState.value = await ask("GET /api/v1/kill-switch");
  } catch {
    // The next look comes by itself; that nothing is heard is said by the connection.
  }
  asking = false;
  lookedAt = Date.now();
  if (again) await look();
}

/** Tell every tab, and look. */
export function changed() {
  tabs.postMessage({ type: "kill" });
  return look();
}

export function watchKillSwitch() {
  if (!may("risk.read")) return;
  void look();
  const leave = follow({ channel: "kill_switch" }, (frame) => {
    if (frame.type === "event" || frame.type === "snapshot") void look();
  });
  /** @param {MessageEvent} event */
  const told = (event) => {
    if (event.data?.type === "kill") void look();
  };
  tabs.addEventListener("message", told);
  const clock = setInterval(() => {
    if (!session.value) {
      clearInterval(clock);
      tabs.removeEventListener("message", told);
      leave();
      killState.value = null;
      return;
    }
    const moving = engaged.value.some((one) => !isSettled(one));
    const every = connection.value === "Live" && !moving ? CALM_MS : EAGER_MS;
    if (Date.now() - lookedAt >= every) void look();
  }, 250);
}

/** @param {Latch} latch */
function isSettled(latch) {
  return Boolean(
    latch.acknowledged_at && latch.canceled_at && (latch.flat_at || !latch.flatten || latch.flatten_canceled),
  );
}

/** Milliseconds from the stop to one of its steps. @param {Latch} latch @param {string | null} at */
export function msUntil(latch, at) {
  return at === null ? null : Math.max(0, Date.parse(at) - Date.parse(latch.engaged_at));
}
