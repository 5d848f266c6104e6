import { html } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { may } from "../../core/context.js";
import { useTicking } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Empty, Loaded, Panel, State, Time } from "../../kit/basics.js";
import { Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";

/** @typedef {import("../../types/api.js").AgentView} Agent */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/agents",
  title: "Agents",
  permission: "agents.read",
  place: 27,
  view: Agents,
};

/** Who trades by itself, how it is, and what is wanted of it. */
function Agents() {
  const loaded = useLoaded(async (signal) => await ask("GET /api/v1/agents", { query: { limit: 200 }, signal }), []);
  useTicking(loaded.reload);
  return html`<${Panel} title="Who trades by itself">
    <${Loaded} of=${loaded} what="agents">${(/** @type {import("../../types/api.js").AgentPage} */ page) =>
      html`
      ${page.hearing ? null : html`<p class="note">This server hears no agent now: states are old. ${page.hint ?? ""}</p>`}
      ${
        page.items.length
          ? html`<ul class="notices">${page.items.map((one) => html`<${OneAgent} key=${one.id} agent=${one} onDone=${loaded.reload} />`)}</ul>`
          : html`<${Empty}>No agent was registered or heard so far.<//>`
      }`}
    <//>
  <//>`;
}

/** @param {{ agent: Agent, onDone: () => void }} props */
function OneAgent({ agent, onDone }) {
  const paused = agent.desired === "paused";
  const done = paused ? "Resume" : "Pause";

  /** @param {string} key */
  async function steer(key) {
    const path = { agent_id: agent.id };
    if (paused) await ask("POST /api/v1/agents/{agent_id}/resume", { path, key });
    else await ask("POST /api/v1/agents/{agent_id}/pause", { path, key });
    toast(paused ? `${agent.id} may go on` : `${agent.id} is asked to pause`);
    onDone();
  }

  return html`<li>
    <div>
      <strong>${agent.id}</strong> <${State} state=${agent.state} />
      <span class="muted">${agent.kind}, ${agent.state === "awaited" ? "never heard" : html`heard <${Time} at=${agent.heard_at} />`}</span>
      ${paused ? html`<p class="note">${agent.desired_by} asked it to pause: no order of it is taken.</p>` : null}
    </div>
    ${may("agents.operate") ? html`<${Form} key=${done} name=${`${done} ${agent.id}`} submit=${`${done} ${agent.id}`} onSubmit=${steer} />` : null}
  </li>`;
}
