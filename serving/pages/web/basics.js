"use strict";
// What all other scripts use: elements, formatted numbers and tabs.

const JSON_TYPE = "application/json";
const at = (id) => document.getElementById(id);

// The page is the root of the API, with or without a trailing slash in its address. All its requests are relative to
// it, so that it works behind a stage, a base path or another server.
const root = new URL(location.pathname.replace(/\/?$/, "/"), location.origin);

function make(tag, properties = {}, ...children) {
  const { aria = {}, ...rest } = properties;
  const element = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  element.append(...children);
  return element;
}

const quiet = (text) => make("p", { className: "quiet", textContent: text });

// An error that the user can fix; `field` is the API's name for where it is.
class Problem extends Error {
  constructor(message, field) { super(message); this.field = field; }
}

const isNumber = (value) => typeof value === "number";
const isText = (value) => typeof value === "string";

// The number with a readable count of digits: 14.71, 1,234,568, 0.00002.
function readable(number) {
  const whole = Math.abs(number) >= 1000;
  return number.toLocaleString("en", whole ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 });
}

function percent(number) {
  if (number > 0 && number < 0.01) return "under 0.01%";
  return `${number.toLocaleString("en", { maximumFractionDigits: 2 })}%`;
}

const megabytes = (bytes) => `${(bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;

// Tabs with support for the arrow keys. Calls `select(index)` when the selection changes.
function tabs(list, entries, select) {
  const buttons = entries.map(({ name, panel }, index) => {
    const button = make("button", { type: "button", id: `${list.id}-${index}`, textContent: name,
      aria: { controls: panel.id } });
    button.setAttribute("role", "tab");
    button.addEventListener("click", () => choose(index));
    return button;
  });
  function choose(index) {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", String(i === index));
      button.tabIndex = i === index ? 0 : -1;
    });
    entries[index].panel.setAttribute("aria-labelledby", buttons[index].id);
    select(index);
  }
  list.addEventListener("keydown", (event) => {
    const last = entries.length - 1, now = buttons.indexOf(document.activeElement);
    const next = { ArrowRight: now === last ? 0 : now + 1, ArrowLeft: now === 0 ? last : now - 1,
      Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
    buttons[next].focus();
  });
  list.replaceChildren(...buttons);
  return choose;
}
