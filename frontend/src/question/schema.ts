/** What the form understands of a JSON Schema (labelling/schemas/published.py puts them together). */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
}

export type Json = unknown;
export type Bag = Record<string, Json>;
export type Shape = "object" | "rows" | "ticks" | "lines" | "choice" | "switch" | "number" | "text" | "names" | "json";

/** Which control a part of a definition gets. */
export function shapeOf(schema: Schema): Shape {
  if (schema.properties) return "object";
  if (schema.enum) return "choice";
  if (schema.anyOf) return namesOrOne(schema.anyOf) ? "names" : "json";
  if (schema.type === "array") return shapeOfList(schema.items ?? {});
  if (schema.type === "boolean") return "switch";
  if (schema.type === "integer" || schema.type === "number") return "number";
  return schema.type === "string" ? "text" : "json";
}

function shapeOfList(items: Schema): Shape {
  if (rowOf(items)) return "rows";
  if (items.enum) return "ticks";
  return items.type === "string" ? "lines" : "json";
}

/** One name, or several. */
function namesOrOne(either: Schema[]): boolean {
  return either.every((one) => one.type === "string" || (one.type === "array" && one.items?.type === "string"));
}

/** The object that each row of a list is, where a name alone may stand for it. */
export function rowOf(items: Schema): Schema | undefined {
  return items.properties ? items : items.anyOf?.find((one) => one.properties);
}

/** "low_title" reads "Low title". */
export function titleOf(name: string, schema: Schema): string {
  const words = name.replaceAll("_", " ");
  return schema.title ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** The object with one property changed; undefined takes it away. */
export function changed(bag: Bag, name: string, value: Json): Bag {
  const { [name]: _, ...others } = bag;
  if (value === undefined) return others;
  return name in bag ? { ...bag, [name]: value } : { ...others, [name]: value };
}

export function isBag(value: Json): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** "a, b" as a list, without blanks. */
export function listed(text: string, separator: RegExp): string[] {
  return text.split(separator).map((part) => part.trim()).filter(Boolean);
}

/** What an object must hold before anything is typed into it. */
export function blank(schema: Schema): Json {
  if (schema.default !== undefined) return schema.default;
  if (schema.properties) return Object.fromEntries((schema.required ?? []).map((name) => [name, blank(schema.properties![name]!)]));
  if (schema.type === "array") return [];
  if (schema.type === "boolean") return false;
  if (schema.type === "integer" || schema.type === "number") return schema.minimum !== undefined && schema.minimum > -1 ? schema.minimum : 0;
  return schema.enum?.[0] ?? "";
}
