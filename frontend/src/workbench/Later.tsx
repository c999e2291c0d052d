import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import type { Kind } from "../schemas/kind";
import { t } from "../shared/i18n";
import { panel, say } from "./state";

const AGAIN_MS = 5_000;
type Part = "CantDecide" | "Empty" | "Find" | "FindButton" | "Keys" | "Messages" | "Practice";
const loaded = signal<Record<Part, FunctionComponent<{ kind: Kind }>> | null>(null);
let fetching: Promise<void> | null = null;

/** What the first card can do without: messages, dialogs, the practice. Fetched behind it, or when it is asked for. */
export function Later({ kind, part }: { kind: Kind; part: Part }) {
  const Part = loaded.value?.[part];
  if (Part) return <Part kind={kind} />;
  void fetchSeldom();
  return null;
}

/** Fetches it, and starts what goes on behind the first card. Tries until it has it. */
export function fetchSeldom(): Promise<void> {
  fetching ??= fetchOnce().catch(() => {
    if (panel.value) say(t("A part of this page could not be fetched; try again when the connection is back."), "warn");
    panel.value = null;
    fetching = null;
    window.setTimeout(fetchSeldom, AGAIN_MS);
  });
  return fetching;
}

async function fetchOnce(): Promise<void> {
  const { keepGoing, ...parts } = await import("./Seldom");
  loaded.value = parts;
  await keepGoing();
}
