import { html, useState } from "../vendor/preact.js";
import { ask } from "../core/ask.js";
import { access } from "../core/context.js";
import { problemOf } from "../core/problem.js";
import { ProblemNote, Time } from "../kit/basics.js";

/** That somebody asked for all factors to be taken away: whoever did not ask must hear of it. */
export function Recovery() {
  const [problem, setProblem] = useState(/** @type {import("../core/problem.js").Problem | null} */ (null));
  const open = access.value?.recovery;
  if (!open) return null;
  async function cancel() {
    setProblem(null);
    try {
      await ask("DELETE /api/v1/recovery");
      if (access.value) access.value = { ...access.value, recovery: null };
    } catch (error) {
      setProblem(problemOf(error));
    }
  }
  return html`<div class="stopped" role="alert">
    <p><strong>Your second factors are about to be taken away</strong> at <${Time} at=${open.effective_at} />. If it was not you who asked, cancel it and change your password.</p>
    <button type="button" onClick=${cancel}>Cancel it</button>
    <${ProblemNote} problem=${problem} />
  </div>`;
}
