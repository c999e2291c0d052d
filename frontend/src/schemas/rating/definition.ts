import { checkOnly } from "../../shared/answers.ts";
import { t } from "../../shared/i18n.ts";
import { length as lengthOf, inputOf } from "../../shared/material/input.ts";
import type { Answer, Definition, Option, Payload } from "../kind";

export interface Scale {
  low: number;
  high: number;
  low_title?: string;
  high_title?: string;
  look?: "numbers" | "stars";
}

export const scaleOf = (definition: Definition): Scale => (definition as Definition & { scale: Scale }).scale;

/** A level has its own number for a key, where that is one digit and no level lies below nought. */
export function options(definition: Definition): Option[] {
  const { low, high, low_title, high_title } = scaleOf(definition);
  return Array.from({ length: high - low + 1 }, (_, index) => {
    const level = low + index;
    const hint = level === low ? low_title : level === high ? high_title : undefined;
    return {
      title: String(level),
      ...(hint === undefined ? {} : { hint }),
      ...(low >= 0 && level <= 9 ? { key: String(level) } : {}),
      answer: { rating: level },
    };
  });
}

export function check(definition: Definition, answer: Answer): string | null {
  const { low, high } = scaleOf(definition);
  const odd = checkOnly(answer, "rating");
  if (odd !== null) return odd;
  const level = answer.rating;
  return Number.isInteger(level) && (level as number) >= low && (level as number) <= high ? null : `answer.rating: must be a whole number from ${low} to ${high}`;
}

export function describe(definition: Definition, answer: Answer): string {
  return t("{level} of {most}", { level: Number(answer.rating), most: scaleOf(definition).high });
}

export function length(definition: Definition, payload: Payload): number {
  return lengthOf(inputOf(definition), payload);
}
