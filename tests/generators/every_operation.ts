// Run with what openapi-typescript made of the document, and with openapi-fetch: does every operation, as a program of
// somebody's would. The compiler holds it to the types, under "strict" and with nothing that is `any`.
//
//     node every_operation.js ROOT PICTURE

import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const [, , root, picture] = process.argv;
const client = createClient<paths>({ baseUrl: root });

async function main(): Promise<void> {
  const row = await client.POST("/predict", { body: { input_X: [1, 2.5, null] } });
  const rows = await client.POST("/predict", { body: { input_X: [[1, 2, 3], [4, 5, 6]] } });
  const sums: number[] = rows.data?.predictions ?? [];
  const refused = await client.POST("/predict", { body: { input_X: [1] } });
  const where: string | null | undefined = refused.error && "field" in refused.error ? refused.error.field : undefined;

  const address = await client.POST("/look", { body: { input_url: "https://example.com/a.png" } });
  const label: (string | number)[] | undefined = address.data?.prediction[0];
  const bytes = await client.POST("/look", {
    body: readFileSync(picture) as unknown as string,
    headers: { "Content-Type": "image/png" },
    bodySerializer: (body) => body,
  });

  const width: number | undefined = (await client.GET("/window", { params: { query: { first: 7, names: ["a"] } } })).data
    ?.width;
  const health = await client.GET("/health");
  const version: string | undefined = health.data?.version;
  const document = await client.GET("/openapi.json");
  const docs = await client.GET("/docs", { parseAs: "text" });
  const page = await client.GET("/", { parseAs: "text" });

  console.log(JSON.stringify({
    sum: row.data?.prediction, sums, where, label, bytes: bytes.data?.prediction.length, width, version,
    openapi: document.response.status, docs: docs.data?.length, page: page.data?.length,
  }));
}

void main();
