import { signal, type Signal } from "@preact/signals";

/** Images that are loaded, or on their way, before the card that shows them. The element itself is kept: it stands on
 *  the page in the frame in which it is put there, since it is decoded. */
export interface Loaded {
  element: HTMLImageElement;
  state: Signal<"loading" | "there" | "broken">;
}

const KEPT = 24;
/** A large photo takes 50 MB once it is decoded. */
const DECODED = 2;
const waiting = new Map<string, Loaded>();

/** Loads what the next cards show, nearest first, and decodes the nearest. */
export function loadAhead(urls: string[]): void {
  urls.forEach((url, index) => {
    const held = waiting.get(url) ?? load(url);
    giveBack(url, held);
    // What can't be decoded is told where it is shown.
    if (index < DECODED) held.element.decode().catch(() => undefined);
  });
}

/** The image of that address, for one place on the page; give it back when it leaves. */
export function take(url: string): Loaded {
  const held = waiting.get(url);
  waiting.delete(url);
  return held && held.state.peek() !== "broken" ? held : load(url);
}

export function giveBack(url: string, held: Loaded): void {
  waiting.delete(url);
  waiting.set(url, held);
  for (const oldest of waiting.keys()) {
    if (waiting.size <= KEPT) break;
    waiting.delete(oldest);
  }
}

function load(url: string): Loaded {
  const element = new Image();
  const state = signal<"loading" | "there" | "broken">("loading");
  element.referrerPolicy = "no-referrer";
  element.decoding = "sync";
  element.draggable = false;
  element.setAttribute("elementtiming", "image");
  element.addEventListener("load", () => (state.value = "there"));
  element.addEventListener("error", () => (state.value = "broken"));
  element.src = url;
  return { element, state };
}
