import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { shown } from "../../core/decimal.js";
import { usePreview } from "../../core/previewed.js";
import { Problem } from "../../core/problem.js";
import { ProblemNote } from "../../kit/basics.js";
import { Checkbox, Field, Form, Radios, Select } from "../../kit/form.js";
import { Reasons, Rules } from "../../kit/gate.js";
import { toast } from "../../kit/toasts.js";
import { Rating } from "./rating.js";
import { TIMES, TYPES, asked, bodyOf, isWhole, wordOf } from "./terms.js";

/** @type {Record<string, string>} */
const EFFECT = {
  price: "Price taken",
  value: "Order value",
  position_after: "Position after",
  gross_after: "Gross exposure after",
  sector_after: "Sector exposure after",
  reducing: "Only reduces",
};
const AGAIN_MS = 3_000;

/**
 * The order ticket with what the gate would say of it.
 * @param {{ accountId: string, terms: import("./terms.js").Terms, setTerms: (terms: import("./terms.js").Terms) => void, symbols: string[], onDenied: (orderId: string) => void }} props
 */
export function Ticket({ accountId, terms, setTerms, symbols, onDenied }) {
  /** @param {string} name */
  const set = (name) => (/** @type {string | boolean} */ value) => setTerms({ ...terms, [name]: value });
  const needs = asked(terms);

  /** @param {string} key */
  async function submit(key) {
    const began = performance.now();
    try {
      const order = await ask("POST /api/v1/orders", { body: bodyOf(terms, accountId), key });
      toast(`${order.symbol}: ${order.side} ${shown(order.quantity)} is ${order.state}`);
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== "order-denied" || !error.orderId) throw error;
      onDenied(error.orderId);
    } finally {
      performance.measure("ballast:order", { start: began });
    }
  }

  return html`
  <${Form} name="Order ticket" submit="Submit order" onSubmit=${submit}>
    <${Field} label="Symbol" name="symbol" value=${terms.symbol} onChange=${set("symbol")} among=${symbols} required />
    <${Radios} legend="Side" name="side" value=${terms.side} options=${[
      ["buy", "Buy"],
      ["sell", "Sell"],
    ]} onChange=${set("side")} />
    <div class="columns">
      <${Select} label="Type" name="type" value=${terms.type} options=${TYPES} onChange=${set("type")} />
      <${Field} label="Quantity" name="quantity" value=${terms.quantity} onChange=${set("quantity")} inputmode="decimal" required />
      ${needs.includes("limit_price") ? html`<${Field} label="Limit price" name="limit_price" value=${terms.limit_price} onChange=${set("limit_price")} inputmode="decimal" required />` : null}
      ${needs.includes("stop_price") ? html`<${Field} label="Stop price" name="stop_price" value=${terms.stop_price} onChange=${set("stop_price")} inputmode="decimal" required />` : null}
      ${
        needs.includes("trail")
          ? html`<${Field} label="Trail" name="trail" value=${terms.trail} onChange=${set("trail")} inputmode="decimal" required />
        <${Select} label="Trail in" name="trail_kind" value=${terms.trail_kind} options=${[
          ["percent", "Percent"],
          ["amount", "Amount"],
        ]} onChange=${set("trail_kind")} />`
          : null
      }
      <${Select} label="Time in force" name="time_in_force" value=${terms.time_in_force} options=${TIMES} onChange=${set("time_in_force")} />
      ${terms.time_in_force === "gtd" ? html`<${Field} label="Expires at (UTC, market time)" name="expires_at" type="datetime-local" value=${terms.expires_at} onChange=${set("expires_at")} required />` : null}
    </div>
    <details><summary>More</summary>
      <${Checkbox} label="Post only" name="post_only" checked=${terms.post_only} onChange=${set("post_only")} hint="Refused where it would trade at once." />
      <${Checkbox} label="Reduce only" name="reduce_only" checked=${terms.reduce_only} onChange=${set("reduce_only")} hint="Never opens or turns a position." />
      <${Field} label="Shown quantity" name="display_quantity" value=${terms.display_quantity} onChange=${set("display_quantity")} inputmode="decimal" hint="The rest stays hidden (iceberg)." />
    </details>
  <//>
  <${Gate} accountId=${accountId} terms=${terms} />
  <${Rating} accountId=${accountId} terms=${terms} />`;
}

/**
 * What the gate would say now: asked a moment after the last key, and again while it stands.
 * @param {{ accountId: string, terms: import("./terms.js").Terms }} props
 */
function Gate({ accountId, terms }) {
  const whole = isWhole(terms);
  const { data: preview, problem } = usePreview(
    whole ? JSON.stringify(bodyOf(terms, accountId)) : "",
    (body, signal) => ask("POST /api/v1/orders/preview", { body: JSON.parse(body), signal }),
    AGAIN_MS,
  );
  const verdict = preview
    ? preview.approved
      ? "Approved"
      : "Denied"
    : problem
      ? "Not known"
      : whole
        ? "Asking…"
        : "Waiting for the order's figures";
  return html`<section class=${`gate ${preview ? verdict.toLowerCase() : ""}`} aria-label="Preview of the gate">
    <div role="status" aria-label="Gate">${verdict}${preview && !preview.approved ? html`<${Reasons} reasons=${preview.reasons} />` : null}</div>
    <${ProblemNote} problem=${problem} />
    ${
      preview
        ? html`
      <${Effect} effect=${preview.effect} />
      <details><summary>${preview.headroom.length} rules looked at it</summary><${Rules} headroom=${preview.headroom} name="Rules of the preview" /></details>`
        : null
    }
  </section>`;
}

/** @param {{ effect: Record<string, string> }} props */
function Effect({ effect }) {
  return html`<dl class="figures small">${Object.entries(effect).map(
    ([name, value]) =>
      html`<div key=${name}>
    <dt>${EFFECT[name] ?? wordOf(name)}</dt><dd>${shown(value === "true" ? "yes" : value === "false" ? "no" : value)}</dd></div>`,
  )}</dl>`;
}
