/** What weighed how much in a prediction (labelling/ingest/explanations.py): parts of a text or of an image. */
export interface Token {
  /** Code points of the text. */
  start: number;
  end: number;
  /** Below 0 for what spoke against. */
  weight: number;
}
export interface Region {
  /** Shares of the image's sides. */
  x: number;
  y: number;
  width: number;
  height: number;
  weight: number;
}
export interface Explanation {
  tokens?: Token[];
  regions?: Region[];
  field?: string;
}

/** A run of characters that weighed the same; weight: -1 to 1, the strongest anywhere being 1 or -1. */
export interface Run {
  text: string;
  weight: number;
}

/** The weights out of the strongest of them, -1 to 1. */
export function scaled<T extends { weight: number }>(parts: T[]): T[] {
  const most = Math.max(0, ...parts.map(({ weight }) => Math.abs(weight)));
  return most === 0 ? parts : parts.map((part) => ({ ...part, weight: part.weight / most }));
}

/** The text in runs of equal weight; where tokens overlap their weights add up. What lies outside the text is left out. */
export function runs(text: string, tokens: Token[]): Run[] {
  const characters = [...text];
  const steps = new Map<number, number>([[0, 0], [characters.length, 0]]);
  const step = (at: number, by: number): void => void steps.set(Math.min(at, characters.length), (steps.get(Math.min(at, characters.length)) ?? 0) + by);
  for (const { start, end, weight } of tokens) {
    step(start, weight);
    step(end, -weight);
  }
  const borders = [...steps.keys()].sort((one, other) => one - other);
  let sum = 0;
  const found = borders.slice(0, -1).map((at, index) => {
    sum += steps.get(at)!;
    // What cancels out leaves a rest of rounding.
    return { text: characters.slice(at, borders[index + 1]).join(""), weight: Math.abs(sum) < 1e-9 ? 0 : sum };
  });
  return scaled(found);
}

/** The strongest parts first, for or against. */
export function strongest<T extends { weight: number }>(parts: T[], n: number): T[] {
  return parts.filter(({ weight }) => weight !== 0).sort((one, other) => Math.abs(other.weight) - Math.abs(one.weight)).slice(0, n);
}
