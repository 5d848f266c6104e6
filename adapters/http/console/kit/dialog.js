import { html, useId, useLayoutEffect, useRef } from "../vendor/preact.js";

/**
 * A dialog over the page: what is behind it waits. Escape and Close give up.
 * @param {{ title: string, onClose: () => void, children: import("../vendor/preact.js").ComponentChildren, kind?: string }} props
 */
export function Dialog({ title, onClose, children, kind = "" }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const heading = useId();
  // Before the next key: whoever is quick writes into the dialog, not behind it.
  useLayoutEffect(() => {
    const own = dialog.current;
    const before = document.activeElement;
    own?.showModal();
    /** @type {HTMLElement | null | undefined} */
    const first = own?.querySelector("[data-first], input:not([type=hidden]), select, button.primary");
    first?.focus();
    return () => {
      own?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  /** @param {Event} event */
  const given = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${dialog} class=${kind} aria-labelledby=${heading} onCancel=${given}>
    <div class="dialog-head">
      <h2 id=${heading}>${title}</h2>
      <button type="button" class="quiet" onClick=${onClose}>Close</button>
    </div>
    ${children}
  </dialog>`;
}
