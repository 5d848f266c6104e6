import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { may } from "../../core/context.js";
import { useChannel } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Empty, Figure, Loaded, Panel, State, Time } from "../../kit/basics.js";
import { Form } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";

/**
 * @typedef {import("../../types/api.js").StrategyView} Strategy
 * @typedef {import("../../types/api.js").DecisionView} Decision
 * @typedef {import("../../types/api.js").StrategyPerformanceView} Performance
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/strategies",
  title: "Strategies",
  permission: "strategies.read",
  place: 26,
  view: Strategies,
};

/** Who acts on signals, and what each decided. */
function Strategies() {
  const [shown, setShown] = useState("");
  const loaded = useLoaded(
    async (signal) => (await ask("GET /api/v1/strategies", { query: { limit: 200 }, signal })).items,
    [],
  );
  useChannel("decisions", loaded.reload);
  return html`<${Panel} title="Who acts on signals">
    <${Loaded} of=${loaded} what="strategies">${(/** @type {Strategy[]} */ rows) =>
      rows.length
        ? html`<ul class="notices">${rows.map((one) => html`<${OneStrategy} key=${one.id} strategy=${one} onShow=${setShown} onDone=${loaded.reload} />`)}</ul>
            ${rows.filter((one) => one.id === shown).map((one) => html`<${Brought} key=${`of-${one.id}`} strategy=${one} /><${Decisions} key=${one.id} strategy=${one} />`)}`
        : html`<${Empty}>There is no strategy so far.<//>`}
    <//>
  <//>`;
}

/** @param {{ strategy: Strategy, onShow: (id: string) => void, onDone: () => void }} props */
function OneStrategy({ strategy, onShow, onDone }) {
  const { id, name, running, mode } = strategy;
  const path = { strategy_id: id };

  /** @param {string} key */
  async function turn(key) {
    if (running) await ask("POST /api/v1/strategies/{strategy_id}/stop", { path, key });
    else await ask("POST /api/v1/strategies/{strategy_id}/start", { path, key });
    toast(running ? `${name} is stopped` : `${name} is started`);
    onDone();
  }

  async function shadow() {
    const { id: _id, running: _running, problem: _problem, version, ...said } = strategy;
    const body = /** @type {import("../../types/api.js").StrategyBody} */ ({ ...said, mode: "shadow" });
    // Only as it was shown: nobody's change of its limits is to be undone by this.
    await ask("PUT /api/v1/strategies/{strategy_id}", { path, body, ifMatch: `"${version}"` });
    toast(`${name} only writes down what it would do`);
    onDone();
  }

  const turning = `${running ? "Stop" : "Start"} ${name}`;
  return html`<li>
    <div>
      <strong>${name}</strong> <${State} state=${running ? "running" : "stopped"} /> <${State} state=${mode} />
      <span class="muted">${strategy.kind.replace("_", " ")} of ${strategy.symbols.join(", ")}</span>
      ${strategy.problem ? html`<p class="note">Stopped by an error: ${strategy.problem}</p>` : null}
    </div>
    <button type="button" onClick=${() => onShow(id)}>Decisions of ${name}</button>
    ${
      may("strategies.write")
        ? html`${running || mode !== "live" || may("strategies.live") ? html`<${Form} key=${turning} name=${turning} submit=${turning} onSubmit=${turn} />` : null}
        ${mode === "shadow" ? null : html`<${Form} name=${`Shadow ${name}`} submit=${`Shadow ${name}`} onSubmit=${shadow} />`}`
        : null
    }
  </li>`;
}

/** What its own orders brought. @param {{ strategy: Strategy }} props */
function Brought({ strategy }) {
  const path = { strategy_id: strategy.id };
  const loaded = useLoaded(
    (signal) => ask("GET /api/v1/strategies/{strategy_id}/performance", { path, signal }),
    [strategy.id],
  );
  useChannel("decisions", loaded.reload);
  return html`<h3>What ${strategy.name} brought</h3>
    <${Loaded} of=${loaded} what="figures">${(/** @type {Performance} */ one) =>
      html`
      <p>${one.orders} orders sent, ${one.orders_filled} of them filled in ${one.fills} fills; ${one.round_trips} positions closed${
        one.open_symbols.length ? `, ${one.open_symbols.join(", ")} open` : ""
      }. ${one.shadow_decisions ? `${one.shadow_decisions} decisions in shadow, which were never filled and count nowhere.` : ""}</p>
      <ul aria-label=${`What ${strategy.name} brought`}>${one.figures.map(
        (each) =>
          html`<li key=${each.name} title=${each.definition}>${each.name.replaceAll("_", " ")}: ${
            each.value === null
              ? `absent, ${each.reason}`
              : html`<${Figure} value=${each.value} /> ${each.name === "win_rate" ? "" : one.currency}`
          }</li>`,
      )}</ul>`}
    <//>`;
}

/** What it made of signals, the newest first. @param {{ strategy: Strategy }} props */
function Decisions({ strategy }) {
  const path = { strategy_id: strategy.id };
  const loaded = useLoaded(
    async (signal) => (await ask("GET /api/v1/strategies/{strategy_id}/decisions", { path, signal })).items,
    [strategy.id],
  );
  useChannel("decisions", loaded.reload);
  return html`<h3>Decisions of ${strategy.name}</h3>
    <${Loaded} of=${loaded} what="decisions">${(/** @type {Decision[]} */ rows) =>
      rows.length
        ? html`<ul class="notices" aria-label=${`Decisions of ${strategy.name}`}>${rows.map((one) => html`<${OneDecision} key=${one.id} decision=${one} />`)}</ul>`
        : html`<${Empty}>It has decided nothing so far.<//>`}
    <//>`;
}

/** @param {{ decision: Decision }} props */
function OneDecision({ decision }) {
  return html`<li><div>
    <${Time} at=${decision.at} /> <strong>${decision.symbol} ${decision.side}</strong>
    ${" "}<${State} state=${decision.action} /> ${decision.reason.replaceAll("_", " ")}
    <p>Score <${Figure} value=${decision.score} signed />, coverage <${Figure} value=${decision.coverage} />, quantity <${Figure} value=${decision.quantity} />. ${decision.detail}</p>
    <ul>${decision.factors.map(
      (one) =>
        html`<li key=${one.name}>${one.name.replaceAll("_", " ")}, weight <${Figure} value=${one.weight} />: ${
          one.value === null ? `absent, ${one.reason}` : html`<${Figure} value=${one.value} signed />`
        }</li>`,
    )}</ul>
  </div></li>`;
}
