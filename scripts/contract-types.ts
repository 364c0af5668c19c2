// TypeScript types from the schemas of the public contract, for code that may not carry zod: the browser's script and
// whoever installs its declarations.
import * as z from "zod";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/**
 * One exported type for each schema; a later one refers to an earlier one that it contains.
 * @param io whether fields with a default are there (answers) or may be left out (requests)
 */
export function contractTypes(schemas: Readonly<Record<string, z.ZodType>>, io: "input" | "output"): string {
  const types = new Map<string, string>();
  for (const [name, schema] of Object.entries(schemas)) {
    const { $defs = {}, ...json } = z.toJSONSchema(schema, { io, reused: "inline", unrepresentable: "any" });
    let text = typeOf(json as Schema, $defs as Readonly<Record<string, Schema>>);
    for (const [earlier, inside] of types) text = text.replaceAll(inside, earlier);
    types.set(name, text);
  }
  return [...types].map(([name, text]) => `export type ${name} = ${text};\n`).join("\n");
}

function typeOf(schema: Schema, defs: Readonly<Record<string, Schema>>): string {
  const of = (part: Schema): string => typeOf(part, defs);
  if (schema.$ref !== undefined) return of(defs[schema.$ref.replace(/^.*\//, "")] ?? {});
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(of))].map((choice) => `(${choice})`).join(" | ");
  if (schema.allOf !== undefined) return schema.allOf.map((part) => `(${of(part)})`).join(" & ");
  switch (schema.type) {
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "number":
    case "integer":
      return "number";
    case "array":
      return `readonly (${schema.items === undefined ? "unknown" : of(schema.items)})[]`;
    case "object":
      return objectType(schema, of);
    default:
      return "unknown";
  }
}

function objectType({ properties = {}, required = [], additionalProperties }: Schema, of: (part: Schema) => string) {
  const fields = Object.entries(properties).map(([name, property]) => {
    const comment = property.description === undefined ? "" : `/** ${property.description} */\n`;
    return `${comment}readonly ${JSON.stringify(name)}${required.includes(name) ? "" : "?"}: ${of(property)};`;
  });
  const others = typeof additionalProperties === "object" ? of(additionalProperties) : "unknown";
  if (fields.length === 0) return `Readonly<Record<string, ${others}>>`;
  // An object that lets other fields pass: they are of whatever kind.
  const open = typeof additionalProperties === "object" ? `readonly [name: string]: unknown;` : "";
  return `{\n${[...fields, open].filter(Boolean).join("\n")}\n}`;
}
