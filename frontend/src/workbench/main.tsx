import { render } from "preact";
import { t } from "../shared/i18n";
import { local, stored } from "../shared/stored";
import { loadKind } from "../schemas";
import { inputOf } from "../shared/material/input";
import { readyFor } from "../shared/material/Material";
import { watchCards } from "./card";
import { App } from "./App";
import { config, LEFT } from "./config";
import { watchDraft } from "./draft";
import { bindKeys } from "./keys";
import { fetchSeldom } from "./Later";
import { fill } from "./leases";
import { connection, current } from "./state";
import { Status } from "./Status";

async function start(): Promise<void> {
  const [bench, status] = [place("bench"), place("bench-status")];
  const [kind] = await Promise.all([loadKind(config.schema.kind), fill(), readyFor(inputOf(config.schema))]);
  const behind = fetchSeldom();
  // Cards of an earlier page come first; so do those on this device while the server can't be asked.
  if (stored(local, LEFT, false) || connection.value !== "ok") await behind;
  watchCards(() => (current.value ? kind.length(config.schema, current.value.payload) : 0));
  bindKeys(kind);
  watchDraft(kind);
  bench.replaceChildren();
  render(<Status />, status);
  render(<App kind={kind} />, bench);
}

function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element #${id}.`);
  return element;
}

start().catch((error: unknown) => {
  place("bench").textContent = t("The page could not start: {problem} Reload it; answers already given are kept.", { problem: error instanceof Error ? error.message : String(error) });
});
