import { inputOf, length as reading } from "../../shared/material/input.ts";
import type { Answer, Definition, Option, Payload } from "../kind";

export interface Transcription extends Definition {
  source?: string;
  max_length?: number;
  multiline?: boolean;
  may_be_empty?: boolean;
  spellcheck?: boolean;
}

const DEFAULT_LENGTH = 2000;
const LONGEST_DESCRIPTION = 80;

// Unicode's White_Space, as the server has it; languages differ in what they call a space.
const BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g;
const BLANK = "\t \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000";
const ODD = /[\0-\x08\x0e-\x1f\x7f\p{Surrogate}]/u;

/** No key gives an answer: it is typed. */
export function options(): Option[] {
  return [];
}

export function isMultiline(definition: Definition): boolean {
  return (definition as Transcription).multiline ?? true;
}

/** The one spelling of a text: NFC, one sign between lines, no space at the ends of lines and of the whole. */
export function cleaned(definition: Definition, text: string): string {
  const lines = text.normalize("NFC").replace(BREAK, "\n").split("\n");
  if (!isMultiline(definition)) return lines.map((line) => stripped(line, BLANK)).filter((line) => line !== "").join(" ");
  return stripped(lines.map((line) => line.slice(0, endOf(line, BLANK))).join("\n"), BLANK + "\n");
}

/** Sign by sign, not by a pattern: one that ends in "up to a line break" takes minutes for a million blanks. */
function stripped(text: string, signs: string): string {
  const end = endOf(text, signs);
  let start = 0;
  while (start < end && signs.includes(text[start]!)) start += 1;
  return text.slice(start, end);
}

function endOf(text: string, signs: string): number {
  let end = text.length;
  while (end > 0 && signs.includes(text[end - 1]!)) end -= 1;
  return end;
}

export function textOf(answer: Answer | undefined): string {
  return typeof answer?.text === "string" ? answer.text : "";
}

/** Characters that are too many, as people and the server count them: code points. */
export function tooMany(definition: Definition, text: string): number {
  return [...cleaned(definition, text)].length - ((definition as Transcription).max_length ?? DEFAULT_LENGTH);
}

/** What is wrong with an answer, in the server's words. */
export function check(definition: Definition, answer: Answer): string | null {
  if (Object.keys(answer).join() !== "text") return 'answer: must be an object with the one field "text"';
  if (typeof answer.text !== "string") return "answer.text: must be text";
  if (ODD.test(answer.text)) return "answer.text: holds a character that can't be written, such as NUL; take it out";
  const text = cleaned(definition, answer.text);
  if (text === "" && !(definition as Transcription).may_be_empty) return "answer.text: is empty";
  const most = (definition as Transcription).max_length ?? DEFAULT_LENGTH;
  const length = [...text].length;
  return length > most ? `answer.text: has ${length} characters; at most ${most} are allowed` : null;
}

/** Its beginning. */
export function describe(_: Definition, answer: Answer): string {
  const text = textOf(answer).replace(/\s+/g, " ").trim();
  return text.length > LONGEST_DESCRIPTION ? `${text.slice(0, LONGEST_DESCRIPTION - 1)}…` : text;
}

/** What the model suggested for a payload, for as long as its card may come back. */
const suggested = new WeakMap<Payload, string>();

/** What the text began as: the model's, or the one to be corrected. null where there is none. */
export function begun(definition: Definition, payload: Payload): string | null {
  const { source } = definition as Transcription;
  const given = source === undefined ? undefined : payload[source];
  return suggested.get(payload) ?? (typeof given === "string" ? given : null);
}

export function start(definition: Definition, payload: Payload, suggestion?: Answer | null): Answer {
  if (typeof suggestion?.text === "string") suggested.set(payload, suggestion.text);
  return { text: begun(definition, payload) ?? "" };
}

export function length(definition: Definition, payload: Payload): number {
  return reading(inputOf(definition), payload) + (begun(definition, payload)?.length ?? 0);
}
