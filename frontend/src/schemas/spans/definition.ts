import { t } from "../../shared/i18n.ts";
import type { Answer, Definition, Option, Payload } from "../kind";
import { overlapping, same, sorted, type Span } from "./marking.ts";
import { placesOf } from "./text.ts";

export interface Spans extends Definition {
  input: { kind: "text"; fields: string[] };
  labels: { name: string; title?: string; key?: string; hint?: string }[];
  overlap: boolean;
  may_be_empty: boolean;
}

export const MAX_SPANS = 5000;

export function options(definition: Definition): Option[] {
  return (definition as Spans).labels.map(({ name, key, hint }) => ({
    title: titleOf(definition, name),
    ...(hint === undefined ? {} : { hint }),
    ...(key === undefined ? {} : { key }),
  }));
}

export function namesOf(definition: Definition): string[] {
  return (definition as Spans).labels.map((label) => label.name);
}

/** A label as people read it: "given_name" reads "Given name". */
export function titleOf(definition: Definition, name: string): string {
  const words = name.replaceAll("_", " ");
  return (definition as Spans).labels.find((label) => label.name === name)?.title ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export function textOf(definition: Definition, payload: Payload): string {
  const value = payload[(definition as Spans).input.fields[0]!];
  return typeof value === "string" ? value : "";
}

export function spansOf(answer: Answer | undefined): Span[] {
  return (answer?.spans ?? []) as Span[];
}

/** What is wrong with an answer, in the server's words. */
export function check(definition: Definition, answer: Answer, payload?: Payload): string | null {
  if (Object.keys(answer).join() !== "spans") return 'answer: must be an object with the one field "spans"';
  const given = answer.spans;
  if (!Array.isArray(given) || given.length > MAX_SPANS) return `answer.spans: must be a list of at most ${MAX_SPANS} spans`;
  if (given.length === 0 && !(definition as Spans).may_be_empty) return "answer.spans: is empty; mark at least one span";
  const length = payload ? placesOf(textOf(definition, payload)).length : Infinity;
  for (const [number, span] of given.entries()) {
    const wrong = checkSpan(definition, span, length);
    if (wrong !== null) return `answer.spans[${number}]${wrong}`;
  }
  return checkTogether(definition, sorted(given as Span[]));
}

function checkSpan(definition: Definition, span: Record<string, unknown> | null, length: number): string | null {
  if (typeof span !== "object" || span === null || Object.keys(span).sort().join() !== "end,label,start") return ": must be an object with start, end and label";
  const { start, end, label } = span;
  for (const side of ["start", "end"]) {
    if (!Number.isInteger(span[side]) || (span[side] as number) < 0) return `.${side}: must be a whole number from 0`;
  }
  if ((start as number) >= (end as number)) return ".end: must be greater than start";
  if ((end as number) > length) return `.end: is ${end as number}, but the text has only ${length} characters`;
  const names = namesOf(definition);
  return names.includes(label as string) ? null : `.label: must be one of ${names.join(", ")}`;
}

function checkTogether(definition: Definition, spans: Span[]): string | null {
  let furthest: Span | undefined;
  for (const [index, span] of spans.entries()) {
    const what = `answer.spans: '${span.label}' from ${span.start} to ${span.end}`;
    const before = spans[index - 1];
    if (before && same(before, span)) return `${what} is there twice`;
    if (!(definition as Spans).overlap && furthest && overlapping(furthest, span)) return `${what} overlaps another; that isn't allowed here`;
    if (!furthest || span.end > furthest.end) furthest = span;
  }
  return null;
}

/** "2 Place, 1 Person", in the order of the labels. */
export function describe(definition: Definition, answer: Answer): string {
  const labels = spansOf(answer).map((span) => span.label);
  const names = [...new Set([...namesOf(definition), ...labels])].filter((name) => labels.includes(name));
  const counts = names.map((name) => `${labels.filter((label) => label === name).length} ${titleOf(definition, name)}`);
  return counts.join(", ") || t("Nothing marked");
}

/** The suggested spans that may stand, or none. */
export function start(definition: Definition, payload: Payload, suggestion?: Answer | null): Answer {
  const length = placesOf(textOf(definition, payload)).length;
  const given: unknown = suggestion?.spans;
  let spans: Span[] = [];
  for (const span of Array.isArray(given) ? given : []) {
    if (checkSpan(definition, span, length) !== null) continue;
    const more = sorted([...spans, span as Span]);
    if (checkTogether(definition, more) === null) spans = more;
  }
  return { spans };
}

export function length(definition: Definition, payload: Payload): number {
  return textOf(definition, payload).length;
}
