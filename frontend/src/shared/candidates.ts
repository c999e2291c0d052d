import type { Definition, Payload } from "../schemas/kind";
import { inputOf, parts, type Part } from "./material/input.ts";
import { AS_GIVEN, shuffled } from "./shuffle.ts";

/** Where a definition has candidates: a field that holds a list of them, or a field for each
 *  (labelling/schemas/candidates.py). */
const fieldsOf = (definition: Definition): string[] => [(definition as Definition & { candidates: string | string[] }).candidates].flat();

const LETTERS = "ABCDEFGHIJ";

/** What is compared, in the order of the payload. */
export function candidates(definition: Definition, payload: Payload): Part[] {
  const input = inputOf(definition);
  return fieldsOf(definition).flatMap((field) => parts({ ...input, fields: [field] }, payload));
}

/** What is shown beside the candidates: the prompt. */
export function prompt(definition: Definition, payload: Payload): Part[] {
  const input = inputOf(definition), compared = fieldsOf(definition);
  return parts({ ...input, fields: input.fields.filter((field) => !compared.includes(field)) }, payload);
}

/** What a candidate is called by its place in the payload, where nothing was shuffled: #1 is the first. */
export const numberOf = (candidate: number): string => `#${candidate + 1}`;

/** The letter that a candidate goes by on the card: A is the one shown first. */
export function letterOf(candidate: number, n: number, token: string): string {
  if (token === AS_GIVEN) return numberOf(candidate);
  return LETTERS[shuffled(n, token).indexOf(candidate)] ?? "";
}
