// Writes src/generated/ from docs/openapi.json; with --check it only says whether they are current.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const DOCUMENT = new URL("../../../docs/openapi.json", import.meta.url);
const FOLDER = new URL("../src/generated/", import.meta.url);
const HEAD = "// Generated from docs/openapi.json by `npm run generate`; not to be edited.\n\n";
const BASE = "/v1/tenants/{tenant}";

/** The list of entries of a page, and the parameter that goes on behind it; null for no page. */
function pageOf(operation, schemas) {
  const parameters = operation.parameters.map((one) => one.name);
  const next = ["cursor", "before"].find((name) => parameters.includes(name));
  if (next === undefined) return null;
  const { $ref } = operation.responses["200"].content["application/json"].schema;
  const members = Object.entries(schemas[$ref.split("/").at(-1)].properties);
  const [entries] = members.find(([name, one]) => one.type === "array" && name !== "damaged");
  return { entries, next };
}

function operationsOf(document) {
  const found = {};
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      found[operation.operationId] = {
        method: method.toUpperCase(),
        path: path.replace(BASE, ""),
        takesKey: operation.parameters.some((one) => one.name === "Idempotency-Key"),
        page: pageOf(operation, document.components.schemas),
      };
    }
  }
  return found;
}

function problemTypesOf(document) {
  const types = Object.values(document.components.responses).flatMap((response) => {
    const parts = response.content["application/problem+json"]?.schema.allOf ?? [];
    return parts.flatMap((part) => part.properties?.type?.enum ?? []);
  });
  return [...new Set(types)].sort();
}

/** JSON values have a type of the client's own, as their numbers may be exact ones. */
function jsonValue(_schema, { path }) {
  if (path !== "#/components/schemas/JsonValue") return undefined;
  return ts.factory.createTypeReferenceNode("JsonValue");
}

const document = JSON.parse(await readFile(DOCUMENT, "utf8"));
const files = {
  "schema.ts":
    `${HEAD}import type { JsonValue } from "../numbers.js";\n\n` +
    astToString(await openapiTS(document, { transform: jsonValue })),
  "operations.ts":
    `${HEAD}export const OPERATIONS = ${JSON.stringify(operationsOf(document), null, 2)} as const;\n\n` +
    `export const PROBLEM_TYPES = ${JSON.stringify(problemTypesOf(document), null, 2)} as const;\n`,
};
for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, FOLDER);
  if (!process.argv.includes("--check")) {
    await writeFile(file, text);
  } else if ((await readFile(file, "utf8")) !== text) {
    console.error(`src/generated/${name} is not what docs/openapi.json gives: run \`make client\`.`);
    process.exitCode = 1;
  }
}
