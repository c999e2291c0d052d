import { length as lengthOf, inputOf, sentence } from "../../shared/material/input.ts";
import type { Answer, Definition, Option, Payload } from "../kind";

export interface SingleChoice extends Definition {
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

export function length(definition: Definition, payload: Payload): number {
  return lengthOf(inputOf(definition), payload);
}
