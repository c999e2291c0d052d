import { t } from "../../shared/i18n.ts";
import { inputOf, parts, sentence, type Part } from "../../shared/material/input.ts";
import type { Answer, Definition, Option, Payload } from "../kind";

/** Places are whole numbers out of this much of the image's width and height. */
export const WHOLE = 10_000;
const MAX_BOXES = 200;
const FIELDS = ["label", "x", "y", "width", "height"];

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface Box extends Place {
  label: string;
}
interface Named {
  name: string;
  title?: string;
  key?: string;
  hint?: string;
}

export const labelsOf = (definition: Definition): Named[] => definition.labels as Named[];
export const leastOf = (definition: Definition): number => (definition.minimum_size as number | undefined) ?? 1;
export const boxesOf = (answer: Answer | undefined): Box[] => (answer?.boxes as Box[] | undefined) ?? [];

export function titleOf(definition: Definition, name: string): string {
  return labelsOf(definition).find((label) => label.name === name)?.title ?? sentence(name);
}

export function options(definition: Definition): Option[] {
  return labelsOf(definition).map(({ name, key, hint }) => ({
    title: titleOf(definition, name),
    ...(hint === undefined ? {} : { hint }),
    ...(key === undefined ? {} : { key }),
  }));
}

export function start(definition: Definition, _: Payload, suggestion?: Answer | null): Answer {
  return suggestion && check(definition, suggestion) === null ? suggestion : { boxes: [] };
}

/** The rules of check_answer in labelling/schemas/boxes.py. */
export function check(definition: Definition, answer: Answer): string | null {
  if (!isObject(answer) || Object.keys(answer).join() !== "boxes") return 'answer: must be an object with the one field "boxes"';
  const boxes = answer.boxes;
  if (!Array.isArray(boxes) || boxes.length > MAX_BOXES) return `answer.boxes: must be a list of at most ${MAX_BOXES} boxes`;
  if (boxes.length === 0 && definition.may_be_empty === false) return t("draw at least one box");
  for (const [number, box] of boxes.entries()) {
    const wrong = checkBox(definition, box, `answer.boxes[${number}]`);
    if (wrong) return wrong;
  }
  const spelled = boxes.map((box: Box) => FIELDS.map((field) => box[field as keyof Box]).join());
  const twice = spelled.findIndex((text, number) => spelled.indexOf(text) < number);
  return twice < 0 ? null : `answer.boxes[${twice}]: is there twice`;
}

function checkBox(definition: Definition, box: unknown, where: string): string | null {
  if (!isObject(box) || Object.keys(box).sort().join() !== [...FIELDS].sort().join()) return `${where}: must be an object with the fields ${FIELDS.join(", ")}`;
  const names = labelsOf(definition).map(({ name }) => name);
  if (!names.includes(box.label as string)) return `${where}.label: must be one of ${names.join(", ")}`;
  for (const [from, length] of [["x", "width"], ["y", "height"]] as const) {
    if (!whole(box[from], 0)) return `${where}.${from}: must be a whole number from 0 to ${WHOLE}`;
    if (!whole(box[length], leastOf(definition))) return `${where}.${length}: must be a whole number from ${leastOf(definition)} to ${WHOLE}`;
    if ((box[from] as number) + (box[length] as number) > WHOLE) return `${where}.${length}: reaches beyond the image: ${from} and ${length} exceed ${WHOLE}`;
  }
  return null;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const whole = (value: unknown, least: number): boolean => Number.isInteger(value) && (value as number) >= least && (value as number) <= WHOLE;

/** How many of what: "2 Car, 1 Bicycle". */
export function describe(definition: Definition, answer: Answer): string {
  const counted = labelsOf(definition).map(({ name }) => ({ name, n: boxesOf(answer).filter(({ label }) => label === name).length }));
  return counted.filter(({ n }) => n > 0).map(({ name, n }) => `${n} ${titleOf(definition, name)}`).join(", ") || t("no boxes");
}

/** Where a box is, as it is read aloud. */
export function placed({ x, y, width, height }: Place): string {
  const percent = (value: number): string => `${Math.round((value / WHOLE) * 100)}%`;
  return t("{x} from the left, {y} from the top, {width} wide, {height} high", {
    x: percent(x), y: percent(y), width: percent(width), height: percent(height),
  });
}

/** The image to draw on. */
export function imagePart(definition: Definition, payload: Payload): Part | undefined {
  return parts(inputOf(definition), payload)[0];
}

/** There is nothing to read; looking takes as long as some lines do. */
export const length = (): number => 400;
