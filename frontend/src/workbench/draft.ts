import { computed, effect, signal } from "@preact/signals";
import type { Answer, Context, Kind } from "../schemas/kind";
import { label } from "./answers";
import { config, type Lease } from "./config";
import { options, printed } from "./keys";
import { current, left, notes } from "./state";

/** The answer being made, of kinds whose answers have parts; begun anew with every card. */
export const draft = signal<Answer | undefined>();
/** The draft as it was when its card came. */
export let fresh: Answer | undefined;

export function watchDraft(kind: Kind): void {
  const { start } = kind;
  if (!start) return;
  const token = computed(() => current.value?.token);
  let shown: string | undefined;
  effect(() => {
    const lease = token.value && current.peek();
    if (shown && draft.peek()) left.set(shown, draft.peek()!);
    shown = token.value;
    fresh = lease ? (left.get(lease.token) ?? start(config.schema, lease.payload, lease.suggestion, lease.token)) : undefined;
    draft.value = fresh;
  });
}

export function contextOf(kind: Kind, lease: Lease): Context {
  return {
    definition: config.schema, payload: lease.payload, token: lease.token, draft, options: options.value,
    keys: printed.value.options, give: (answer, note) => label(kind, answer, note), notes: true, note: notes.get(lease.token),
  };
}
