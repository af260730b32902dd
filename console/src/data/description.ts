/** What the deployed application has, as its own description says: types, tasks and targets. */

export interface JsonSchema {
  $ref?: string;
  type?: string | readonly string[];
  enum?: readonly unknown[];
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  items?: JsonSchema;
  additionalProperties?: boolean | JsonSchema;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  title?: string;
  description?: string;
  example?: unknown;
}

export interface Application {
  /** By the name of a type of items, the schema of their attributes. */
  itemTypes: Readonly<Record<string, JsonSchema>>;
  taskTypes: readonly string[];
  importTargets: readonly string[];
}

type Schemas = Readonly<Record<string, JsonSchema>>;

let known: Promise<Application> | undefined;

/** Read it once; a failure is not kept. */
export function readApplication(api: string): Promise<Application> {
  known ??= read(api).catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function read(api: string): Promise<Application> {
  const answer = await fetch(`${api}/openapi.json`);
  if (!answer.ok) throw new Error(`/openapi.json was answered by ${answer.status}`);
  const { components } = (await answer.json()) as { components: { schemas: Schemas } };
  const all = components.schemas;
  const types = Object.entries(all["ItemTypes"]?.properties ?? {});
  return {
    itemTypes: Object.fromEntries(types.map(([name, schema]) => [name, resolved(schema, all)])),
    taskTypes: namesOf(all["TaskType"]),
    importTargets: namesOf(all["ImportTarget"]),
  };
}

/** A schema whose references are what they refer to; one that refers to itself is cut there. */
function resolved(schema: JsonSchema, all: Schemas, within: readonly string[] = []): JsonSchema {
  if (schema.$ref !== undefined) {
    const place = schema.$ref;
    const found = at(place, all);
    if (found === undefined || within.includes(place)) return {};
    return { ...resolved(found, all, [...within, place]), ...withoutReference(schema) };
  }
  const each = (one: JsonSchema) => resolved(one, all, within);
  return {
    ...schema,
    ...(schema.anyOf && { anyOf: schema.anyOf.map(each) }),
    ...(schema.oneOf && { oneOf: schema.oneOf.map(each) }),
    ...(schema.items && { items: each(schema.items) }),
    ...(schema.properties && {
      properties: Object.fromEntries(
        Object.entries(schema.properties).map(([name, one]) => [name, each(one)]),
      ),
    }),
  };
}

/** The schema at a place such as `#/components/schemas/Attributes.AIRPORT/$defs/City`. */
function at(place: string, all: Schemas): JsonSchema | undefined {
  let found: unknown = { components: { schemas: all } };
  for (const step of place.replace(/^#\//, "").split("/")) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    found = (found as Record<string, unknown> | undefined)?.[name];
  }
  return found as JsonSchema | undefined;
}

function withoutReference(schema: JsonSchema): JsonSchema {
  const more = { ...schema };
  delete more.$ref;
  return more;
}

function namesOf(schema: JsonSchema | undefined): string[] {
  return (schema?.enum ?? []).map(String);
}
