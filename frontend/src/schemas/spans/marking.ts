/** Places are Unicode code points; `end` is the first one after the span. */
export interface Span {
  start: number;
  end: number;
  label: string;
}

export const same = (one: Span, other: Span): boolean => one.start === other.start && one.end === other.end && one.label === other.label;

export const overlapping = (one: { start: number; end: number }, other: { start: number; end: number }): boolean => one.start < other.end && other.start < one.end;

/** In the one order of an answer, the server's: by place, then by the label's code points. */
export function sorted(spans: Span[]): Span[] {
  return spans.map(({ start, end, label }) => ({ start, end, label })).sort((one, other) => one.start - other.start || one.end - other.end || compare(one.label, other.label));
}

/** By code points; the browser's own order is that of UTF-16 units. */
function compare(one: string, other: string): number {
  const [mine, theirs] = [[...one], [...other]];
  const at = mine.findIndex((sign, index) => sign !== theirs[index]);
  return at < 0 ? mine.length - theirs.length : (mine[at]!.codePointAt(0) ?? 0) - (theirs[at]?.codePointAt(0) ?? -1);
}

export interface Change {
  spans: Span[];
  /** The ones that had to go. */
  gone: Span[];
}

/** Marks a span, or takes it away if it is there. Where spans may not overlap, those in its way go. */
export function put(spans: Span[], span: Span, overlap: boolean): Change {
  if (spans.some((one) => same(one, span))) return { spans: without(spans, span), gone: [span] };
  const gone = overlap ? [] : spans.filter((one) => overlapping(one, span));
  return { spans: sorted([...spans.filter((one) => !gone.includes(one)), span]), gone };
}

export const without = (spans: Span[], span: Span): Span[] => spans.filter((one) => !same(one, span));

/** The spans that share characters with a range, the shortest first. */
export function within(spans: Span[], range: { start: number; end: number }): Span[] {
  return spans.filter((one) => overlapping(one, range)).sort((one, other) => one.end - one.start - (other.end - other.start));
}

/** The next span after a place, or the last one before it; round and round. */
export function neighbour(spans: Span[], from: Span | null, at: number, step: 1 | -1): Span | undefined {
  if (spans.length === 0) return undefined;
  const here = from ? spans.findIndex((one) => same(one, from)) : -1;
  if (here >= 0) return spans[(here + step + spans.length) % spans.length];
  return step > 0 ? (spans.find((one) => one.start >= at) ?? spans[0]) : (spans.findLast((one) => one.start < at) ?? spans.at(-1));
}

/** On which line below the text each span is drawn, from 0: spans that share characters never share a line. */
export function lanes(spans: Span[]): number[] {
  const reached: number[] = [];
  return spans.map(({ start, end }) => {
    const free = reached.findIndex((to) => to <= start);
    const lane = free < 0 ? reached.length : free;
    reached[lane] = end;
    return lane;
  });
}
