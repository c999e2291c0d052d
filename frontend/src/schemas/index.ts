import { t } from "../shared/i18n";
import type { Kind } from "./kind";

// Every folder here is a kind; adding one touches nothing else.
const kinds = import.meta.glob<{ kind: Kind }>("./*/index.ts");

/** Loads the kind of a label schema. Raises for one that this build does not know. */
export async function loadKind(name: string): Promise<Kind> {
  const load = kinds[`./${name}/index.ts`];
  if (!load) throw new Error(t("This page can't show labels of the kind “{name}”.", { name }));
  return (await load()).kind;
}
