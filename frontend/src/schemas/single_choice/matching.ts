import type { Option } from "../kind";

/** The numbers of the options that the words fit, those that begin with them first; all, where nothing is asked. */
export function matching(options: Option[], words: string): number[] {
  const asked = plain(words);
  const numbers = options.map((_, number) => number);
  if (asked === "") return numbers;
  const title = (number: number): string => plain(options[number]!.title);
  const fitting = numbers.filter((number) => `${title(number)} ${plain(options[number]!.hint ?? "")}`.includes(asked));
  const begins = (number: number): boolean => title(number).startsWith(asked);
  return [...fitting.filter(begins), ...fitting.filter((number) => !begins(number))];
}

/** Without case and accents: nobody types those to find something. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
