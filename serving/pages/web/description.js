"use strict";
// What the OpenAPI document says of the model, as the page needs it.

function resolve(document_, schema) {
  while (schema && schema.$ref) {
    schema = schema.$ref.slice(2).split("/").reduce((node, name) => node[name], document_);
  }
  return schema || {};
}

// Of texts that may be so long, people write more than a line.
const LONG_TEXT = 1000;

const hasBase64 = (property) =>
  [property, ...(property.anyOf || [])].some((kind) => kind.contentEncoding === "base64");

// A text, or what may be one among others: a list of texts, null.
const asText = (property) =>
  [property, ...(property.anyOf || [])].find((kind) => kind.type === "string" && kind.contentEncoding !== "base64");

// Of the first path that takes JSON, which is the model's own.
function describe(document_) {
  for (const [path, methods] of Object.entries(document_.paths)) {
    const content = methods.post && methods.post.requestBody && methods.post.requestBody.content;
    if (!content || !content[JSON_TYPE]) continue;
    const { schema, examples = {}, "x-columns": columns = [] } = content[JSON_TYPE];
    const { properties = {}, required = [] } = resolve(document_, schema);
    const { an_example: example, ...others } = examples;
    const values = [example, ...Object.values(others)].filter(Boolean).map(({ value }) => value);
    const array = Object.keys(properties).find((name) =>
      Array.isArray((values[0] || {})[name]) || properties[name].type === "array");
    const file = Object.keys(properties).find((name) => hasBase64(properties[name]));
    return {
      url: new URL(path.slice(1), root).href,
      example: values[0] || {},
      // To be clicked. One without a name stands in the form from the start.
      examples: Object.entries(others).map(([name, { summary, value }]) => ({ name, title: summary || name, value })),
      columns,
      array,
      row: array ? rowOf(document_, properties[array]) : [],
      file,
      required,
      // What a picture cannot go without, or, of a model that takes none, all the texts there are.
      texts: Object.keys(properties).filter((name) => name !== file && asText(properties[name])
        && (file ? required.includes(name) : true)).map((name) => ({ name, description: properties[name].description,
        isLong: asText(properties[name]).maxLength >= LONG_TEXT })),
      address: "input_url" in properties ? "input_url" : undefined,
      rawTypes: Object.keys(content).filter((type) => type !== JSON_TYPE),
      answer: resolve(document_, methods.post.responses["200"].content[JSON_TYPE].schema),
    };
  }
  return null;
}

// What is served, from /health, whose other facts are told in a line.
function served({ version, weights, backend }) {
  const told = [weights && `weights “${weights}”`, version && `version ${version}`, backend && `back end ${backend}`];
  const line = told.filter(Boolean).join(", ");
  return line && `${line[0].toUpperCase()}${line.slice(1)} · `;
}
