import { checkOnly } from "../../shared/answers.ts";
import { plural } from "../../shared/counting.ts";
import { t } from "../../shared/i18n.ts";
import { length as lengthOf, inputOf, sentence } from "../../shared/material/input.ts";
import type { Answer, Context, Definition, Option, Payload } from "../kind";

export interface MultipleChoice extends Definition {
  choices: { name: string; title?: string; key?: string; hint?: string }[];
  minimum: number;
  maximum: number;
}

const namesOf = (definition: Definition): string[] => (definition as MultipleChoice).choices.map(({ name }) => name);
export const chosenOf = (answer: Answer | null | undefined): string[] => (answer?.choices as string[] | undefined) ?? [];

export function options(definition: Definition): Option[] {
  return (definition as MultipleChoice).choices.map(({ name, title, key, hint }) => ({
    title: title ?? sentence(name),
    ...(hint === undefined ? {} : { hint }),
    ...(key === undefined ? {} : { key }),
  }));
}

export function start(_: Definition, __: Payload, suggestion?: Answer | null): Answer {
  return { choices: chosenOf(suggestion) };
}

export function press({ definition, draft }: Context, index: number): void {
  draft.value = toggled(definition, chosenOf(draft.value), index);
}

/** With the option or without it, in the order of the definition. Where one is all that may be, it takes the place of the
 *  other; beyond the most, nothing changes. */
export function toggled(definition: Definition, chosen: string[], index: number): Answer {
  const names = namesOf(definition), name = names[index]!;
  const { maximum } = definition as MultipleChoice;
  if (chosen.includes(name)) return { choices: chosen.filter((one) => one !== name) };
  if (maximum === 1) return { choices: [name] };
  if (chosen.length >= maximum) return { choices: chosen };
  return { choices: names.filter((one) => one === name || chosen.includes(one)) };
}

/** How many there are and may be, in words. */
export function count(definition: Definition, chosen: string[]): string {
  const { minimum, maximum } = definition as MultipleChoice;
  const n = chosen.length;
  if (n < minimum) return plural("Choose one more", "Choose {n} more", minimum - n);
  if (n >= maximum && maximum > 1) return t("{n} chosen, the most there may be", { n });
  return n === 0 ? t("None chosen") : t("{n} chosen", { n });
}

export function check(definition: Definition, answer: Answer): string | null {
  const odd = checkOnly(answer, "choices");
  if (odd !== null) return odd;
  const names = namesOf(definition), chosen = answer.choices;
  if (!Array.isArray(chosen)) return "answer.choices: must be a list of names";
  if (!chosen.every((name) => names.includes(name))) return `answer.choices: must be some of ${names.join(", ")}`;
  if (new Set(chosen).size < chosen.length) return "answer.choices: names one twice";
  const { minimum, maximum } = definition as MultipleChoice;
  if (chosen.length >= minimum && chosen.length <= maximum) return null;
  return minimum === maximum ? t("choose {n}", { n: minimum }) : t("choose {least} to {most}", { least: minimum, most: maximum });
}

export function describe(definition: Definition, answer: Answer): string {
  const titles = options(definition), names = namesOf(definition);
  return chosenOf(answer).map((name) => titles[names.indexOf(name)]?.title ?? name).join(", ") || t("None of them");
}

export function length(definition: Definition, payload: Payload): number {
  return lengthOf(inputOf(definition), payload);
}
