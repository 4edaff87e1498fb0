"use strict";
// A form for a row that is an object, with a field of the right type for each column.

// The columns of a list's entries in the API document; empty if the entries are not objects.
function rowOf(document_, list) {
  const { properties = {} } = resolve(document_, resolve(document_, list).items);
  return Object.entries(properties).map(([name, schema]) => {
    const kinds = [schema, ...(schema.anyOf || [])].map((kind) => resolve(document_, kind));
    const is = (type) => kinds.some((kind) => kind.type === type);
    return {
      name,
      description: schema.description,
      choices: is("boolean") ? [true, false] : (kinds.find((kind) => kind.enum) || {}).enum,
      isText: is("string"),
      isOptional: is("null"),
    };
  });
}

const optionOf = (text, value) => make("option", { textContent: text, value });

function choiceField({ choices, isOptional }) {
  const options = choices.map((choice, place) => optionOf(String(choice), String(place)));
  const input = make("select", {}, ...(isOptional ? [optionOf("", "")] : []), ...options);
  return {
    input,
    get: () => (input.value === "" ? null : choices[Number(input.value)]),
    set: (value) => { input.value = choices.includes(value) ? String(choices.indexOf(value)) : ""; },
  };
}

function typedField({ isText, isOptional }) {
  const input = make("input", { type: isText ? "text" : "number", step: "any", autocomplete: "off" });
  return {
    input,
    get: () => (input.value === "" && (isOptional || !isText) ? null : isText ? input.value : Number(input.value)),
    set: (value) => { input.value = value ?? ""; },
  };
}

function rowWay(model) {
  const fields = model.row.map((column) => {
    const made = (column.choices ? choiceField : typedField)(column);
    const { name, description } = column;
    return { ...made, name, shown: labelled(made.input, description || name, description && name) };
  });
  const pathOf = (name) => `${model.array}[0].${name}`;
  function use({ value }) {
    const rows = value[model.array] || [];
    // The form holds a single row.
    if (rows.length > 1) return false;
    fields.forEach(({ name, set }) => set((rows[0] || {})[name]));
    return true;
  }
  use({ value: model.example });
  return {
    name: "Form",
    panel: make("div", {},
      make("div", { className: "columns" }, ...fields.map(({ shown }) => shown.field)),
      model.row.some(({ isOptional }) => isOptional) ? quiet("An empty field is sent as null, a missing value.") : ""),
    request() {
      const wrong = fields.find(({ input }) => input.validity.badInput);
      if (wrong) throw new Problem("This is not a number.", pathOf(wrong.name));
      const row = Object.fromEntries(fields.map(({ name, get }) => [name, get()]));
      return jsonRequest({ ...model.example, [model.array]: [row] });
    },
    fieldOf: (path) => (fields.find(({ name }) => path === pathOf(name)) || {}).shown,
    use,
  };
}
