import { computed, effect, signal } from "@preact/signals";
import { createKeybindingsHandler } from "tinykeys";
import { local, store, stored } from "../shared/stored";
import type { Kind } from "../schemas/kind";
import { label, skip, undo } from "./answers";
import { config } from "./config";
import { toggleGuideline } from "./guideline";
import { ACTIONS, keysFor, type Action, type Overrides } from "./keymap";
import { current, panel } from "./state";

const WHERE = `quorum:keys:${config.project.id}`;
const SWITCH = "quorum:keys-on";

export const overrides = signal<Overrides>(stored(local, WHERE, {}));
/** Single keys can be switched off for speech input and unsteady hands (WCAG 2.1.4). */
export const keysOn = signal<boolean>(stored(local, SWITCH, true));

let kind: Kind;
const options = computed(() => kind.options(config.schema));
const assigned = computed(() => keysFor(options.value, overrides.value));

/** The keys as printed: none while they are switched off. */
export const printed = computed(() => (keysOn.value ? assigned.value : { actions: {} as Partial<Record<Action, string>>, options: [] as string[] }));

const RUN: Record<Action, () => void> = {
  undo: () => void undo(),
  skip,
  abstain: () => {
    if (current.value) panel.value = "abstain";
  },
  guideline: toggleGuideline,
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

export function switchKeys(on: boolean): void {
  keysOn.value = on;
  store(local, SWITCH, on);
}

function bindings(): Record<string, (event: KeyboardEvent) => void> {
  const map: Record<string, (event: KeyboardEvent) => void> = { "$mod+z": once(RUN.undo) };
  if (!keysOn.value) return map;
  for (const name of Object.keys(ACTIONS) as Action[]) add(map, assigned.value.actions[name], once(RUN[name]));
  options.value.forEach((option, index) => add(map, assigned.value.options[index] ?? "", once(() => label(kind, option.answer))));
  return map;
}

function add(map: Record<string, (event: KeyboardEvent) => void>, key: string, run: (event: KeyboardEvent) => void): void {
  if (key === "") return;
  map[key] = run;
  // Signs like "?" need Shift on most keyboards; digits do on the French one, where the plain key counts too.
  if (!/[a-z0-9]/.test(key)) map[`Shift+${key}`] = run;
  if (/[0-9]/.test(key)) map[`Digit${key}`] = run;
}

/** "1" and "Digit1" are one press on most keyboards. */
function once(run: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    run();
  };
}

/** Typing, a held key, or a dialog that has keys of its own. */
function elsewhere(event: KeyboardEvent): boolean {
  if (event.repeat || event.isComposing || panel.value !== null) return true;
  const at = event.target;
  return at instanceof HTMLElement && (at.isContentEditable || at.matches("input, textarea, select"));
}
