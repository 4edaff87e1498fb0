"use strict";
// The ways to enter the input. Each has a panel, builds a request, has fields that show errors, and may take examples.
// A request is { type, body, code }: what is sent, and what the code snippets need to send the same.

let fieldCount = 0;

function labelled(input, label, name, hint) {
  const id = `field-${fieldCount++}`;
  input.id = id;
  const wrong = make("p", { id: `${id}-wrong`, className: "wrong" });
  const note = make("span", { id: `${id}-hint`, className: "quiet", textContent: hint || "" });
  input.setAttribute("aria-describedby", `${wrong.id} ${note.id}`);
  const title = make("label", { htmlFor: id }, label);
  if (name) title.append(" ", make("code", { className: "quiet", textContent: name }));
  const field = make("div", { className: "field" }, title, input, wrong, note);
  note.hidden = !hint;
  return { field, input, label, say: (message) => {
    wrong.textContent = message;
    message ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
  } };
}

const jsonRequest = (value) => ({ type: JSON_TYPE, body: JSON.stringify(value), code: { json: value } });

function columnsWay(model) {
  const fields = model.columns.map(({ name, description }) => {
    const input = make("input", { type: "number", step: "any", autocomplete: "off" });
    return labelled(input, description || name, description && name);
  });
  function use({ value }) {
    const given = value[model.array] || [];
    // The form holds a single row.
    if (given.length > 1 && Array.isArray(given[0])) return false;
    const row = Array.isArray(given[0]) ? given[0] : given;
    fields.forEach(({ input }, index) => { input.value = row[index] ?? ""; });
    return true;
  }
  use({ value: model.example });
  return {
    name: "Form",
    panel: make("div", {},
      make("div", { className: "columns" }, ...fields.map(({ field }) => field)),
      quiet("An empty field is sent as null, a missing value.")),
    request() {
      const numbers = fields.map(({ input }, index) => {
        if (input.validity.badInput) throw new Problem("This is not a number.", `${model.array}[${index}]`);
        return input.value === "" ? null : Number(input.value);
      });
      return jsonRequest({ ...model.example, [model.array]: numbers });
    },
    fieldOf(name) {
      const found = /\[(\d+)\]$/.exec(name);
      return found && name.startsWith(model.array) ? fields[Number(found[1])] : undefined;
    },
    use,
  };
}

function textFields(model, fields) {
  const texts = fields.map(({ name, description, isLong }) => {
    const value = isText(model.example[name]) ? model.example[name] : "";
    const input = isLong ? make("textarea", { className: "prose", rows: 4, value })
      : make("input", { type: "text", autocomplete: "off", value });
    return { ...labelled(input, name, "", description), about: name };
  });
  // Optional fields that are empty are left out.
  const given = () => texts.filter(({ about, input }) => input.value || model.required.includes(about));
  return { texts, values: () => Object.fromEntries(given().map(({ about, input }) => [about, input.value])) };
}

function textWay(model) {
  const { texts, values } = textFields(model, model.texts);
  return {
    name: "Text",
    panel: make("div", { className: "stack" }, ...texts.map(({ field }) => field)),
    request: () => jsonRequest(values()),
    fieldOf: (name) => texts.find(({ about }) => about === name),
    use({ value }) {
      const given = texts.map(({ about }) => value[about] ?? "");
      if (!given.every(isText) || !given.some(Boolean)) return false;
      texts.forEach(({ input }, index) => { input.value = given[index]; });
      return true;
    },
  };
}

function fileField(accept, take) {
  const input = make("input", { type: "file", accept });
  input.addEventListener("change", () => { take(input.files[0]); });
  return input;
}

function pictureWay(model, changed) {
  const accept = model.rawTypes.filter((type) => type.startsWith("image/")).join() || "image/*";
  const shown = labelled(fileField(accept, choose), "Picture", "", "Choose it, drop it anywhere on this page, or paste it.");
  const camera = fileField("image/*", choose);
  // On phones this opens the camera; other browsers ignore it.
  camera.setAttribute("capture", "environment");
  const photograph = make("label", { className: "small camera" }, "Take a picture", camera);
  const said = make("p", { className: "quiet", role: "status" });
  const preview = make("img", { className: "preview", alt: "The chosen picture", hidden: true });
  const save = make("a", { textContent: "Save this picture", className: "quiet", hidden: true });
  const { texts, values } = textFields(model, model.texts);
  let chosen, problem, reading = 0;

  // Puts a file into the field that was dropped, pasted or taken from an example.
  function enter(file) {
    const files = new DataTransfer();
    files.items.add(file);
    shown.input.files = files.files;
  }

  async function choose(file, isExample = false) {
    const mine = ++reading;
    chosen = problem = undefined;
    preview.hidden = save.hidden = true;
    said.textContent = file ? "Reading the picture…" : "";
    changed();
    if (!file) return;
    try {
      const found = await fitting(file);
      const base64 = await readBase64(found.file);
      if (mine !== reading) return;
      chosen = { ...found, base64 };
      preview.src = save.href = dataUrl(found.file, base64);
      preview.hidden = !found.file.type.startsWith("image/");
      save.download = found.file.name;
      save.hidden = !isExample;
      said.textContent = found.said || (isExample ? "" : found.file.name);
    } catch (error) {
      if (mine !== reading) return;
      problem = error instanceof Problem ? error : new Problem("The file could not be read.");
      problem.field = model.file;
      said.textContent = "";
    }
    changed(problem);
  }

  return {
    name: "Picture",
    panel: make("div", { className: "stack" }, shown.field, photograph, preview, said, save,
      ...texts.map(({ field }) => field)),
    request() {
      if (problem) throw problem;
      if (!chosen) throw new Problem("Choose a picture first.", model.file);
      const { file, base64, isChanged } = chosen;
      const code = { file: file.name, isChanged, type: file.type };
      const isTaken = model.rawTypes.some((type) => type === file.type || type === file.type.replace(/\/.*/, "/*"));
      // A body that is the picture itself cannot hold other fields.
      if (isTaken && !texts.length) {
        return { type: file.type, body: file, code };
      }
      const { body } = jsonRequest({ ...values(), [model.file]: base64 });
      return { type: JSON_TYPE, body, code: { ...code, field: model.file, json: values() } };
    },
    fieldOf: (name) => (name === model.file ? shown : texts.find(({ about }) => about === name)),
    take(file) {
      enter(file);
      return choose(file);
    },
    async use({ name, value }) {
      if (!isText(value[model.file])) return false;
      texts.forEach(({ about, input }) => { input.value = value[about] ?? ""; });
      const file = fileOf(value[model.file], name);
      enter(file);
      await choose(file, true);
      return true;
    },
  };
}

function addressWay(model) {
  const input = make("input", { type: "url", placeholder: "https://", autocomplete: "off" });
  input.value = model.example[model.address] || "";
  const shown = labelled(input, "Address of the picture", "", "http or https, on the public internet.");
  return {
    name: "Address",
    panel: make("div", {}, shown.field),
    request() {
      if (!input.value.trim()) throw new Problem("Enter an address first.", model.address);
      return jsonRequest({ [model.address]: input.value.trim() });
    },
    fieldOf: (name) => (name === model.address ? shown : undefined),
    use({ value }) {
      input.value = value[model.address] || input.value;
      return isText(value[model.address]);
    },
  };
}

function jsonWay(model) {
  const input = make("textarea", { spellcheck: false, autocapitalize: "off", rows: 10 });
  const shown = labelled(input, "Body", "", "");
  const use = ({ value }) => {
    input.value = JSON.stringify(value, null, 1).replace(/\n\s*(?=[-\d\]n])/g, " ");
    return true;
  };
  use({ value: model.example });
  return {
    name: "JSON",
    panel: make("div", {}, shown.field),
    request() {
      let code;
      try { code = { json: JSON.parse(input.value) }; } catch { code = { text: input.value }; }
      return { type: JSON_TYPE, body: input.value, code };
    },
    fieldOf: () => shown,
    use,
  };
}
