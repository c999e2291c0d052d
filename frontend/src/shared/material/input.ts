/** What labellers are shown: the part of a definition named `input`, the same for every kind of label
 *  (labelling/schemas/inputs.py says what is valid). */

export type Format = "plain" | "markdown" | "html" | "image";

export interface Input {
  kind: "text" | "text_pair" | "texts" | "image";
  fields: string[];
  format?: Format | Record<string, Format>;
}

/** One thing to look at. */
export interface Part {
  field: string;
  /** The field's name in words, numbered where it holds several. */
  title: string;
  format: Format;
  /** An image as it was sent, or text; null where the payload has none. */
  value: unknown;
}

type Payload = Record<string, unknown>;

export function inputOf(definition: Record<string, unknown>): Input {
  return (definition.input as Input | undefined) ?? { kind: "text", fields: [] };
}

export function formatOf({ kind, format = "plain" }: Input, field: string): Format {
  if (kind === "image") return "image";
  return typeof format === "string" ? format : (format[field] ?? "plain");
}

/** Everything shown of a payload, in the order of the fields. */
export function parts(input: Input, payload: Payload): Part[] {
  return input.fields.flatMap((field) => {
    const format = formatOf(input, field);
    const of = (value: unknown, number = ""): Part => ({ field, title: sentence(field) + number, format, value: format === "image" ? value : asText(value) });
    const value = payload[field];
    return input.kind === "texts" && Array.isArray(value) ? value.map((one, index) => of(one, ` ${index + 1}`)) : [of(value)];
  });
}

/** Characters to read. */
export function length(input: Input, payload: Payload): number {
  return parts(input, payload).reduce((sum, { format, value }) => sum + (format === "image" ? 0 : ((value as string | null)?.length ?? 0)), 0);
}

function asText(value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** "no_match" reads "No match". */
export function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
