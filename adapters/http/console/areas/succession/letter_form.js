import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { may } from "../../core/context.js";
import { useLoaded } from "../../core/loaded.js";
import { Problem } from "../../core/problem.js";
import { FILE_BYTES_MAX, recipientsOf, seal } from "../../core/seal.js";
import { Loaded } from "../../kit/basics.js";
import { Checkbox, Field, Form, Select } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";
import { sizeOf } from "./age_files.js";

/**
 * @typedef {import("../../types/api.js").Handover} Handover
 * @typedef {import("../../types/api.js").MemberView} Member
 */

/** @type {[Handover, string][]} */
export const WHEN = [
  ["on_release", "after a release"],
  ["at_once", "at once"],
];

/** Seal a file here and send what is sealed: the file itself stays on this machine. @param {{ onDone: () => void }} props */
export function LetterForm({ onDone }) {
  // A line of a file keeps what was chosen until it is made anew.
  const [round, setRound] = useState(0);
  const [file, setFile] = useState(/** @type {File | null} */ (null));
  const [recipients, setRecipients] = useState(/** @type {File | null} */ (null));
  const [when, setWhen] = useState(/** @type {Handover} */ ("on_release"));
  const [readers, setReaders] = useState(/** @type {string[]} */ ([]));
  const people = useLoaded(readPeople, []);

  /** @param {string} key */
  async function keep(key) {
    if (!file) throw missing("content", "choose the file that is to be sealed");
    if (!recipients) throw missing("recipients", "choose the recipients.txt of ballast succession seal");
    const sealed = await sealedFor(file, recipients);
    await ask("POST /api/v1/succession/letters", { body: { ...sealed, when, readers }, key });
    toast(`${file.name} is sealed and kept`, "good");
    setFile(null);
    setReaders([]);
    setRound(round + 1);
    onDone();
  }
  return html`<${Form} name="Letter" submit="Seal and keep it" onSubmit=${keep}>
    <${Field} key=${`file-${round}`} label="File" name="content" type="file" required hint=${`At most ${sizeOf(FILE_BYTES_MAX)}. It is sealed on this machine; its name is not.`}
      onInput=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => setFile(event.currentTarget.files?.[0] ?? null)} />
    <${Field} label="Your recipients.txt" name="recipients" type="file" required hint="From ballast succession seal, which also makes the trustees' pages. It is no secret."
      onInput=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => setRecipients(event.currentTarget.files?.[0] ?? null)} />
    <${Select} label="When it may be had" name="when" value=${when} options=${WHEN} onChange=${(/** @type {Handover} */ value) => setWhen(value)} />
    <${Loaded} of=${people} what="who could have it">${(/** @type {Member[]} */ all) =>
      all.map(
        (one) =>
          html`<${Checkbox} key=${one.id} label=${`${one.name} may have it`} name=${`readers.${one.id}`} checked=${readers.includes(one.id)}
            onChange=${(/** @type {boolean} */ taken) => setReaders(taken ? [...readers, one.id] : readers.filter((id) => id !== one.id))} />`,
      )}
    <//>
  <//>`;
}

/** @param {AbortSignal} signal @returns {Promise<Member[]>} */
async function readPeople(signal) {
  if (!may("identity.manage")) return [];
  const { items } = await ask("GET /api/v1/members", { signal });
  return items.filter((one) => one.role === "trustee" && !one.disabled);
}

/** @param {File} file @param {File} recipients */
async function sealedFor(file, recipients) {
  let found;
  try {
    found = recipientsOf(await recipients.text());
  } catch (error) {
    if (error instanceof RangeError) throw missing("recipients", error.message);
    throw error;
  }
  try {
    return await seal(file, found);
  } catch (error) {
    if (error instanceof RangeError) throw missing("content", error.message);
    throw error;
  }
}

/** @param {string} name @param {string} detail */
function missing(name, detail) {
  return new Problem(400, { errors: [{ pointer: `/${name}`, detail }] });
}
