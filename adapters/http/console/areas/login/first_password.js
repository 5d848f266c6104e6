import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { Problem } from "../../core/problem.js";
import { end, letIn } from "../../core/session.js";
import { Field, Form } from "../../kit/form.js";

/** A password of one's own in place of the one that was drawn. @param {{ current: string }} props */
export function FirstPassword({ current }) {
  const [known, setKnown] = useState(current);
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");

  async function set() {
    if (password !== repeated) {
      throw new Problem(400, { errors: [{ pointer: "/repeated", detail: "is not the same as above" }] });
    }
    await ask("POST /api/v1/auth/password", { body: { current: known, password } });
    setKnown("");
    letIn();
  }

  return html`
    <h2>Set a password of your own</h2>
    <p class="muted">The one you logged in with was drawn for you, and lets nobody trade.</p>
    <${Form} name="First password" submit="Set password" onSubmit=${set} extra=${html`<button type="button" onClick=${() => end("")}>Cancel</button>`}>
      <${Field} label="New password" name="password" type="password" value=${password} onChange=${setPassword} autocomplete="new-password" required autofocus
        hint="At least 15 characters; a few words that do not belong together will do." />
      <${Field} label="Repeat new password" name="repeated" type="password" value=${repeated} onChange=${setRepeated} autocomplete="new-password" required />
    <//>
  `;
}
