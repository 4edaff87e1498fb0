"use strict";
// The request as code for a shell, Python and JavaScript. Tests run the snippets unchanged.

const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const text = (value) => JSON.stringify(value);

function tooLarge({ isChanged, file }, comment) {
  return isChanged ? `${comment} ${file}: the picture in the size in which this page sends it.\n` : "";
}

function curl(url, { type, body, code }) {
  const start = `curl -X POST ${quote(url)} -H ${quote(`Content-Type: ${type}`)}`;
  const note = tooLarge(code, "#");
  if (code.field) {
    // Escape what printf would interpret.
    const json = text({ ...code.json, [code.field]: "" }).slice(0, -2).replaceAll("\\", "\\\\").replaceAll("%", "%%");
    const pipe = `printf ${quote(`${json}%s"}`)} "$(base64 < ${quote(code.file)} | tr -d '\\n')" |`;
    return `${note}${pipe}\n  ${start} --data-binary @-`;
  }
  if (code.file) return `${note}${start} --data-binary ${quote(`@${code.file}`)}`;
  return `${start} \\\n  -d ${quote(body)}`;
}

// JSON is valid Python except for three words.
const PYTHON = new Map([[null, "None"], [true, "True"], [false, "False"]]);

function python(value) {
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (value && typeof value === "object") {
    return `{${Object.entries(value).map(([name, one]) => `${text(name)}: ${python(one)}`).join(", ")}}`;
  }
  return PYTHON.get(value) || text(value);
}

function inPython(url, { type, code }) {
  const header = `headers={"Content-Type": ${text(type)}}`;
  const ask = (given) => `answer = requests.post(\n    ${text(url)},\n    ${given},\n)\nprint(answer.json())`;
  const note = tooLarge(code, "#");
  if (code.field) {
    const fields = python({ ...code.json, [code.field]: 0 }).replace(/: 0}$/, ": data}");
    return `${note}import base64\n\nimport requests  # pip install requests\n\nwith open(${text(code.file)}, "rb") as file:\n`
      + `    data = base64.b64encode(file.read()).decode()\n${ask(`json=${fields}`)}`;
  }
  const start = "import requests  # pip install requests\n\n";
  if (code.file) {
    return `${note}${start}with open(${text(code.file)}, "rb") as file:\n    picture = file.read()\n`
      + ask(`data=picture,\n    ${header}`);
  }
  return start + ask("text" in code ? `data=${text(code.text)}.encode(),\n    ${header}` : `json=${python(code.json)}`);
}

function inJavaScript(url, { type, code }) {
  const ask = (body) => `const answer = await fetch(${text(url)}, {\n  method: "POST",\n`
    + `  headers: { "Content-Type": ${text(type)} },\n  body: ${body},\n});\nconsole.log(await answer.json());`;
  const read = `${tooLarge(code, "//")}import { readFile } from "node:fs/promises";\n\n`
    + `const picture = await readFile(${text(code.file)});\n`;
  if (code.field) {
    const fields = text({ ...code.json, [code.field]: 0 }).replace(/:0}$/, `:picture.toString("base64")}`);
    return read + ask(`JSON.stringify(${fields})`);
  }
  if (code.file) return read + ask("picture");
  return ask("text" in code ? text(code.text) : `JSON.stringify(${text(code.json)})`);
}

const LANGUAGES = [{ name: "curl", write: curl }, { name: "Python", write: inPython },
  { name: "JavaScript", write: inJavaScript }];
