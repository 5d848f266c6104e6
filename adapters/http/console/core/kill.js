import { computed, signal } from "../vendor/preact.js";
import { ask } from "./ask.js";
import { accounts, may } from "./context.js";
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

/**
 * What was stopped while the server's storage is away: held by those who heard it, not stored yet.
 * @type {import("../vendor/preact.js").Signal<import("../types/api.js").StoppedAwayView | null>}
 */
export const away = signal(null);

/** The latches that hold. */
export const engaged = computed(() => {
  const stored = killState.value?.latches.filter((one) => !one.released_at) ?? [];
  const held = away.value?.latches.filter((one) => !stored.some((each) => each.id === one.id)) ?? [];
  return [...stored, ...held];
});

let asking = false;
let again = false;
let lookedAt = 0;
// Counts what was answered beside the looks: a look that began before is older than it.
let answers = 0;

/** Ask anew what is stopped, and after that once more if asked meanwhile. */
export async function look() {
  again = asking;
  if (asking) return;
  asking = true;
  const began = answers;
  try {
    const found = await ask("GET /api/v1/kill-switch");
    if (began === answers) take(found);
    else again = true;
  } catch {
    // The next look comes by itself; that nothing is heard is said by the connection.
  }
  asking = false;
  lookedAt = Date.now();
  if (again) await look();
}

/** @param {import("../types/api.js").KillStateView} found */
function take(found) {
  killState.value = found;
  // Storage is back and has them: from here on it alone says how they stand.
  if (away.value?.latches.every((one) => found.latches.some((each) => each.id === one.id))) away.value = null;
}

/** Show what the server answered to a stop, before it is looked for. @param {Latch[]} latches */
export function stopped(latches) {
  answers += 1;
  const was = killState.value;
  if (!was) return;
  const others = was.latches.filter((one) => !latches.some((each) => each.id === one.id));
  killState.value = { ...was, trading: false, latches: [...latches, ...others] };
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
      away.value = null;
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

/** Of what a stop is, in words. @param {Pick<Latch, "scope" | "account_id" | "strategy_id" | "broker" | "symbol">} latch */
export function whatOf(latch) {
  if (latch.scope === "firm") return "for everybody on this installation";
  if (latch.scope === "tenant") return "for everything";
  if (latch.scope === "account")
    return `for ${accounts.value.find((one) => one.id === latch.account_id)?.name ?? "one account"}`;
  return `for ${latch.scope} ${latch.strategy_id ?? latch.broker ?? latch.symbol ?? ""}`;
}
