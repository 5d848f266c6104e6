import { signal } from "../vendor/preact.js";
import { freshToken, logOut, session, tabs } from "./session.js";

/**
 * Tokens are renewed for as long as somebody is there. Whoever does nothing for as long as the
 * server lets a session idle is warned, and then logged out; so is a tab that was closed or slept,
 * by the server itself.
 */

const WARNED_MS = 60_000;
const LOOK_MS = 1_000;
const TOLD_MS = 5_000;
let actedAt = Date.now();
let toldAt = 0;

/** Seconds until the log-out, none while somebody is there. @type {import("../vendor/preact.js").Signal<number | null>} */
export const leavesIn = signal(null);

export function acted() {
  actedAt = Date.now();
  leavesIn.value = null;
  if (actedAt - toldAt > TOLD_MS) {
    toldAt = actedAt;
    tabs.postMessage({ type: "acted" });
  }
}

tabs.addEventListener("message", (event) => {
  if (event.data?.type === "acted") {
    actedAt = Date.now();
    leavesIn.value = null;
  }
});

/** What anybody does counts, but for what they do while they are asked whether to stay. */
function noticed() {
  if (leavesIn.value === null) acted();
}

/** Watch until the session ends. */
export function watchActivity() {
  acted();
  for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"])
    addEventListener(kind, noticed, { passive: true });
  const clock = setInterval(() => {
    const now = session.value;
    if (!now) {
      clearInterval(clock);
      leavesIn.value = null;
      return;
    }
    void freshToken();
    if (now.remembered) return;
    const left = actedAt + now.idleMs - Date.now();
    if (left <= 0) void logOut("You were logged out, as nobody was there.");
    else leavesIn.value = left <= Math.min(WARNED_MS, now.idleMs / 2) ? Math.ceil(left / 1000) : null;
  }, LOOK_MS);
}
