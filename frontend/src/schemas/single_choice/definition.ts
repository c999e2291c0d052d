import type { Answer, Definition, Option, Payload } from "../kind";

export interface SingleChoice extends Definition {
  input: { kind: "text" | "text_pair"; fields: string[] };
  choices: { name: string; title?: string; key?: string; hint?: string }[];
}

export function options(definition: Definition): Option[] {
  return (definition as SingleChoice).choices.map(({ name, title, key, hint }) => ({
    title: title ?? sentence(name),
    ...(hint === undefined ? {} : { hint }),
    ...(key === undefined ? {} : { key }),
    answer: { choice: name },
  }));
}

export function check(definition: Definition, answer: Answer): string | null {
  const names = (definition as SingleChoice).choices.map((choice) => choice.name);
  const fields = Object.keys(answer);
  if (fields.length !== 1 || fields[0] !== "choice") return 'answer: must be an object with the one field "choice"';
  return names.includes(answer.choice as string) ? null : `answer.choice: must be one of ${names.join(", ")}`;
}

export function describe(definition: Definition, answer: Answer): string {
  return options(definition).find((option) => option.answer?.choice === answer.choice)?.title ?? String(answer.choice);
}

/** The texts to show, each with its field's name; null where the payload has none. */
export function texts(definition: Definition, payload: Payload): { field: string; text: string | null }[] {
  return (definition as SingleChoice).input.fields.map((field) => ({ field: sentence(field), text: asText(payload[field]) }));
}

export function length(definition: Definition, payload: Payload): number {
  return texts(definition, payload).reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
}

function asText(value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** "no_match" reads "No match". */
function sentence(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
