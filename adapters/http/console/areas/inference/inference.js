import { html, useState } from "../../vendor/preact.js";
import { ask } from "../../core/ask.js";
import { may } from "../../core/context.js";
import { useTicking } from "../../core/following.js";
import { useLoaded } from "../../core/loaded.js";
import { Empty, Loaded, Panel, State, Time } from "../../kit/basics.js";
import { Dialog } from "../../kit/dialog.js";
import { Form, Select } from "../../kit/form.js";
import { toast } from "../../kit/toasts.js";

/**
 * @typedef {import("../../types/api.js").ModelView} Model
 * @typedef {import("../../types/api.js").LoadedView} Served
 */

/** @type {import("../../core/page.js").Screen} */
export const screen = {
  path: "/inference",
  title: "Inference",
  permission: "models.read",
  place: 29,
  view: Inference,
};

/** Which models there are, what really runs them, and what they did. */
function Inference() {
  const [asked, setAsked] = useState(/** @type {{ name: string, loads: boolean } | null} */ (null));
  const loaded = useLoaded(async (signal) => (await ask("GET /api/v1/models", { signal })).items, []);
  useTicking(loaded.reload);
  return html`<${Loaded} of=${loaded} what="models">${(/** @type {Model[]} */ models) => {
    const chosen = models.find((one) => one.name === asked?.name);
    return html`
      ${
        models.length
          ? models.map((one) => html`<${OneModel} key=${one.name} model=${one} onAsk=${setAsked} />`)
          : html`<${Panel} title="No model yet"><${Empty}><code>ballast models add</code> puts one into the folder of models.<//><//>`
      }
      ${chosen && asked ? html`<${Steer} model=${chosen} loads=${asked.loads} onClose=${() => setAsked(null)} onDone=${loaded.reload} />` : null}`;
  }}
  <//>`;
}

/** @param {{ model: Model, onAsk: (asked: { name: string, loads: boolean }) => void }} props */
function OneModel({ model, onAsk }) {
  const { name, loaded, problem, versions } = model;
  const steer = may("models.operate");
  return html`<${Panel} title=${name} id=${`model-${name}`}>
    <p>Versions ${versions.join(", ") || "none"}. ${loaded ? html`Version <strong>${loaded.version}</strong> is served.` : html`<${State} state="not loaded" />`}</p>
    ${problem ? html`<p class="note">${problem}</p>` : null}
    ${loaded ? html`<${Facts} name=${name} served=${loaded} />` : null}
    ${
      steer
        ? html`<div class="actions">
        <button type="button" onClick=${() => onAsk({ name, loads: true })}>Load ${name}</button>
        ${loaded ? html`<button type="button" onClick=${() => onAsk({ name, loads: false })}>Unload ${name}</button>` : null}
      </div>`
        : null
    }
  <//>`;
}

/** @param {{ name: string, served: Served }} props */
function Facts({ name, served }) {
  const { engine, first_engine: first } = served;
  /** @type {[string, unknown][]} */
  const told = [
    ["Runs on", html`<${State} state=${engine} />${engine === first ? null : ` instead of ${first}`}`],
    ["Requests", `${served.requests}, ${served.failed} failed`],
    ["Fell back", served.fell_back],
    ["Waiting", served.waiting],
    ["Rows a batch", served.batches ? `${served.batch_mean.toFixed(1)} in ${served.batches} batches` : "–"],
    ["Latency", served.requests ? `${served.latency_ms.toFixed(2)} ms` : "–"],
    ["Memory", `${(served.memory_bytes / 2 ** 20).toFixed(1)} MiB${served.pinned ? ", pinned" : ""}`],
    ["Loaded", html`<${Time} at=${served.loaded_at} />`],
  ];
  return html`
    <dl class="figures" aria-label=${`Figures of ${name}`}>${told.map(([title, text]) => html`<div key=${title}><dt>${title}</dt><dd>${text}</dd></div>`)}</dl>
    ${served.without ? html`<p class="note">${served.without}</p>` : null}
    ${served.single ? html`<p class="note">Requests are run one by one: ${served.single}.</p>` : null}
    ${served.converted_from === null ? null : html`<p class="note">Converted from opset ${served.converted_from}.</p>`}
    <details>
      <summary>What ${name} takes and gives</summary>
      <ul>${[...served.inputs, ...served.outputs].map((one) => html`<li key=${one.name}>${one.name}: ${one.datatype} [${one.shape.map((n) => (n < 0 ? "any" : n)).join(", ")}]</li>`)}</ul>
      <dl class="figures small"><div><dt>SHA-256</dt><dd>${served.sha256}</dd></div></dl>
    </details>`;
}

/** @param {{ model: Model, loads: boolean, onClose: () => void, onDone: () => void }} props */
function Steer({ model, loads, onClose, onDone }) {
  const { name, versions, loaded } = model;
  const [version, setVersion] = useState(versions.at(-1) ?? "");
  const path = { name };
  const title = `${loads ? "Load" : "Unload"} ${name}`;

  async function steer() {
    if (loads) await ask("POST /api/v1/models/{name}/load", { path, body: { version } });
    else await ask("POST /api/v1/models/{name}/unload", { path });
    toast(loads ? `${name} is served in version ${version}` : `${name} is no longer served`);
    onClose();
    onDone();
  }

  return html`<${Dialog} title=${title} onClose=${onClose}>
    <${Form} name=${title} submit=${title} danger=${!loads} onSubmit=${steer}>
      ${
        loads
          ? html`<${Select} label="Version" name="version" value=${version} options=${versions.map((one) => [one, one])} onChange=${setVersion}
              hint=${loaded ? `Version ${loaded.version} answers until it is ready.` : "The model is looked at first."} />`
          : html`<p>Who waits is answered first. Requests for ${name} are refused until somebody loads it again.</p>`
      }
    <//>
  <//>`;
}
