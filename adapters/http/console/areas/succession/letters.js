import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { may } from "../../core/context.js";
import { useLoaded } from "../../core/loaded.js";
import { Problem, problemOf } from "../../core/problem.js";
import { Empty, Loaded, Panel, Time } from "../../kit/basics.js";
import { Dialog } from "../../kit/dialog.js";
import { Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";
import { bytesOf, sizeOf } from "./age_files.js";
import { LetterForm, WHEN } from "./letter_form.js";

/**
 * @typedef {import("../../types/api.js").LetterView} Letter
 * @typedef {import("../../types/api.js").LetterKeyView} Key
 * @typedef {{ letters: Letter[], key: Key | null, names: Map<string, string> }} Kept
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/succession/letters",
  title: "Letters",
  permission: "letters.read",
  place: 72,
  view: Letters,
};

const PAGE = 200;

/** Letters and documents that only the owner's key, or enough of the trustees' pages, can open. */
function Letters() {
  const kept = useLoaded(readKept, []);
  const [leaving, setLeaving] = useState(/** @type {Letter | null} */ (null));
  const writes = may("letters.write");
  return html`
    <${Panel} title="Letters and documents">
      <p class="note">They are sealed before they leave the owner's machine: this installation cannot read them. How they are opened stands in docs/letters.md, and in what was printed with the pages.</p>
      <${Loaded} of=${kept} what="letters">${(/** @type {Kept} */ all) =>
        html`
        <${KeyNote} of=${all.key} />
        ${all.letters.length ? html`<${Table} of=${all} onLeave=${writes ? setLeaving : null} />` : html`<${Empty}>${writes ? "No letter is kept yet." : "No letter is yours to have now."}<//>`}`}
      <//>
    <//>
    ${writes ? html`<${Panel} title="Keep a letter"><${LetterForm} onDone=${kept.reload} /><//>` : null}
    ${leaving ? html`<${Leave} letter=${leaving} onClose=${() => setLeaving(null)} onDone=${kept.reload} />` : null}`;
}

/** @param {AbortSignal} signal @returns {Promise<Kept>} */
async function readKept(signal) {
  /** @type {Letter[]} */
  const letters = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    /** @type {import("../../types/api.js").LetterPage} */
    const page = await ask("GET /api/v1/succession/letters", { query: { limit: PAGE, cursor }, signal });
    letters.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  const members = may("identity.manage") ? (await ask("GET /api/v1/members", { signal })).items : [];
  return { letters, key: await readKey(signal), names: new Map(members.map((one) => [one.id, one.name])) };
}

/** @param {AbortSignal} signal @returns {Promise<Key | null>} */
async function readKey(signal) {
  try {
    return await ask("GET /api/v1/succession/letters/key", { signal });
  } catch (error) {
    // None was told yet.
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** @param {{ of: Key | null }} props */
function KeyNote({ of }) {
  if (!of) {
    return html`<p class="note">No key is in use yet, so nobody but the owner gets a letter: ballast succession seal makes one, and tells this server whose pages open it.</p>`;
  }
  return html`<p>Of the pages of ${of.trustees.join(", ")} any ${of.threshold} open what is sealed for the key in use since <${Time} at=${of.set_at} />.</p>`;
}

/** @param {{ of: Kept, onLeave: ((letter: Letter) => void) | null }} props */
function Table({ of, onLeave }) {
  /** @param {Letter} one */
  const read = (one) => one.readers.map((id) => of.names.get(id) ?? id).join(", ") || "the owner alone";
  return html`<div class="table" tabindex="0" role="region" aria-label="Letters"><table>
    <thead><tr>${["Name", "Who may have it", "When", "Size", "Kept since", "Its key", ""].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
    <tbody>${of.letters.map(
      (one) =>
        html`<tr key=${one.id}><th scope="row" id=${`letter-${one.id}`}>${one.name}</th>
      <td>${read(one)}</td><td>${WHEN.find(([name]) => name === one.when)?.[1]}</td>
      <td class="figure">${sizeOf(one.size)}</td><td><${Time} at=${one.created_at} /></td>
      <td>${of.key ? (one.sealed_for === of.key.recipient ? "in use" : "another") : "–"}</td>
      <td class="actions"><button type="button" aria-describedby=${`letter-${one.id}`} onClick=${() => void save(one)}>Download</button>
        ${onLeave ? html`<button type="button" class="danger" aria-describedby=${`letter-${one.id}`} onClick=${() => onLeave(one)}>Destroy</button>` : null}</td></tr>`,
    )}</tbody>
  </table></div>`;
}

/** Hand a letter over as it was sealed, as a file. @param {Letter} letter */
async function save(letter) {
  try {
    const path = { letter_id: letter.id };
    const { content } = await ask("GET /api/v1/succession/letters/{letter_id}", { path });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytesOf(content)], { type: "application/octet-stream" }));
    link.download = `${letter.name}.age`;
    link.click();
    // Once the browser has taken it.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  } catch (error) {
    toast(problemOf(error).message, "bad");
  }
}

/** @param {{ letter: Letter, onClose: () => void, onDone: () => void }} props */
function Leave({ letter, onClose, onDone }) {
  async function destroy() {
    await ask("DELETE /api/v1/succession/letters/{letter_id}", { path: { letter_id: letter.id } });
    toast(`${letter.name} is destroyed`, "good");
    onClose();
    onDone();
  }
  return html`<${Dialog} title="Destroy a letter" onClose=${onClose}>
    <p>${letter.name} is gone for good then, for everybody: nobody has a copy but who downloaded one.</p>
    <${Form} name="Destroy a letter" submit="Destroy it" danger onSubmit=${destroy} />
  <//>`;
}
