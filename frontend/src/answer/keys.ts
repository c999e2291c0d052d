/** Keys of an answer outside the workbench: they work while the focus is within it, or anywhere on a page made for it. */
import { createKeybindingsHandler } from "tinykeys";
import { keysOn } from "../shared/keysOn";
import type { Context, Kind, Option } from "../schemas/kind";
import { keysFor } from "../workbench/keymap";

/** The keys of the options as printed on them; none while keys are off. */
export function printed(kind: Kind, options: Option[]): string[] {
  return keysOn.value ? keysFor(options, {}, kind.keys).options : [];
}

/** The single keys that the kind has, in lower case. */
export function taken(kind: Kind, options: Option[]): string[] {
  return [...printed(kind, options), ...(kind.keys ?? []).map(({ key }) => key.toLowerCase())].filter((key) => key.length === 1);
}

/** Binds until the returned function is called. `finish`: what Enter does; without it Enter is the page's. `wide`: keys
 *  work wherever the focus is, but on what has the key itself. */
export function bind(root: HTMLElement, kind: Kind, context: () => Context, { finish, wide = false }: { finish?: (() => void) | undefined; wide?: boolean } = {}): () => void {
  const map: Record<string, (event: KeyboardEvent) => void> = {};
  const run = (act: (event: KeyboardEvent) => void | false, held = false) => (event: KeyboardEvent): void => {
    if ((held || !event.repeat) && !event.defaultPrevented && act(event) !== false) event.preventDefault();
  };
  const press = kind.press ?? (({ give, options }: Context, index: number) => give(options[index]!.answer!));
  printed(kind, context().options).forEach((key, index) => {
    if (key === "") return;
    const pressed = run(() => press(context(), index));
    map[key] = pressed;
    // Signs like "?" need Shift on most keyboards; digits do on the French one, where the plain key counts too.
    if (!/[a-z0-9]/.test(key)) map[`Shift+${key}`] = pressed;
    if (/[0-9]/.test(key)) map[`Digit${key}`] = pressed;
  });
  for (const { key, run: act, held } of kind.keys ?? []) if (keysOn.value || key.length > 1) map[key] = run((event) => act(context(), event), held);
  if (finish) map.Enter = run((event) => (event.target instanceof Element && event.target.closest("a, summary, [data-enter]") ? false : finish()));
  const handle = createKeybindingsHandler(map);
  const listen = (event: KeyboardEvent): void => {
    if (!event.isComposing && !typing(event.target) && !(wide && another(event, root))) handle(event);
  };
  const place = wide ? document.body : root;
  place.addEventListener("keydown", listen);
  return () => place.removeEventListener("keydown", listen);
}

/** Whether the key belongs to what has the focus outside the answer: Enter to a link, arrows to what is chosen or scrolled. */
function another({ target, key }: KeyboardEvent, root: HTMLElement): boolean {
  if (!(target instanceof Element) || root.contains(target) || (key.length === 1 && key !== " ")) return false;
  return target.closest("input, [tabindex='0'], [data-answer]") !== null || (/^(Enter| )$/.test(key) && target.closest("a, button, summary") !== null);
}

function typing(at: EventTarget | null): boolean {
  return at instanceof HTMLElement && (at.isContentEditable || at.matches("input:not([type=radio], [type=checkbox]), textarea, select"));
}
