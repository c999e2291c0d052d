/** Places in a text: browsers count UTF-16 units, answers count Unicode code points. */
export interface Places {
  /** In code points. */
  length: number;
  toPoint: (unit: number) => number;
  toUnit: (point: number) => number;
}

export function placesOf(text: string): Places {
  const pairs = Array.from(text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g), (match) => match.index);
  return {
    length: text.length - pairs.length,
    toPoint: (unit) => unit - count(pairs, (pair) => pair + 1 < unit),
    toUnit: (point) => point + count(pairs, (pair, before) => pair - before < point),
  };
}

/** How many of the sorted places come first for which it holds. */
function count(places: number[], holds: (place: number, index: number) => boolean): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(places[middle]!, middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A word, a sign, or the space between; in UTF-16 units. */
export interface Piece {
  start: number;
  end: number;
  /** Whether it can be chosen: not just space. */
  solid: boolean;
}

// Browsers before 2024 may have no Intl.Segmenter; then words are what letters and digits make.
const PLAIN = { word: /\s+|[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]\p{M}*/gu, grapheme: /\P{M}\p{M}*|\p{M}+/gu };

function cut(text: string, granularity: "word" | "grapheme"): string[] {
  if (!("Segmenter" in Intl)) return text.match(PLAIN[granularity]) ?? [];
  return Array.from(new Intl.Segmenter(undefined, { granularity }).segment(text), ({ segment }) => segment);
}

/** The pieces of a text, one after the other without gaps: words as its language has them, with or without spaces. A
 *  line break ends a piece. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const segment of cut(text, "word")) {
    const end = start + segment.length;
    const solid = segment.trim() !== "";
    const last = pieces.at(-1);
    if (last && !last.solid && !solid && text[start - 1] !== "\n") last.end = end;
    else pieces.push({ start, end, solid });
    start = end;
  }
  return pieces;
}

/** The index of the piece that holds a unit; the last one for a place after the text. */
export function pieceAt(pieces: Piece[], unit: number): number {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle]!.end <= unit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Longer than what people see as one character ever is. */
const WINDOW = 64;

/** The next border between two characters as people see them, or the one before. */
export function step(text: string, unit: number, forward: boolean): number {
  if (forward) return unit + (cut(text.slice(unit, unit + WINDOW), "grapheme")[0]?.length ?? 0);
  return unit - (cut(text.slice(Math.max(0, unit - WINDOW), unit), "grapheme").at(-1)?.length ?? 0);
}

/** The range between two units, drawn wide to whole words or, if `exact`, to whole characters; without space at its
 *  ends. null where nothing but space is left. */
export function snapped(text: string, pieces: Piece[], from: number, to: number, exact: boolean): { start: number; end: number } | null {
  let [start, end] = [Math.min(from, to), Math.max(from, to)];
  if (exact) {
    const first = pieces[pieceAt(pieces, start)]!.start;
    let at = first;
    for (let next = at; next <= start && at < text.length; next = step(text, at, true)) at = next;
    start = at;
    while (at < end) at = step(text, at, true);
    end = at;
  } else {
    start = pieces[pieceAt(pieces, start)]?.start ?? 0;
    end = pieces[pieceAt(pieces, end - 1)]?.end ?? 0;
  }
  const inner = text.slice(start, end);
  start += inner.length - inner.trimStart().length;
  end -= inner.length - inner.trimEnd().length;
  return start < end ? { start, end } : null;
}

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}]/u;

/** A text to be quoted in a sentence: set apart from its direction (Unicode's isolates) where it may read the other way. */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

/** Whether the paragraph at a unit reads from right to left: its first letter says so. */
export function rightToLeft(text: string, unit: number): boolean {
  const from = text.lastIndexOf("\n", unit - 1) + 1;
  const to = text.indexOf("\n", unit);
  const letter = text.slice(from, to < 0 ? undefined : to).match(/\p{L}/u);
  return letter !== null && RIGHT_TO_LEFT.test(letter[0]);
}
