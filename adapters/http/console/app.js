import { effect, h, render } from "./vendor/preact.js";
import { IS_PRIVATE, ROOT } from "./core/page.js";
import { HOME, address, go, pathOf } from "./core/router.js";
import { isIn, restore } from "./core/session.js";
import { restoreTheme } from "./core/theme.js";

restoreTheme();

const back = new URLSearchParams(location.search).get("next") ?? "";
// Only to a page of ours: whatever else stands there was put there by somebody else.
let next = pathOf(back) ?? HOME;

/** @type {unknown} */
let shown = null;

async function show() {
  const inside = isIn.value;
  if (inside && !address.value.startsWith(HOME)) go(next, { replace: true });
  if (!inside && !address.value.startsWith("/login")) {
    next = address.value.startsWith(HOME) ? address.value : HOME;
    go(next === HOME ? "/login" : `/login?next=${encodeURIComponent(next)}`, { replace: true });
  }
  const found = inside ? await import("./shell/shell.js") : await import("./areas/login/login.js");
  const view = "Shell" in found ? found.Shell : found.LogIn;
  // What was logged out meanwhile shows nothing of before.
  if (isIn.value !== inside || shown === view) return;
  shown = view;
  render(null, ROOT);
  ROOT.replaceChildren();
  render(h(view, {}), ROOT);
}

const restored = IS_PRIVATE ? restore() : null;
// Whoever asks for the log-in sees it at once; who turns out to be in already goes on from there.
if (!address.value.startsWith("/login")) await restored;
let was = /** @type {boolean | null} */ (null);
effect(() => {
  const inside = isIn.value;
  if (inside !== was) {
    was = inside;
    queueMicrotask(() => void show());
  }
});
