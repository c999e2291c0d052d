/** What is kept, put in or taken out between two texts. */
export interface Change {
  kind: "same" | "in" | "out";
  text: string;
}

/** Cells of the table; where two texts differ in more, they differ as a whole. Drawn anew at each key. */
const MOST_CELLS = 1_000_000;

/** The words, signs and spaces of a text. Characters of scripts without spaces stand alone. */
function words(text: string): string[] {
  return text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Myanmar}\p{Script=Khmer}]\p{M}*|[\p{L}\p{N}_][\p{L}\p{N}\p{M}_]*|\s+|\P{M}\p{M}*|\p{M}+/gu) ?? [];
}

/** The difference of two texts in words, the fewest there can be; neighbours of one kind are one change. */
export function difference(before: string, after: string): Change[] {
  const [one, other] = [words(before), words(after)];
  let first = 0;
  while (first < one.length && first < other.length && one[first] === other[first]) first++;
  let last = 0;
  while (last < Math.min(one.length, other.length) - first && one.at(-1 - last) === other.at(-1 - last)) last++;
  return joined([
    ...one.slice(0, first).map((text) => ({ kind: "same" as const, text })),
    ...between(one.slice(first, one.length - last), other.slice(first, other.length - last)),
    ...one.slice(one.length - last).map((text) => ({ kind: "same" as const, text })),
  ]);
}

/** By the longest common subsequence. */
function between(one: string[], other: string[]): Change[] {
  const taken = (texts: string[]): Change[] => texts.map((text) => ({ kind: "out", text }));
  const put = (texts: string[]): Change[] => texts.map((text) => ({ kind: "in", text }));
  if (one.length * other.length > MOST_CELLS) return [...taken(one), ...put(other)];
  const width = other.length + 1;
  const common = new Uint16Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      common[i * width + j] = one[i] === other[j] ? common[(i + 1) * width + j + 1]! + 1 : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const found: Change[] = [];
  let [i, j] = [0, 0];
  while (i < one.length && j < other.length) {
    if (one[i] === other[j]) {
      found.push({ kind: "same", text: one[i++]! });
      j++;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) found.push({ kind: "out", text: one[i++]! });
    else found.push({ kind: "in", text: other[j++]! });
  }
  return [...found, ...taken(one.slice(i)), ...put(other.slice(j))];
}

/** What was taken out before what was put in; a space between two changes is changed with them. */
function joined(changes: Change[]): Change[] {
  const found: Change[] = [];
  let [out, put] = ["", ""];
  const flush = (): void => {
    if (out) found.push({ kind: "out", text: out });
    if (put) found.push({ kind: "in", text: put });
    [out, put] = ["", ""];
  };
  for (const [index, { kind, text }] of changes.entries()) {
    const next = changes[index + 1];
    const bridge = kind === "same" && text.trim() === "" && !text.includes("\n") && out !== "" && put !== "" && next !== undefined && next.kind !== "same";
    if (kind === "same" && !bridge) {
      flush();
      const before = found.at(-1);
      if (before?.kind === "same") before.text += text;
      else found.push({ kind, text });
      continue;
    }
    if (kind !== "in") out += text;
    if (kind !== "out") put += text;
  }
  flush();
  return found;
}
