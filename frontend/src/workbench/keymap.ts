import type { KindKey, Option } from "../schemas/kind";

/** Actions with a key of their own, and the key they have unless it is changed. */
export const ACTIONS = { undo: "u", skip: "s", abstain: "x", guideline: "g", find: "/", keys: "?" } as const;
export type Action = keyof typeof ACTIONS;
export type Overrides = Record<string, string>;

const SPARE = [..."1234567890abcdefhijklmnopqrtvwyz"];

/** The key of each action and of each option (named "0", "1", …): what the person chose, what the owner asked for,
 *  then the first number or letter that is free. No key is given twice; the kind's own and
 *  the actions keep theirs. */
export function keysFor(options: Option[], overrides: Overrides, reserved: KindKey[] = []): { actions: Record<Action, string>; options: string[] } {
  const taken = new Set(reserved.map(({ key }) => key.toLowerCase()));
  const take = (key: string | undefined): string | undefined => {
    if (key === undefined || !usable(key) || taken.has(key.toLowerCase())) return undefined;
    taken.add(key.toLowerCase());
    return key.toLowerCase();
  };
  const chosen = new Map(Object.entries(overrides).map(([name, key]) => [name, take(key)]));
  const names = Object.keys(ACTIONS) as Action[];
  const actions = Object.fromEntries(names.map((name) => [name, chosen.get(name) ?? take(ACTIONS[name]) ?? ""]));
  const asked = options.map((option, index) => chosen.get(String(index)) ?? take(option.key));
  const numbered = asked.map((key, index) => key ?? take(SPARE[index]));
  return {
    actions: actions as Record<Action, string>,
    options: numbered.map((key) => key ?? take(SPARE.find((spare) => !taken.has(spare))) ?? ""),
  };
}

/** One visible character. */
export function usable(key: string): boolean {
  return [...key].length === 1 && key.trim() !== "" && key !== "+";
}
