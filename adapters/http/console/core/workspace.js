import { signal } from "../vendor/preact.js";
import { ask } from "./ask.js";
import { account, chooseAccount, may } from "./context.js";
import { Problem } from "./problem.js";
import { HOME, address, go, pathOf } from "./router.js";
import { choose, theme } from "./theme.js";

/**
 * A workspace is where a person was: the screen with what its address says, the account, the theme.
 * It is kept by the server, byte for byte, and read as text of somebody else's.
 * @typedef {import("../types/api.js").WorkspaceView} Workspace
 */

const FORM = 1;
const PLACE_MS = 10_000;

/** @type {import("../vendor/preact.js").Signal<Workspace[]>} */
export const workspaces = signal([]);

/** Read the names; a person without any has an empty list. */
export async function listWorkspaces() {
  if (may("workspaces.self"))
    workspaces.value = (await ask("GET /api/v1/user/workspaces", { query: { limit: 200 } })).items;
}

/**
 * Save what is shown under a name; another of this name is replaced only as it is listed.
 * @param {string} name
 * @param {{ makeDefault: boolean, replace: boolean, key: string }} how
 */
export async function saveWorkspace(name, { makeDefault, replace, key }) {
  const there = workspaces.value.find((one) => one.name === name);
  const layout = {
    console: FORM,
    path: address.value,
    account_id: account.value?.id ?? null,
    theme: theme.value,
  };
  await ask("POST /api/v1/user/workspace", {
    body: { name, layout, make_default: makeDefault },
    ifMatch: replace && there ? `"${there.version}"` : undefined,
    key,
  });
  await listWorkspaces();
}

/** Put everything back where it was, and measure until it stands there. @param {string} id */
export async function restoreWorkspace(id) {
  const start = performance.now();
  const found = await ask("GET /api/v1/user/workspaces/{workspace_id}", { path: { workspace_id: id } });
  putBack(found.layout);
  await inPlace();
  performance.measure("ballast:restore", { start });
}

/** The default, for who comes in at the front door; whoever has none is where they came in. */
export async function restoreDefault() {
  if (address.value !== HOME || !may("workspaces.self")) return;
  try {
    putBack((await ask("GET /api/v1/user/workspace")).layout);
  } catch (error) {
    // None is kept, or it cannot be read now: the overview shows, and the menu says why.
    if (!(error instanceof Problem)) throw error;
  }
}

/** @param {{ [name: string]: unknown }} layout */
function putBack(layout) {
  const path = typeof layout["path"] === "string" ? pathOf(layout["path"]) : null;
  if (layout["console"] !== FORM || path === null)
    throw new Problem(-1, { title: "Not a workspace of this console", detail: "Nothing was changed." });
  const { account_id, theme: shade } = layout;
  if (typeof account_id === "string") chooseAccount(account_id);
  if (shade === "light" || shade === "dark" || shade === "system") choose(shade);
  if (path !== address.value) go(path);
}

/** Wait until the screen is there and nothing on it is still loading. @returns {Promise<void>} */
function inPlace() {
  const until = performance.now() + PLACE_MS;
  return new Promise((resolve) => {
    const look = () => {
      const screen = document.getElementById("screen");
      const there = screen?.querySelector("section, form") && !screen.querySelector("[data-loading]");
      if (there || performance.now() > until) resolve();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(() => requestAnimationFrame(look));
  });
}
