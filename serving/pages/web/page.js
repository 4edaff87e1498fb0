"use strict";
// The page itself: what is shown when. An answer is only ever shown beside the input it belongs to.

let model, ways, current, marked, snippet = LANGUAGES[0];
// The request in flight. The results of any other are discarded.
let waiting;

const EMPTY = "It will stand here.";

// --- problems, shown at their fields -----------------------------------------------------------

// The message with the field's label instead of its API name: "The picture" for "data", "Rooms per dwelling" for
// "input_X[5]".
function inWords({ message, field }, at_) {
  const name = field === model.file || field === model.address ? "The picture" : at_.label;
  return field && name ? message.replace(field, name) : message;
}

function say(problem, focus = true) {
  if (marked) marked.say("");
  marked = undefined;
  at("problem").textContent = "";
  if (!problem) return;
  marked = problem.field ? current.fieldOf(problem.field) : undefined;
  if (!marked) { at("problem").textContent = problem.message; return; }
  marked.say(inWords(problem, marked));
  if (focus) marked.input.focus();
}

// --- the answer --------------------------------------------------------------------------------

const place = (...content) => at("answer").replaceChildren(...content);

// The input has changed: the request in flight and the answer shown belong to the old one.
function changed(problem) {
  if (waiting) waiting.end();
  place(quiet(EMPTY));
  say(problem, false);
  refresh();
}

// Shows that the page is waiting. Screen readers announce the text once; the running seconds are visible only.
function wait() {
  const controller = new AbortController();
  const count = make("span", { className: "figure", textContent: "0 s", aria: { hidden: "true" } });
  const why = quiet("");
  place(make("p", {}, "Waiting for the answer. ", count), why);
  const started = performance.now();
  const timer = setInterval(() => {
    const passed = Math.floor((performance.now() - started) / 1000);
    count.textContent = `${passed} s`;
    if (passed === 3) why.textContent = "A model that nobody has used for a while starts first. That takes seconds.";
  }, 200);
  at("answer").setAttribute("aria-busy", "true");
  at("send").setAttribute("aria-disabled", "true");
  const mine = { signal: controller.signal, passed: () => performance.now() - started };
  mine.end = () => {
    clearInterval(timer);
    controller.abort();
    if (waiting !== mine) return;
    waiting = undefined;
    at("answer").removeAttribute("aria-busy");
    at("send").removeAttribute("aria-disabled");
  };
  return mine;
}

async function send(event) {
  if (event) event.preventDefault();
  if (waiting || !current) return;
  let request;
  say(null);
  try { request = current.request(); } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    place(quiet(EMPTY));
    say(problem);
    return;
  }
  const mine = waiting = wait();
  let shown_, problem;
  try {
    const response = await fetch(model.url, { method: "POST", headers: { "Content-Type": request.type },
      body: request.body, signal: mine.signal });
    const said = await response.text();
    const time = took(mine.passed(), response.headers.get("Server-Timing"));
    let answer;
    try { answer = JSON.parse(said); } catch { answer = said; }
    if (response.ok) shown_ = [...shown(answer, model.answer), quiet(time)];
    else {
      shown_ = [refused(response.status, answer || {})];
      if (response.status === 400 && answer && answer.message) problem = answer;
    }
  } catch { shown_ = [unreachable()]; }
  if (waiting !== mine) return;
  mine.end();
  place(...shown_);
  say(problem);
  // On a phone the answer is off screen. After a problem, the field that needs a change has the focus instead.
  if (!problem) at("answer").parentNode.scrollIntoView({ block: "nearest" });
}

// --- ways and examples -------------------------------------------------------------------------

function selectWay(index) {
  current = ways[index];
  ways.forEach((way) => { way.panel.hidden = way !== current; });
  changed();
}

// Fills an example into the open way if that takes it, or another way, or finally JSON, which takes any; then sends it.
let tried = 0;

async function tryExample(example, choose) {
  const mine = ++tried;
  for (const way of [current, ...ways].filter(({ name }) => name !== "JSON").concat(ways.at(-1))) {
    const isTaken = await way.use(example);
    if (mine !== tried) return;
    if (!isTaken) continue;
    if (way !== current) choose(ways.indexOf(way));
    changed();
    send();
    return;
  }
}

function showExamples(choose) {
  const buttons = model.examples.slice(0, 3).map((example) => {
    const button = make("button", { type: "button", className: "example" });
    const base64 = example.value[model.file];
    if (isText(base64)) button.append(make("img", { alt: "", src: dataUrl(fileOf(base64, ""), base64) }));
    button.append(make("span", { textContent: example.title }));
    button.addEventListener("click", () => tryExample(example, choose));
    return button;
  });
  at("examples").replaceChildren(make("span", { className: "quiet", textContent: "Try one:" }), ...buttons);
  at("examples").hidden = !buttons.length;
}

function showWays() {
  ways = [
    model.columns.length && model.array && columnsWay(model),
    model.row.length && !model.columns.length && rowWay(model),
    model.file && pictureWay(model, changed),
    model.address && addressWay(model),
    !model.file && !model.columns.length && model.texts.length && textWay(model),
    jsonWay(model),
  ].filter(Boolean);
  ways.forEach((way, index) => {
    way.panel.id = `panel-${index}`;
    way.panel.setAttribute("role", "tabpanel");
  });
  at("panels").replaceChildren(...ways.map((way) => way.panel));
  at("tabs").hidden = ways.length < 2;
  const choose = tabs(at("tabs"), ways, selectWay);
  choose(0);
  showExamples(choose);
  const pictures = ways.findIndex((way) => way.take);
  if (pictures >= 0) receive((file) => { choose(pictures); ways[pictures].take(file); });
}

// --- the same from a program -------------------------------------------------------------------

function refresh() {
  let code;
  try { code = snippet.write(model.url, current.request()); } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    code = problem.message;
  }
  at("code").textContent = code;
}

async function copy() {
  let said = "Copied";
  try { await navigator.clipboard.writeText(at("code").textContent); } catch {
    // Without https there is no clipboard: select the code, so that it can be copied by keyboard.
    getSelection().selectAllChildren(at("code"));
    said = "Selected";
  }
  at("copy").textContent = said;
  setTimeout(() => { at("copy").textContent = "Copy"; }, 2000);
}

// --- start -------------------------------------------------------------------------------------

async function read(name) {
  const response = await fetch(new URL(name, root));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.json();
}

async function start() {
  for (const [id, name] of [["to-docs", "docs"], ["to-openapi", "openapi.json"], ["to-health", "health"]]) {
    at(id).href = new URL(name, root);
  }
  const [document_, health] = await Promise.all([read("openapi.json"), read("health")]);
  document.title = at("title").textContent = document_.info.title;
  at("description").textContent = document_.info.description || "";
  at("description").hidden = !document_.info.description;
  at("served").textContent = served(health);
  at("note").textContent = health.note || "";
  at("note").hidden = !health.note;
  model = describe(document_);
  if (!model) throw new Error("openapi.json describes no model");
  const panel = at("code-panel");
  showWays();
  tabs(at("languages"), LANGUAGES.map(({ name }) => ({ name, panel })), (index) => {
    snippet = LANGUAGES[index];
    refresh();
  })(0);
  at("form").addEventListener("submit", send);
  // Choosing a file fires this event too, but pictureWay calls changed() itself.
  at("form").addEventListener("input", (event) => { if (event.target.type !== "file") changed(); });
  at("form").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
  });
  at("copy").addEventListener("click", copy);
}

start().catch(() => {
  place(unreachable());
  at("problem").textContent = "The description of this API could not be read. Reload the page to try again.";
});
