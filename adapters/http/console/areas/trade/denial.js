import { html, useLayoutEffect, useRef } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { useLoaded } from "../../core/loaded.js";
import { Loaded, Time } from "../../kit/basics.js";
import { Reasons, Rules } from "../../kit/gate.js";

/**
 * Why an order was denied, as it was decided and kept.
 * @param {{ orderId: string, onClose: () => void }} props
 */
export function Denial({ orderId, onClose }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const loaded = useLoaded(
    (signal) => ask("GET /api/v1/orders/{order_id}/explanation", { path: { order_id: orderId }, signal }),
    [orderId],
  );
  useLayoutEffect(() => {
    place.current?.focus();
    place.current?.scrollIntoView({ block: "nearest" });
  }, [orderId]);
  return html`<section ref=${place} class="panel" role="region" aria-label="Why it was denied" tabindex="-1">
    <div class="panel-head"><h2>Why it was denied</h2><button type="button" onClick=${onClose}>Close</button></div>
    <${Loaded} of=${loaded} what="the explanation">${(
      /** @type {import("../../types/api.js").ExplanationView} */ said,
    ) =>
      html`
      <p class="muted">Order ${said.order_id}, decided <${Time} at=${said.decided_at} />. It is stored as denied and will never be sent.</p>
      <${Reasons} reasons=${said.reasons} />
      <${Rules} headroom=${said.headroom} name="Rules of the decision" />
      <details><summary>What the decision was taken from</summary><dl class="inputs">
        ${Object.entries(said.inputs).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
      </dl></details>`}
    <//>
  </section>`;
}
