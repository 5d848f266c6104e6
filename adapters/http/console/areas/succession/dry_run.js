import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { Panel } from "../../kit/basics.js";
import { Checkbox, Form } from "../../kit/form.js";
import { STATES } from "./words.js";

/** @typedef {import("../../types/api.js").DryRunView} Walked */

/** The whole plan walked at once, with messages marked as a trial. */
export function DryRun() {
  const [toTrustees, setToTrustees] = useState(false);
  const [walked, setWalked] = useState(/** @type {Walked | null} */ (null));
  /** @param {string} key */
  async function walk(key) {
    setWalked(null);
    setWalked(await ask("POST /api/v1/succession/dry-run", { body: { to_trustees: toTrustees }, key }));
  }
  return html`<${Panel} title="Dry run">
    <p class="muted">Every message of the plan is sent once, marked as a trial, and nothing of the plan moves.</p>
    <${Form} name="Dry run" submit="Walk the plan" onSubmit=${walk}>
      <${Checkbox} label="Send them to the trustees too" name="to_trustees" checked=${toTrustees} onChange=${setToTrustees} hint="Else you alone get them." />
    <//>
    <div role="status" aria-label="Steps of the dry run">${
      walked
        ? html`<div class="table" tabindex="0" role="region" aria-label="What the dry run did"><table>
      <thead><tr>${["After days", "Step", "Trading", "Told", "Would be told"].map((one) => html`<th scope="col">${one}</th>`)}</tr></thead>
      <tbody>${walked.steps.map(
        (one) =>
          html`<tr key=${one.state}><td class="figure">${one.after_days}</td><th scope="row">${STATES[one.state]?.[0] ?? one.state}</th>
        <td>${one.trading}</td><td>${one.told.join(", ") || "nobody"}</td><td>${one.would_tell.join(", ") || "nobody"}</td></tr>`,
      )}</tbody>
    </table></div>`
        : null
    }</div>
  <//>`;
}
