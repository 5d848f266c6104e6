import { html, signal, useEffect, useState } from "../vendor/preact.js";
import { ask } from "../core/ask.js";
import { may } from "../core/context.js";
import { Problem, problemOf } from "../core/problem.js";
import { listWorkspaces, restoreWorkspace, saveWorkspace, workspaces } from "../core/workspace.js";
import { Empty, ProblemNote } from "../kit/basics.js";
import { Dialog } from "../kit/dialog.js";
import { Checkbox, Field, Form } from "../kit/form.js";
import { Menu } from "../kit/menu.js";
import { toast } from "../kit/toasts.js";

const shown = signal(/** @type {"save" | "keep" | null} */ (null));
/** The one that was saved or restored last. */
const current = signal("");

/** In every header: what was saved, to go back to, and where to save what is shown. */
export function WorkspaceMenu() {
  useEffect(() => void listWorkspaces().catch(() => {}), []);
  if (!may("workspaces.self")) return null;
  /** @param {import("../core/workspace.js").Workspace} one */
  async function restore(one) {
    try {
      await restoreWorkspace(one.id);
      current.value = one.name;
    } catch (error) {
      const problem = problemOf(error);
      toast(`${one.name}: ${problem.title} ${problem.detail}`, "bad");
    }
  }
  return html`<${Menu} label="Workspace" onOpen=${() => void listWorkspaces().catch(() => {})} items=${[
    ...workspaces.value.map((one) => ({
      key: one.id,
      label: one.name,
      hint: one.is_default ? "opens after the log-in" : "",
      onChoose: () => void restore(one),
    })),
    { label: "Save as…", onChoose: () => (shown.value = "save") },
    ...(workspaces.value.length ? [{ label: "Manage…", onChoose: () => (shown.value = "keep") }] : []),
  ]} />`;
}

export function WorkspaceDialogs() {
  if (shown.value === "save") return html`<${Save} />`;
  return shown.value === "keep" ? html`<${Manage} />` : null;
}

function close() {
  shown.value = null;
}

function Save() {
  const [name, setName] = useState(current.value);
  const [makeDefault, setMakeDefault] = useState(false);
  const [taken, setTaken] = useState("");

  /** @param {string} key */
  async function save(key) {
    const asked = name.trim();
    try {
      await saveWorkspace(asked, { makeDefault, replace: taken === asked, key });
    } catch (error) {
      if (!(error instanceof Problem) || (error.status !== 428 && error.status !== 412)) throw error;
      await listWorkspaces();
      setTaken(asked);
      const detail = "There is a workspace of this name. Save again to replace it.";
      throw new Problem(error.status, { errors: [{ pointer: "/name", detail }] });
    }
    current.value = asked;
    toast(`${asked} is saved`, "good");
    close();
  }
  return html`<${Dialog} title="Save workspace" onClose=${close}>
    <p>The screen, the account, the symbol and the theme are kept.</p>
    <${Form} name="Save workspace" submit="Save" onSubmit=${save}>
      <${Field} label="Name" name="name" value=${name} onChange=${setName} maxlength=${100} required />
      <${Checkbox} label="Open it after the log-in" name="make_default" checked=${makeDefault} onChange=${setMakeDefault} />
    <//>
  <//>`;
}

function Manage() {
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  const [busy, setBusy] = useState(false);
  /** @param {() => Promise<unknown>} work */
  async function change(work) {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await work();
      await listWorkspaces();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  }
  /** @param {import("../core/workspace.js").Workspace} one */
  const asDefault = (one) =>
    change(() => ask("PUT /api/v1/user/workspaces/{workspace_id}/default", { path: { workspace_id: one.id } }));
  /** @param {import("../core/workspace.js").Workspace} one */
  const remove = (one) =>
    change(() =>
      ask("DELETE /api/v1/user/workspaces/{workspace_id}", {
        path: { workspace_id: one.id },
        ifMatch: `"${one.version}"`,
      }),
    );
  return html`<${Dialog} title="Workspaces" onClose=${close}>
    <${ProblemNote} problem=${problem} />
    ${workspaces.value.length ? null : html`<${Empty}>None is left.<//>`}
    <ul class="notices">${workspaces.value.map(
      (one) =>
        html`<li key=${one.id}>
      <div><strong>${one.name}</strong>${one.is_default ? html` <span class="muted">opens after the log-in</span>` : null}</div>
      <div class="actions">
        ${one.is_default ? null : html`<button type="button" aria-disabled=${busy} aria-label=${`Make ${one.name} the default`} onClick=${() => asDefault(one)}>Make default</button>`}
        <button type="button" aria-disabled=${busy} aria-label=${`Delete ${one.name}`} onClick=${() => remove(one)}>Delete</button>
      </div></li>`,
    )}</ul>
  <//>`;
}
