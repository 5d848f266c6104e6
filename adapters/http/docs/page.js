"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function resolved(spec, node) {
  if (!node || !node.$ref) return node || {};
  return node.$ref.slice(2).split("/").reduce((at, key) => at[key], spec);
}

function typeOf(spec, schema, depth) {
  const found = resolved(spec, schema);
  if (found.enum) return found.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (found.anyOf) return found.anyOf.map((one) => typeOf(spec, one, depth)).join(" | ");
  if (found.type === "array") return typeOf(spec, found.items || {}, depth) + "[]";
  if (found.type === "object" && found.properties && depth < 4) {
    const required = new Set(found.required || []);
    const pad = "  ".repeat(depth + 1);
    const lines = Object.entries(found.properties).map(
      ([key, value]) => `${pad}${key}${required.has(key) ? "" : "?"}: ${typeOf(spec, value, depth + 1)}`
    );
    return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
  }
  if (found.type === "object" && found.additionalProperties) {
    return `{[name]: ${typeOf(spec, found.additionalProperties, depth)}}`;
  }
  return found.format ? `${found.type} (${found.format})` : String(found.type || "any");
}

function exampleOf(content) {
  const first = Object.values((content && content.examples) || {})[0];
  return first ? JSON.stringify(first.value, null, 2) : "";
}

function parameterTable(spec, parameters) {
  const body = element("tbody");
  for (const one of parameters) {
    const field = element("input", { "data-name": one.name, "data-in": one.in });
    body.append(element("tr", {},
      element("td", {}, `${one.name}${one.required ? " *" : ""}`),
      element("td", {}, one.in),
      element("td", {}, typeOf(spec, one.schema, 0)),
      element("td", {}, field),
      element("td", {}, one.description || "")));
  }
  return element("table", {}, body);
}

function answers(spec, operation) {
  const body = element("tbody");
  for (const [status, answer] of Object.entries(operation.responses)) {
    const content = Object.values(answer.content || {})[0];
    const shape = content ? element("pre", {}, typeOf(spec, content.schema, 0)) : "";
    const shown = element("details", {}, element("summary", {}, answer.description), shape);
    body.append(element("tr", {}, element("td", {}, status), element("td", {}, shown)));
  }
  return element("table", {}, body);
}

const ENDS = ["/api/v1/auth/logout", "/api/v1/auth/logout-everywhere"];

// What was shown to who is logged in goes with the session, and with the page.
function forget() {
  document.getElementById("token").value = "";
  for (const output of document.querySelectorAll("pre.answer")) {
    output.textContent = "";
    output.hidden = true;
  }
}

async function send(form, method, path, output) {
  let url = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const field of form.querySelectorAll("input[data-name]")) {
    if (!field.value) continue;
    const name = field.dataset.name;
    if (field.dataset.in === "path") url = url.replace(`{${name}}`, encodeURIComponent(field.value));
    else if (field.dataset.in === "header") headers[name] = field.value;
    else query.append(name, field.value);
  }
  if ([...query].length) url += `?${query}`;
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const body = form.querySelector("textarea");
  if (body && body.value.trim()) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(url, {
      method: method.toUpperCase(),
      headers,
      body: body && body.value.trim() ? body.value : undefined,
    });
    const text = await answer.text();
    if (answer.ok && ENDS.includes(path)) forget();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON */ }
    output.textContent = `${answer.status} ${answer.statusText}\n\n${shown}`;
  } catch (problem) {
    output.textContent = String(problem);
  }
  output.hidden = false;
}

function card(spec, path, method, operation) {
  const form = element("form", {});
  const parameters = (operation.parameters || []).map((one) => resolved(spec, one));
  if (parameters.length) form.append(element("h3", {}, "Parameters"), parameterTable(spec, parameters));
  const content = operation.requestBody && operation.requestBody.content["application/json"];
  if (content) {
    const body = element("textarea", { spellcheck: "false" });
    body.value = exampleOf(content);
    form.append(element("h3", {}, "Body"), element("pre", {}, typeOf(spec, content.schema, 0)), body);
  }
  const output = element("pre", { class: "answer", hidden: "" });
  form.append(element("p", {}, element("button", {}, "Send")), output);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, method, path, output);
  });
  const inside = element("div", {}, form, element("h3", {}, "Answers"), answers(spec, operation));
  const summary = element("summary", {},
    element("span", { class: `method ${method}` }, method.toUpperCase()),
    element("span", { class: "path" }, path),
    element("span", { class: "what" }, operation.summary));
  const made = element("details", { class: "operation" }, summary, inside);
  made.dataset.words = `${method} ${path} ${operation.summary}`.toLowerCase();
  return made;
}

async function show() {
  const spec = await (await fetch("/openapi.json")).json();
  document.getElementById("about").textContent = spec.info.description;
  const main = document.getElementById("operations");
  const byTag = new Map();
  for (const [path, item] of Object.entries(spec.paths)) {
    for (const method of METHODS) {
      if (!item[method]) continue;
      const tag = (item[method].tags || ["other"])[0];
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push(card(spec, path, method, item[method]));
    }
  }
  for (const [tag, cards] of [...byTag].sort()) {
    main.append(element("section", {}, element("h2", {}, tag), ...cards));
  }
  document.getElementById("bar").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("find").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const one of main.querySelectorAll("details.operation")) {
      one.hidden = !one.dataset.words.includes(wanted);
    }
  });
}

window.addEventListener("pagehide", forget);
show().catch((problem) => {
  document.getElementById("operations").textContent = `The document cannot be shown: ${problem}`;
});
