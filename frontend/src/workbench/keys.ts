import { computed, effect, signal } from "@preact/signals";
import { createKeybindingsHandler } from "tinykeys";
import { keysOn } from "../shared/keysOn";
import { isForeign } from "../shared/latin";
import { local, store, stored } from "../shared/stored";
import type { Context, Kind } from "../schemas/kind";
import { skip, undo } from "./answers";
import { config } from "./config";
import { contextOf } from "./draft";
import { toggleGuideline } from "./guideline";
import { ACTIONS, keysFor, type Action, type Overrides } from "./keymap";
import { current, finding, panel } from "./state";

const WHERE = `quorum:keys:${config.project.id}`;

export const overrides = signal<Overrides>(stored(local, WHERE, {}));

let kind: Kind;
export const options = computed(() => kind.options(config.schema));
const assigned = computed(() => keysFor(options.value, overrides.value, kind.keys));

/** The keys as printed: none while they are switched off. */
export const printed = computed(() => (keysOn.value ? assigned.value : { actions: {} as Partial<Record<Action, string>>, options: [] as string[] }));

const RUN: Record<Action, () => void> = {
  undo: () => void undo(),
  skip,
  abstain: () => {
    if (current.value) panel.value = "abstain";
  },
  guideline: toggleGuideline,
  find: () => {
    finding.value++;
  },
  keys: () => {
    panel.value = "keys";
  },
};

/** Binds once; binds anew only when keys are changed. Handlers read state when they run. */
export function bindKeys(of: Kind): void {
  kind = of;
  effect(() => {
    const handle = createKeybindingsHandler(bindings());
    const listen = (event: KeyboardEvent): void => {
      if (!elsewhere(event)) handle(event);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  });
  // A held Enter would press a focused button again and again.
  window.addEventListener("keydown", (event) => event.repeat && event.key === "Enter" && event.preventDefault(), true);
}

export function remap(name: string, key: string): void {
  const { [name]: _, ...others } = overrides.value;
  overrides.value = key === "" ? others : { ...others, [name]: key.toLowerCase() };
  store(local, WHERE, overrides.value);
}

function bindings(): Record<string, (event: KeyboardEvent) => void> {
  const map: Record<string, (event: KeyboardEvent) => void> = { "$mod+z": once(RUN.undo) };
  const onCard = (run: (context: Context, event: KeyboardEvent) => void | false, held?: boolean, otherwise?: (event: KeyboardEvent) => void) => (event: KeyboardEvent): void => {
    if (event.repeat && !held) return;
    const lease = current.value;
    if (lease && !event.defaultPrevented && run(contextOf(kind, lease), event) !== false) event.preventDefault();
    else otherwise?.(event);
  };
  if (keysOn.value) {
    for (const name of Object.keys(ACTIONS) as Action[]) add(map, assigned.value.actions[name], once(RUN[name]));
    const press = kind.press ?? (({ give }: Context, index: number) => give(options.value[index]!.answer!));
    options.value.forEach((_, index) => add(map, assigned.value.options[index] ?? "", onCard((context) => press(context, index))));
    if (kind.start) map.Enter = onCard(finish);
  }
  // Arrows and the like stay: without them answers with parts could not be made by keyboard.
  for (const { key, run, held } of kind.keys ?? []) if (keysOn.value || key.length > 1) map[key] = onCard(run, held, map[key]);
  for (const [key, run] of Object.entries(map)) alsoElsewhere(map, key, run);
  return map;
}

const PLACES: Record<string, string> = { "/": "Slash", "Shift+?": "Shift+Slash", "[": "BracketLeft", "]": "BracketRight" };

/** On a keyboard of another script letters and signs are found in the place of the Latin ones: its "س" is on the key S. */
function alsoElsewhere(map: Record<string, (event: KeyboardEvent) => void>, key: string, run: (event: KeyboardEvent) => void): void {
  const place = /^[a-z]$/.test(key) ? `Key${key.toUpperCase()}` : PLACES[key];
  if (!place) return;
  map[place] = (event) => {
    if (isForeign(event.key) && !(event.key in map)) run(event);
  };
}

function add(map: Record<string, (event: KeyboardEvent) => void>, key: string, run: (event: KeyboardEvent) => void): void {
  if (key === "") return;
  map[key] = run;
  // Signs like "?" need Shift on most keyboards; digits do on the French one, where the plain key counts too.
  if (!/[a-z0-9]/.test(key)) map[`Shift+${key}`] = run;
  if (/[0-9]/.test(key)) map[`Digit${key}`] = run;
}

/** Enter gives the answer that was made, wherever the focus is but on what Enter itself works. */
function finish({ draft, give }: Context, event: KeyboardEvent): void | false {
  if (event.target instanceof HTMLElement && event.target.closest("a, summary, [data-enter], .bench__actions")) return false;
  if (draft.value) give(draft.value);
}

/** "1" and "Digit1" are one press on most keyboards. */
function once(run: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.defaultPrevented || event.repeat) return;
    event.preventDefault();
    run();
  };
}

/** Typing, or a dialog that has keys of its own. */
function elsewhere(event: KeyboardEvent): boolean {
  if (event.isComposing || panel.value !== null) return true;
  const at = event.target;
  return at instanceof HTMLElement && (at.isContentEditable || at.matches("input, textarea, select"));
}
