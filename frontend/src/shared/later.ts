import { signal, type ReadonlySignal } from "@preact/signals";

const AGAIN_MS = 5_000;

export interface Later<Module> {
  /** The module, once it is there. */
  now: ReadonlySignal<Module | null>;
  /** Fetches it; again after a while when that fails. Cheap to call; never rejects. */
  fetch: () => Promise<void>;
}

/** A part of the page that the first card can do without. */
export function later<Module>(load: () => Promise<Module>): Later<Module> {
  const now = signal<Module | null>(null);
  let fetching: Promise<void> | null = null;
  const fetch = (): Promise<void> =>
    (fetching ??= load().then(
      (module) => void (now.value = module),
      () => {
        fetching = null;
        window.setTimeout(fetch, AGAIN_MS);
      },
    ));
  return { now, fetch };
}
