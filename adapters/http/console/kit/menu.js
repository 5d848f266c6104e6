import { html, useLayoutEffect, useRef, useState } from "../vendor/preact.js";

/**
 * A button with a menu below it; arrows, Home, End and Escape work.
 * @param {{ label: string, onOpen?: () => void, items: { label: string, key?: string, hint?: string, onChoose: () => void }[] }} props
 */
export function Menu({ label, items, onOpen }) {
  const [open, setOpen] = useState(false);
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));

  // Before the next key: whoever is quick is in the menu already.
  useLayoutEffect(() => {
    if (!open) return;
    onOpen?.();
    itemAt(0);
    /** @param {Event} event */
    const outside = (event) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [open]);

  /** @param {number} at */
  function itemAt(at) {
    const all = [...(place.current?.querySelectorAll("[role=menuitem]") ?? [])];
    const one = all.at(at % (all.length || 1));
    if (one instanceof HTMLElement) one.focus();
  }

  /** @param {KeyboardEvent} event */
  function pressed(event) {
    const all = [...(place.current?.querySelectorAll("[role=menuitem]") ?? [])];
    const at = all.indexOf(/** @type {Element} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape") close();
    else if (event.key === "Tab") setOpen(false);
    else if (to !== undefined) {
      event.preventDefault();
      itemAt(to);
    }
  }

  function close() {
    setOpen(false);
    button.current?.focus();
  }

  return html`<div class="menu" ref=${place}>
    <button ref=${button} type="button" aria-haspopup="menu" aria-expanded=${open} onClick=${() => setOpen(!open)}>${label}</button>
    ${
      open
        ? html`<div role="menu" aria-label=${label} tabindex="-1" onKeyDown=${pressed}>
          ${items.map(
            (one) =>
              html`<button key=${one.key ?? one.label} type="button" role="menuitem" tabindex="-1" title=${one.hint} onClick=${() => {
                close();
                one.onChoose();
              }}>${one.label}${one.hint ? html`<span aria-hidden="true"> ★</span>` : null}</button>`,
          )}
        </div>`
        : null
    }
  </div>`;
}
