import { lanes, type Span } from "./marking";
import { rangeOf, type Choice, type Marking } from "./state";
import { pieceAt } from "./text";

/** How a stretch of a piece looks. */
interface Look {
  text: string;
  /** The number of the label on each line under it, from the text down; null where a line is free. */
  lines: (number | null)[];
  /** The names of the labels that end here, and the number of the first of them. */
  tag: string;
  ends: number;
  chosen: boolean;
  head: boolean;
}

interface Drawn {
  span: Span;
  start: number;
  end: number;
  lane: number;
}

export interface Names {
  of: (span: Span) => string;
  number: (span: Span) => number;
}

/** From so many pieces on, paragraphs out of sight are not laid out. */
const LONG = 2000;

/** Puts the pieces of a text in place, a block a paragraph; returns what draws spans and what is chosen on them. Only
 *  pieces that look different are touched. Space is plain text until it is marked. */
export function painter(root: HTMLElement, marking: Marking, names: Names): (spans: Span[], choice: Choice | null) => void {
  const { pieces, text } = marking;
  const written = (index: number): string => text.slice(pieces[index]!.start, pieces[index]!.end);
  const nodes = pieces.map(({ solid }, index) => (solid ? element(written(index)) : document.createTextNode(written(index))));
  const paragraphs: HTMLElement[] = [];
  for (const [index, node] of nodes.entries()) {
    if (index === 0 || written(index - 1).endsWith("\n")) paragraphs.push(element(""));
    paragraphs.at(-1)!.append(node);
  }
  root.classList.toggle("spans__text--long", pieces.length > LONG);
  root.replaceChildren(...paragraphs);
  marking.nodes = nodes;
  const dressed = (index: number, looks: Look[]): void => {
    let node = nodes[index]!;
    if (node instanceof Text) {
      node.replaceWith((node = element(node.data)));
      nodes[index] = node;
    }
    dress(node, looks);
  };
  let before = new Map<number, string>();
  return (spans, choice) => {
    const on = lanes(spans);
    const drawn = spans.map((span, index) => ({ span, ...rangeOf(marking, span), lane: on[index]! })).filter(({ start, end }) => start < end && end <= text.length);
    const now = new Map<number, string>();
    for (const { start, end } of choice ? [...drawn, choice] : drawn) {
      for (let at = pieceAt(pieces, start), last = pieceAt(pieces, end - 1); at <= last; at++) {
        if (now.has(at)) continue;
        const looks = looksOf(marking, at, drawn, choice, names);
        now.set(at, JSON.stringify(looks));
        if (before.get(at) !== now.get(at)) dressed(at, looks);
      }
    }
    for (const at of before.keys()) if (!now.has(at)) dressed(at, [{ ...PLAIN, text: written(at) }]);
    before = now;
    root.style.setProperty("--lanes", String(Math.max(1, ...on.map((lane) => lane + 1))));
  };
}

const element = (text: string): HTMLElement => Object.assign(document.createElement("span"), { textContent: text });
const PLAIN: Look = { text: "", lines: [], tag: "", ends: 0, chosen: false, head: false };

/** A piece is cut where a span or the choice begins or ends within it. */
function looksOf({ pieces, text }: Marking, index: number, drawn: Drawn[], choice: Choice | null, names: Names): Look[] {
  const piece = pieces[index]!;
  const here = drawn.filter(({ start, end }) => start < piece.end && piece.start < end);
  const borders = [...here, ...(choice ? [choice] : [])].flatMap(({ start, end }) => [start, end]).filter((at) => at > piece.start && at < piece.end);
  const cuts = [...new Set([piece.start, ...borders, piece.end])].sort((one, other) => one - other);
  return cuts.slice(0, -1).map((start, number) => {
    const end = cuts[number + 1]!;
    const lines: (number | null)[] = [];
    for (const one of here) if (one.start <= start && end <= one.end) lines[one.lane] = names.number(one.span);
    const chosen = choice !== null && choice.start <= start && end <= choice.end;
    const ending = here.filter((one) => one.end === end).map(({ span }) => span);
    return {
      text: text.slice(start, end), lines: Array.from(lines, (line) => line ?? null), chosen, head: chosen && choice.head === index,
      tag: ending.map((span) => short(names.of(span))).join(" · ").replaceAll(" ", "\u00a0"), ends: ending[0] ? names.number(ending[0]) : 0,
    };
  });
}

const LONGEST_TAG = 24;
const short = (name: string): string => (name.length > LONGEST_TAG ? `${name.slice(0, LONGEST_TAG - 1)}…` : name);

function dress(box: HTMLElement, looks: Look[]): void {
  const [only] = looks;
  if (looks.length === 1) {
    if (box.childElementCount > 0) box.textContent = only!.text;
    wear(box, only!);
    return;
  }
  wear(box, PLAIN);
  box.replaceChildren(...looks.map((look) => {
    const part = element(look.text);
    wear(part, look);
    return part;
  }));
}

function wear(box: HTMLElement, { lines, tag, ends, chosen, head }: Look): void {
  box.toggleAttribute("data-chosen", chosen);
  box.toggleAttribute("data-head", head);
  if (tag === "") delete box.dataset.tag;
  else box.dataset.tag = tag;
  box.style.cssText = lines.length > 0 ? `${css(lines)}; --tag: ${colourOf(ends)}` : "";
}

const HUES = 8;
/** Colours alone tell nothing to some: each label has one of three lines too, and its name after the span. */
const LINES = [
  (colour: string) => `linear-gradient(${colour}, ${colour})`,
  (colour: string) => `repeating-linear-gradient(90deg, ${colour} 0 0.5em, transparent 0.5em 0.7em)`,
  (colour: string) => `repeating-linear-gradient(90deg, ${colour} 0 0.18em, transparent 0.18em 0.36em)`,
];

export const colourOf = (number: number): string => `var(--span-${number % HUES})`;
export const lineOf = (number: number): string => LINES[number % LINES.length]!(colourOf(number));

function css(lines: (number | null)[]): string {
  const used = lines.flatMap((number, lane) => (number === null ? [] : [{ number, lane }]));
  const images = used.map(({ number }) => lineOf(number)).join(", ");
  const places = used.map(({ lane }) => `0 calc(100% - ${(lines.length - 1 - lane) * 0.24}em)`).join(", ");
  return `background-image: ${images}; background-position: ${places}; padding-block-end: ${0.2 + lines.length * 0.24}em; --tint: ${colourOf(used[0]!.number)}`;
}
