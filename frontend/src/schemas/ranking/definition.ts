import { checkOnly } from "../../shared/answers.ts";
import { candidates, letterOf, numberOf } from "../../shared/candidates.ts";
import { t } from "../../shared/i18n.ts";
import { length as lengthOf, inputOf } from "../../shared/material/input.ts";
import { shuffled } from "../../shared/shuffle.ts";
import type { Answer, Definition, Option, Payload, Shown } from "../kind";

export const MOST = 10;

export const orderOf = (answer: Answer | undefined): number[] => (answer?.order as number[] | undefined) ?? [];

/** The places, each with a key: as many as there may be candidates. */
export function options(definition: Definition): Option[] {
  const { candidates: fields } = definition as Definition & { candidates: string | string[] };
  const n = typeof fields === "string" ? MOST : fields.length;
  return Array.from({ length: n }, (_, index) => ({ title: index === 0 ? t("Place 1, the best") : t("Place {n}", { n: index + 1 }) }));
}

/** Orders as the token shuffled them: nobody has said anything by them yet. */
const unmoved = new WeakSet<Answer>();

/** Begun in the order of the lease's token. */
export function start(definition: Definition, payload: Payload, suggestion: Answer | null | undefined, token: string): Answer {
  if (suggestion) return suggestion;
  const draft = { order: shuffled(candidates(definition, payload).length, token) };
  unmoved.add(draft);
  return draft;
}

/** The first time that an order is given in which nothing was moved, the person is asked whether it is meant. */
export function ask(definition: Definition, answer: Answer, payload?: Payload): string | null {
  if (unmoved.delete(answer)) return t("nothing was moved yet. If the order is right as it stands, give it once more.");
  return check(definition, answer, payload);
}

export function check(definition: Definition, answer: Answer, payload?: Payload): string | null {
  const odd = checkOnly(answer, "order");
  if (odd !== null) return odd;
  const { order } = answer;
  if (!Array.isArray(order) || !order.every((place) => Number.isInteger(place))) return "answer.order: must be a list of whole numbers";
  const n = payload ? candidates(definition, payload).length : order.length;
  const whole = n >= 2 && n <= MOST && [...order].sort((a, b) => a - b).join() === Array.from({ length: n }, (_, index) => index).join();
  return whole ? null : "answer.order: must name every candidate once, by its place in the payload";
}

/** By the letters of the card, or the numbers of the payload. */
export function describe(_: Definition, answer: Answer, shown?: Shown): string {
  const order = orderOf(answer);
  return order.map((candidate) => (shown ? letterOf(candidate, order.length, shown.token) : numberOf(candidate))).join(" > ");
}

export function length(definition: Definition, payload: Payload): number {
  return lengthOf(inputOf(definition), payload);
}
