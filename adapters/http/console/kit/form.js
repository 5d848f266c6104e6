import {
  createContext,
  html,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "../vendor/preact.js";
import { problemOf } from "../core/problem.js";
import { newKey } from "../core/wire.js";
import { ProblemNote } from "./basics.js";

/**
 * @typedef {import("../vendor/preact.js").ComponentChildren} Children
 * @typedef {import("../core/problem.js").Problem} Problem
 * @typedef {Map<string, string>} FieldErrors what the server said of a field, by its name
 */

const Errors = createContext(/** @type {FieldErrors} */ (new Map()));

/**
 * A form that is sent once at a time. What the server says of a field stands at the field; the
 * rest above. A try whose answer was lost keeps its key, so that sending again does it once.
 * @param {{ name: string, onSubmit: (key: string, event: SubmitEvent) => Promise<unknown>, submit: string, children: Children, danger?: boolean, extra?: Children, onInput?: () => void, describe?: (problem: Problem) => Problem | null }} props
 */
export function Form({ name, onSubmit, submit, children, danger = false, extra, onInput, describe }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));
  const key = useRef("");
  const sending = useRef(false);
  const errors = fieldErrors(problem);

  useEffect(() => {
    /** @type {HTMLElement | null | undefined} */
    const first = form.current?.querySelector("[aria-invalid=true]");
    first?.focus();
  }, [problem]);

  /** @param {SubmitEvent} event */
  async function send(event) {
    event.preventDefault();
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    setProblem(null);
    key.current ||= newKey();
    try {
      await onSubmit(key.current, event);
      key.current = "";
    } catch (error) {
      const found = problemOf(error);
      if (!found.isLost) key.current = "";
      setProblem(describe ? describe(found) : found);
    } finally {
      sending.current = false;
      setBusy(false);
    }
  }

  function changed() {
    // Another request than the one that was lost: it gets a key of its own.
    key.current = "";
    onInput?.();
  }

  const placed = form.current ? [...errors.keys()].every((one) => form.current?.elements.namedItem(one)) : false;
  return html`<form ref=${form} aria-label=${name} noValidate onSubmit=${send} onInput=${changed}>
    ${problem && (!errors.size || !placed) ? html`<${ProblemNote} problem=${problem} />` : null}
    <${Errors.Provider} value=${errors}>${children}<//>
    <div class="actions">
      <button type="submit" class=${danger ? "danger" : "primary"} aria-disabled=${busy}>${busy ? "Sending…" : submit}</button>
      ${extra}
    </div>
  </form>`;
}

/** @param {Problem | null} problem @returns {FieldErrors} */
function fieldErrors(problem) {
  return new Map(problem?.errors.map((one) => [one.pointer.replace(/^[/#]+/, "").replaceAll("/", "."), one.detail]));
}

/**
 * @typedef {object} FieldProps
 * @property {string} label
 * @property {string} name as the server names it: what it says of it is shown here
 * @property {string} [value]
 * @property {(value: string) => void} [onChange]
 * @property {(event: { currentTarget: HTMLInputElement }) => void} [onInput] where the line itself is wanted: a file's
 * @property {string} [type]
 * @property {string} [hint]
 * @property {string} [autocomplete]
 * @property {string} [inputmode]
 * @property {string[]} [among] what is offered while typing
 * @property {boolean} [required]
 * @property {boolean} [autofocus]
 * @property {number} [maxlength]
 */

/** A labelled line of text. @param {FieldProps} props */
export function Field({
  label,
  name,
  value,
  onChange,
  onInput = (event) => onChange?.(event.currentTarget.value),
  type = "text",
  hint,
  autocomplete = "off",
  inputmode,
  among,
  required = false,
  autofocus = false,
  maxlength,
}) {
  const { id, error, described } = useField(name, hint);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  // Before the next key: whoever is quick keeps the line that they went on to.
  useLayoutEffect(() => {
    // The page stays at its top: in a small window the header with its Stop would be out of sight.
    if (autofocus) input.current?.focus({ preventScroll: true });
  }, [autofocus]);
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input ref=${input} id=${id} name=${name} type=${type} value=${value} autocomplete=${autocomplete} inputmode=${inputmode}
      list=${among ? `${id}-among` : undefined} required=${required} maxlength=${maxlength} spellcheck=${false} autocapitalize="off"
      aria-invalid=${error ? "true" : undefined} aria-describedby=${described}
      onInput=${onInput} />
    ${among ? html`<datalist id=${`${id}-among`}>${among.map((one) => html`<option value=${one}></option>`)}</datalist>` : null}
    <${Below} id=${id} hint=${hint} error=${error} />
  </div>`;
}

/** One of several, in a list. @param {{ label: string, name: string, value: string, options: [string, string][], onChange: (value: string) => void, hint?: string }} props */
export function Select({ label, name, value, options, onChange, hint }) {
  const { id, error, described } = useField(name, hint);
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} name=${name} value=${value} aria-invalid=${error ? "true" : undefined} aria-describedby=${described}
      onChange=${(/** @type {{ currentTarget: HTMLSelectElement }} */ event) => onChange(event.currentTarget.value)}>
      ${options.map(([one, text]) => html`<option value=${one} selected=${one === value}>${text}</option>`)}
    </select>
    <${Below} id=${id} hint=${hint} error=${error} />
  </div>`;
}

/** One of few, all in sight. @param {{ legend: string, name: string, value: string, options: [string, string][], onChange: (value: string) => void }} props */
export function Radios({ legend, name, value, options, onChange }) {
  const { id, error } = useField(name);
  return html`<fieldset class="radios" aria-describedby=${error ? `${id}-error` : undefined}>
    <legend>${legend}</legend>
    ${options.map(([one, text]) => html`<label><input type="radio" name=${name} value=${one} checked=${one === value} onChange=${() => onChange(one)} /> ${text}</label>`)}
    <${Below} id=${id} error=${error} />
  </fieldset>`;
}

/** Yes or no. @param {{ label: string, name: string, checked: boolean, onChange: (checked: boolean) => void, hint?: string }} props */
export function Checkbox({ label, name, checked, onChange, hint }) {
  const { id, error, described } = useField(name, hint);
  return html`<div class="check">
    <input id=${id} name=${name} type="checkbox" checked=${checked} aria-describedby=${described}
      onChange=${(/** @type {{ currentTarget: HTMLInputElement }} */ event) => onChange(event.currentTarget.checked)} />
    <label for=${id}>${label}</label>
    <${Below} id=${id} hint=${hint} error=${error} />
  </div>`;
}

/** @param {string} name @param {string} [hint] */
function useField(name, hint) {
  const id = useId();
  const error = useContext(Errors).get(name);
  const described = [error ? `${id}-error` : "", hint ? `${id}-hint` : ""].filter(Boolean).join(" ") || undefined;
  return { id, error, described };
}

/** @param {{ id: string, hint?: string, error?: string }} props */
function Below({ id, hint, error }) {
  return html`
    ${error ? html`<p class="field-error" id=${`${id}-error`}>${error}</p>` : null}
    ${hint ? html`<p class="hint" id=${`${id}-hint`}>${hint}</p>` : null}
  `;
}
