import { html, useEffect, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { IS_PRIVATE } from "../../core/page.js";
import { CAN_PASSKEY, showPasskey, wasCancelled } from "../../core/passkeys.js";
import { Problem, problemOf } from "../../core/problem.js";
import { answerChallenge, endedBecause, holdBack, letIn, logIn, logInByPasskey } from "../../core/session.js";
import { send } from "../../core/wire.js";
import { ProblemNote } from "../../kit/basics.js";
import { Checkbox, Field, Form } from "../../kit/form.js";
import { FirstPassword } from "./first_password.js";

/** @typedef {import("../../core/session.js").Challenge} Challenge */

/** Who comes in: password or passkey, then a factor, then a password of one's own where that is due. */
export function LogIn() {
  const [challenge, setChallenge] = useState(/** @type {Challenge | null} */ (null));
  const [drawn, setDrawn] = useState("");
  useEffect(() => {
    document.title = "Log in · Ballast";
  }, []);

  /** Whoever still has the password that was drawn for them sets one first. @param {string} password */
  async function entered(password) {
    try {
      await ask("GET /api/v1/members/me");
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== "password-change-required") throw error;
      setDrawn(password);
      return;
    }
    letIn();
  }

  return html`<main class="login">
    <h1>Ballast</h1>
    ${endedBecause.value ? html`<p role="status" class="note">${endedBecause.value}</p>` : null}
    ${
      !IS_PRIVATE
        ? html`<${Unsafe} />`
        : drawn
          ? html`<${FirstPassword} current=${drawn} />`
          : challenge
            ? html`<${Factor} challenge=${challenge} onDone=${() => entered("")} onBack=${() => setChallenge(null)} />`
            : html`<${Who} onChallenge=${setChallenge} onEntered=${entered} />`
    }
  </main>`;
}

function Unsafe() {
  return html`<div class="problem" role="alert">
    <p><strong>No password is taken here.</strong> This page came over plain HTTP from another machine, where everybody on the way can read along.</p>
    <p>On the server, set <code>http.tls_certificate</code> and <code>http.tls_key</code>, or put a proxy that speaks HTTPS before it. On the machine itself, <code>http://localhost</code> will do.</p>
  </div>`;
}

/** @param {{ onChallenge: (challenge: Challenge) => void, onEntered: (password: string) => Promise<void> }} props */
function Who({ onChallenge, onEntered }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [remember, setRemember] = useState(false);
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));

  async function byPassword() {
    const began = performance.now();
    holdBack();
    const found = await logIn({ email, password, remember });
    if (found) onChallenge(found);
    else await onEntered(password);
    performance.measure("ballast:login", { start: began });
  }

  async function byPasskey() {
    setProblem(null);
    try {
      const { data } = await send({ method: "POST", path: "/api/v1/auth/passkey/options" });
      const shown = await showPasskey(data.public_key);
      holdBack();
      await logInByPasskey(shown, remember);
      await onEntered("");
    } catch (error) {
      if (!wasCancelled(error)) setProblem(problemOf(error));
    }
  }

  return html`
    <${Form} name="Log in" submit="Log in" onSubmit=${byPassword}
      extra=${CAN_PASSKEY ? html`<button type="button" onClick=${byPasskey}>Log in with a passkey</button>` : null}>
      <${Field} label="E-mail" name="email" value=${email} onChange=${setEmail} autocomplete="username webauthn" inputmode="email" required autofocus />
      <${Field} label="Password" name="password" type="password" value=${password} onChange=${setPassword} autocomplete="current-password" required />
      <${Checkbox} label="Keep me logged in" name="remember" checked=${remember} onChange=${setRemember} />
    <//>
    <${ProblemNote} problem=${problem} />
  `;
}

/** @param {{ challenge: Challenge, onDone: () => Promise<void>, onBack: () => void }} props */
function Factor({ challenge, onDone, onBack }) {
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState(/** @type {Problem | null} */ (null));
  const codes = challenge.factors.filter((one) => one !== "passkey");

  async function byPasskey() {
    setProblem(null);
    try {
      const path = "/api/v1/auth/challenge/passkey-options";
      const { data } = await send({ method: "POST", path, body: { challenge: challenge.challenge } });
      await answerChallenge(challenge, { credential: await showPasskey(data.public_key) });
      await onDone();
    } catch (error) {
      if (!wasCancelled(error)) setProblem(problemOf(error));
    }
  }

  const passkey =
    challenge.factors.includes("passkey") && CAN_PASSKEY
      ? html`<button type="button" onClick=${byPasskey}>Use a passkey</button>`
      : null;
  return html`
    ${challenge.recovery ? html`<p class="note" role="status">All second factors are taken away at ${challenge.recovery.effective_at}, as was asked. Showing one now cancels that.</p>` : null}
    <${ProblemNote} problem=${problem} />
    ${
      codes.length
        ? html`<${Form} name="Second factor" submit="Confirm" onSubmit=${async () => {
            await answerChallenge(challenge, { code: code.trim() });
            await onDone();
          }} extra=${html`${passkey}<button type="button" onClick=${onBack}>Back</button>`}>
          <${Field} label="Code" name="code" value=${code} onChange=${setCode} autocomplete="one-time-code" required autofocus
            hint=${codes.includes("totp") ? "From your authenticator app, or a backup code." : "One of your backup codes."} />
        <//>`
        : html`<div class="actions">${passkey}<button type="button" onClick=${onBack}>Back</button></div>`
    }
  `;
}
