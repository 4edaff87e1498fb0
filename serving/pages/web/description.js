"use strict";
// Reads from the OpenAPI document what the page needs to know about the model.

function resolve(document_, schema) {
  while (schema && schema.$ref) {
    schema = schema.$ref.slice(2).split("/").reduce((node, name) => node[name], document_);
  }
  return schema || {};
}

// Texts that may be this long get a field of several lines.
const LONG_TEXT = 1000;

const hasBase64 = (property) =>
  [property, ...(property.anyOf || [])].some((kind) => kind.contentEncoding === "base64");

// The text alternative of a property, which may also allow other types, such as a list of texts or null.
const asText = (property) =>
  [property, ...(property.anyOf || [])].find((kind) => kind.type === "string" && kind.contentEncoding !== "base64");

// Describes the first path that takes JSON, which is the model's own.
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
      // Offered as buttons. The unnamed example is the form's initial content instead.
      examples: Object.entries(others).map(([name, { summary, value }]) => ({ name, title: summary || name, value })),
      columns,
      array,
      row: array ? rowOf(document_, properties[array]) : [],
      file,
      required,
      // The text fields: all of them, or only the required ones if the model takes a picture.
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

// One line about the model being served, from the facts of /health.
function served({ version, weights, backend }) {
  const told = [weights && `weights “${weights}”`, version && `version ${version}`, backend && `back end ${backend}`];
  const line = told.filter(Boolean).join(", ");
  return line && `${line[0].toUpperCase()}${line.slice(1)} · `;
}
