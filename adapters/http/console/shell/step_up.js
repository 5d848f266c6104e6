import { html, useEffect, useState } from "../vendor/preact.js";
import { ask, stepUpAsked } from "../core/ask.js";
import { CAN_PASSKEY, showPasskey, wasCancelled } from "../core/passkeys.js";
import { Problem, problemOf } from "../core/problem.js";
import { stepUp } from "../core/session.js";
import { ProblemNote } from "../kit/basics.js";
import { Dialog } from "../kit/dialog.js";
import { Field, Form } from "../kit/form.js";

/** Ask anew who it is; what was refused goes on by itself, once. */
export function StepUpDialog() {
  const asked = stepUpAsked.value;
  return asked ? html`<${Asked} ...${asked} />` : null;
}

/** @param {{ done: () => void, failed: (why: Problem) => void }} props */
function Asked({ done, failed }) {
  const [shown, setShown] = useState("");
  const [byCode, setByCode] = useState(false);
  const [hasPasskey, setHasPasskey] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));

  useEffect(() => {
    void ask("GET /api/v1/factors").then(
      (found) => setByCode(found.items.length > 0),
      () => {},
    );
    void ask("GET /api/v1/passkeys").then(
      (found) => setHasPasskey(found.items.length > 0),
      () => {},
    );
  }, []);

  async function bySecret() {
    try {
      await stepUp(byCode ? { code: shown.trim() } : { password: shown });
    } catch (error) {
      if (error instanceof Problem && error.kind === "factor-needed") setByCode(true);
      throw error;
    }
    done();
  }

  async function byPasskey() {
    setProblem(null);
    try {
      const options = await ask("POST /api/v1/auth/step-up/passkey-options");
      await stepUp({ credential: await showPasskey(options.public_key) });
      done();
    } catch (error) {
      if (!wasCancelled(error)) setProblem(problemOf(error));
    }
  }

  const giveUp = () =>
    failed(
      new Problem(401, {
        title: "Not confirmed",
        detail: "This needs a fresh confirmation of who you are; nothing was done.",
      }),
    );
  return html`<${Dialog} title="Confirm it is you" onClose=${giveUp}>
    <${ProblemNote} problem=${problem} />
    <${Form} name="Confirm it is you" submit="Confirm" onSubmit=${bySecret}
      extra=${hasPasskey && CAN_PASSKEY ? html`<button type="button" onClick=${byPasskey}>Use a passkey</button>` : null}>
      ${
        byCode
          ? html`<${Field} key="code" label="Code" name="code" value=${shown} onChange=${setShown} autocomplete="one-time-code" required autofocus hint="From your authenticator app, or a backup code." />`
          : html`<${Field} key="password" label="Password" name="password" type="password" value=${shown} onChange=${setShown} autocomplete="current-password" required autofocus />`
      }
    <//>
  <//>`;
}
