/** What is looked for in a text: letters in any case, blanks of any kind and number. */

const MOST = 5_000;

/** Where it stands in the text: first character and the one behind the last, in order. At most 5,000 places. */
export function found(text: string, query: string): [number, number][] {
  const words = query.trim().split(/\s+/);
  if (words[0] === "") return [];
  const pattern = new RegExp(words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("\\s+"), "giu");
  const places: [number, number][] = [];
  for (const { 0: hit, index } of text.matchAll(pattern)) {
    if (places.push([index, index + hit.length]) === MOST) break;
  }
  return places;
}

/** The next place in a direction, round the end. */
export function step(from: number, by: 1 | -1, count: number): number {
  return count === 0 ? -1 : (from + by + count) % count;
}
