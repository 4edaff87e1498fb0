"use strict";
// Shows an answer to people: the main result as a headline, then the other results, then the whole answer as JSON.

const isPair = (value) => Array.isArray(value) && value.length === 2 && isText(value[0]) && isNumber(value[1]);
const isListOf = (test) => (value) => Array.isArray(value) && value.length > 0 && value.every(test);

// A number with its unit. A short unit stays on the number's line; a long one may wrap.
function figure(number, unit) {
  if (unit === "%") return [make("span", { className: "figure", textContent: percent(number) })];
  const digits = make("span", { className: "figure", textContent: readable(number) });
  return unit ? [digits, " ", make("span", { className: "unit", textContent: unit })] : [digits];
}

const share = (number) => make("span", { className: "share" }, ...figure(number, "%"));
const headline = (...content) => make("p", { className: "headline" }, ...content);

function bars(pairs) {
  return make("ol", { className: "bars" }, ...pairs.map(([label, part]) => {
    const bar = make("div", { className: "bar" });
    bar.style.width = `${Math.min(100, Math.max(0, part))}%`;
    return make("li", {},
      make("div", { className: "label" }, make("span", { textContent: label }), ...figure(part, "%")),
      make("div", { className: "track", aria: { hidden: "true" } }, bar));
  }));
}

// Probabilities found anywhere in the answer, such as {"cat_probability": 0.9, "dog_probability": 0.1}, as pairs sorted
// from highest to lowest.
function shares(value) {
  if (!value || typeof value !== "object") return undefined;
  const pairs = Array.isArray(value) ? [] : Object.entries(value);
  const isShare = ([, part]) => isNumber(part) && part >= 0 && part <= 1;
  const sum = pairs.reduce((total, [, part]) => total + part, 0);
  if (pairs.length < 2 || !pairs.every(isShare) || Math.abs(sum - 1) > 0.01) {
    return Object.values(value).reduce((found, inner) => found || shares(inner), undefined);
  }
  // A suffix that all names share carries no information and is cut off.
  const [ending] = /_[^_]+$/.exec(pairs[0][0]) || [""];
  const isShared = pairs.every(([name]) => name.endsWith(ending) && name !== ending);
  return pairs.sort((one, other) => other[1] - one[1])
    .map(([name, part]) => [isShared ? name.slice(0, name.length - ending.length) : name, part * 100]);
}

// The unit and the description of a field in the API document.
function about(schema, name) {
  const field = (schema.properties || {})[name] || {};
  const { "x-unit": unit, description } = { ...field.items, ...field };
  return { unit, caption: description };
}

// Names of the second field in {"label": "positive", "score": 0.98}, the form that most libraries use.
const CERTAINTY = /^(score|probability|confidence)$/;

// The only row of a batch of one.
const alone = (value) => Array.isArray(value) && value.length === 1 && isListOf(isNumber)(value[0]) ? value[0] : value;

function best(answer, schema) {
  const fields = (answer && typeof answer === "object" && !Array.isArray(answer) ? Object.entries(answer) : [["", answer]])
    .map(([name, value]) => [name, alone(value)]);
  const first = (test) => fields.find(([, value]) => test(value)) || [];
  const pairs = first(isListOf(isPair))[1] || shares(answer);
  if (pairs) {
    const [[label, part]] = pairs;
    return [headline(make("span", { textContent: label }), " ", share(part)), bars(pairs)];
  }
  const [many, numbers] = first(isListOf(isNumber));
  if (numbers) {
    const { unit, caption } = about(schema, many);
    if (numbers.length === 1) return [headline(...figure(numbers[0], unit)), caption && quiet(caption)];
    return [headline(...figure(numbers.length, numbers.length === 1 ? "number" : "numbers")), caption && quiet(caption),
      make("ol", { className: "values", tabIndex: 0, aria: { label: "Numbers" } },
        ...numbers.map((value) => make("li", {}, ...figure(value, unit))))];
  }
  const label = first(isText)[1], certainty = fields.find(([name, value]) => CERTAINTY.test(name) && isNumber(value));
  if (label && certainty) return [headline(make("span", { textContent: label }), " ", share(certainty[1] * 100))];
  const [one, number] = first(isNumber);
  if (one !== undefined) {
    const { unit, caption } = about(schema, one);
    return [headline(...figure(number, unit)), caption && quiet(caption)];
  }
  const [, said] = first(isText);
  return said ? [headline(make("span", { textContent: said }))] : [];
}

function shown(answer, schema) {
  const raw = make("pre", { className: "wrap", tabIndex: 0, aria: { label: "Whole answer" } },
    make("code", { textContent: JSON.stringify(answer, null, 2) }));
  const found = best(answer, schema).filter(Boolean);
  if (!found.length) return [raw];
  return [...found, make("details", {}, make("summary", { className: "quiet", textContent: "Whole answer" }), raw)];
}

// The duration in seconds, with no more digits than a person can notice.
function seconds(milliseconds) {
  const number = milliseconds / 1000;
  if (number < 0.001) return "less than 0.001";
  return number.toLocaleString("en", { maximumFractionDigits: number < 0.1 ? 3 : number < 10 ? 2 : 0 });
}

// How long the answer took, in words, from the page's own clock and the Server-Timing header.
function took(milliseconds, timing) {
  const phase = (name) => {
    const found = new RegExp(`(?:^|,\\s*)${name};dur=([\\d.]+)`).exec(timing || "");
    return found ? Number(found[1]) : undefined;
  };
  const inside = phase("total"), load = phase("load");
  const ours = inside < milliseconds ? `, of which the model took ${seconds(inside)}` : "";
  const first = load === undefined ? "" : ` It was the first after a start; loading had taken ${seconds(load)}.`;
  return `Answered in ${seconds(milliseconds)} seconds${ours}.${first}`;
}
