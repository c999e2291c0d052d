import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import type { Kind } from "../schemas/kind";
import { panel, say } from "./state";

const AGAIN_MS = 5_000;
const loaded = signal<typeof import("./Seldom") | null>(null);
const failed = signal(0);

/** What the first card can do without: the dialogs and the practice. Fetched behind it, or when it is asked for. */
export function Later({ kind, part }: { kind: Kind; part: "CantDecide" | "Keys" | "Practice" }) {
  const Part: FunctionComponent<{ kind: Kind }> | undefined = loaded.value?.[part];
  if (Part) return <Part kind={kind} />;
  void failed.value;
  void fetchSeldom();
  return null;
}

export async function fetchSeldom(): Promise<void> {
  try {
    loaded.value = await import("./Seldom");
  } catch {
    if (panel.value) say("A part of this page could not be fetched; try again when the connection is back.", "warn");
    panel.value = null;
    window.setTimeout(() => failed.value++, AGAIN_MS);
  }
}
