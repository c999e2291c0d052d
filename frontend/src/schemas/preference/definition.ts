import { signal } from "@preact/signals";
import { checkOnly } from "../../shared/answers.ts";
import { letterOf } from "../../shared/candidates.ts";
import { t } from "../../shared/i18n.ts";
import { length as lengthOf, inputOf } from "../../shared/material/input.ts";
import { shuffled } from "../../shared/shuffle.ts";
import type { Answer, Context, Definition, Option, Payload, Shown } from "../kind";

type Tie = "tie" | "both_good" | "both_bad";
export interface Preference extends Definition {
  ties?: Tie[];
  reasons?: { tags: string[]; words: boolean };
}

/** The candidates by their place in the payload. */
const SIDES = ["first", "second"];
const TIES: Record<Tie, () => string> = {
  tie: () => t("Equally good"),
  both_good: () => t("Both are good"),
  both_bad: () => t("Both are bad"),
};

const tiesOf = (definition: Definition): Tie[] => (definition as Preference).ties ?? [];
export const reasonsOf = (definition: Definition): { tags: string[]; words: boolean } => (definition as Preference).reasons ?? { tags: [], words: false };

/** How many options answer; the others are reasons. */
export const verdicts = (definition: Definition): number => SIDES.length + tiesOf(definition).length;

export function options(definition: Definition): Option[] {
  return [
    { title: t("A is better") },
    { title: t("B is better") },
    ...tiesOf(definition).map((tie) => ({ title: TIES[tie](), answer: { preferred: tie } })),
    ...reasonsOf(definition).tags.map((tag) => ({ title: tag, hint: t("A reason") })),
  ];
}

export function check(definition: Definition, answer: Answer): string | null {
  const known: unknown[] = [...SIDES, ...tiesOf(definition)];
  return checkOnly(answer, "preferred") ?? (known.includes(answer.preferred) ? null : `answer.preferred: must be one of ${known.join(", ")}`);
}

export function describe(_: Definition, { preferred }: Answer, shown?: Shown): string {
  const tie = TIES[preferred as Tie];
  if (tie) return tie();
  const first = preferred === SIDES[0];
  if (!shown) return first ? t("First is better") : t("Second is better");
  return letterOf(first ? 0 : 1, 2, shown.token) === "A" ? t("A is better") : t("B is better");
}

export function length(definition: Definition, payload: Payload): number {
  return lengthOf(inputOf(definition), payload);
}

/** The reasons chosen on a card before its answer. */
export interface Reasons {
  token: string;
  tags: string[];
  words: string;
}
const kept = signal<Reasons>({ token: "", tags: [], words: "" });

export const reasonsNow = (context: Context): Reasons => (kept.value.token === context.token ? kept.value : noted(context));

/** What an answer that was taken back had beside it: its note, taken apart again. */
function noted({ definition, token, note = "" }: Context): Reasons {
  const tags: string[] = [];
  let words = note;
  const next = (): string | undefined => reasonsOf(definition).tags.find((tag) => !tags.includes(tag) && `${words}; `.startsWith(`${tag}; `));
  for (let tag = next(); tag; tag = next()) {
    tags.push(tag);
    words = words.slice(tag.length + 2);
  }
  return { token, tags, words };
}

export function keep(reasons: Reasons): void {
  kept.value = reasons;
}

/** What an option answers; undefined for a reason. */
export function answerOf({ definition, token, options: all }: Context, index: number): Answer | undefined {
  if (index >= verdicts(definition)) return undefined;
  return all[index]!.answer ?? { preferred: SIDES[shuffled(2, token)[index]!]! };
}

export function press(context: Context, index: number): void {
  const { options: all, give, notes } = context;
  const reasons = reasonsNow(context), answer = answerOf(context, index), tag = all[index]!.title;
  if (answer) give(answer, noteOf(reasons) || undefined);
  else if (notes) keep({ ...reasons, tags: reasons.tags.includes(tag) ? reasons.tags.filter((one) => one !== tag) : [...reasons.tags, tag] });
}

/** In the order in which the owner named them, own words last. */
function noteOf({ tags, words }: Reasons): string {
  return [...tags, words.trim()].filter(Boolean).join("; ");
}
