import { html, useState } from "../../vendor/preact.js";
import { Problem } from "../../core/problem.js";
import { Dialog } from "../../kit/dialog.js";
import { Field, Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";

/**
 * Say what became of a change: it holds from the next decision on, or it waits for somebody.
 * @param {unknown} found what the server answered
 * @param {string} done
 */
export function sayWhether(found, done) {
  const waits = typeof found === "object" && found !== null && "expires_at" in found && "proposer" in found;
  toast(waits ? "This loosens a limit: it waits under Approvals" : done, waits ? "" : "good");
}

/** Whether all that lacks is a reason. @param {unknown} error */
export function lacksReason(error) {
  return error instanceof Problem && error.errors.some((one) => one.pointer.endsWith("reason"));
}

/** Ask why, and do it. @param {{ title: string, onReason: (reason: string, key: string) => Promise<unknown>, onClose: () => void }} props */
export function AskReason({ title, onReason, onClose }) {
  const [reason, setReason] = useState("");
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>This loosens a limit: say why. Where this installation asks for it, somebody else has to agree or a time has to pass first; until then what stands holds.</p>
    <${Form} name=${title} submit="Propose it" onSubmit=${(/** @type {string} */ key) => onReason(reason.trim(), key)}>
      <${Field} label="Reason" name="reason" value=${reason} onChange=${setReason} maxlength=${500} required />
    <//>
  <//>`;
}
