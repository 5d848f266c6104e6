import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { readDecimal, shown } from "../../core/decimal.js";
import { Dialog } from "../../kit/dialog.js";
import { Field, Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";

/** @typedef {import("../../types/api.js").OrderView} Order */

const CHANGEABLE = /** @type {const} */ ([
  ["quantity", "New quantity"],
  ["limit_price", "New limit price"],
  ["stop_price", "New stop price"],
  ["trail", "New trail"],
]);

/** Ask for another quantity or other prices. @param {{ order: Order, onClose: () => void }} props */
export function Replace({ order, onClose }) {
  const [typed, setTyped] = useState(/** @type {Record<string, string>} */ ({}));
  async function replace() {
    const body = Object.fromEntries(
      CHANGEABLE.filter(([name]) => typed[name]?.trim()).map(([name]) => [
        name,
        readDecimal(typed[name] ?? "") ?? typed[name],
      ]),
    );
    const found = await ask("PATCH /api/v1/orders/{order_id}", { path: { order_id: order.id }, body });
    toast(`${found.symbol}: the change is ${found.state.replaceAll("_", " ")}`);
    onClose();
  }
  return html`<${Dialog} title=${`Replace ${order.side} ${order.symbol}`} onClose=${onClose}>
    <p class="muted">What stays empty stays as it is.</p>
    <${Form} name="Replace" submit="Replace order" onSubmit=${replace}>
      ${CHANGEABLE.filter(([name]) => order[name] !== null).map(
        ([name, label]) =>
          html`<${Field} key=${name} label=${label} name=${name} inputmode="decimal"
        value=${typed[name] ?? ""} onChange=${(/** @type {string} */ value) => setTyped((was) => ({ ...was, [name]: value }))} hint=${`Now ${shown(order[name] ?? "")}`} />`,
      )}
    <//>
  <//>`;
}

/** Ask once more before every order goes. @param {{ accountId: string, name: string, symbol: string, onClose: () => void }} props */
export function CancelAll({ accountId, name, symbol, onClose }) {
  /** @param {string} key @param {SubmitEvent} event */
  async function cancel(key, event) {
    const only = event.submitter?.getAttribute("name") === "symbol" ? symbol : null;
    const found = await ask("POST /api/v1/orders/cancel-all", { body: { account_id: accountId, symbol: only }, key });
    toast(`${found.canceled} orders are cancelled or on their way there`);
    onClose();
  }
  return html`<${Dialog} title="Cancel all orders" onClose=${onClose}>
    <p>Every open order of ${name} is cancelled; positions stay.</p>
    <${Form} name="Cancel all" submit="Cancel all" danger onSubmit=${cancel}
      extra=${symbol ? html`<button type="submit" name="symbol">Only ${symbol}</button>` : null}><//>
  <//>`;
}
