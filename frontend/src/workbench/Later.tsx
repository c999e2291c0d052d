import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import type { Kind } from "../schemas/kind";
import { panel, say } from "./state";

const Loaded = signal<FunctionComponent<{ kind: Kind }> | null>(null);

/** The dialog for changing keys: seldom opened, so it is fetched when it is. */
export function Later({ kind }: { kind: Kind }) {
  if (Loaded.value) return <Loaded.value kind={kind} />;
  import("./Keys").then(
    (module) => (Loaded.value = module.Keys),
    () => {
      panel.value = null;
      say("The list of keys could not be fetched; try again when the connection is back.", "warn");
    },
  );
  return null;
}
