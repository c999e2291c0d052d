import { computed, effect, signal } from "@preact/signals";
import { config } from "./config";
import { guidelineOpen, toggleGuideline, unseen } from "./guideline";
import { printed } from "./keys";
import { refused, waiting } from "./outbox";
import { given, goal } from "./progress";
import { connection, panel, type Connection } from "./state";

const TROUBLE: Record<Exclude<Connection, "ok">, string> = {
  offline: "Offline",
  failing: "Server not answering",
  signed_out: "Signed out",
  refused: "Not allowed",
};

interface Saved {
  state: "saved" | "sending" | "kept";
  text: string;
}

const exact = computed<Saved>(() => {
  const open = waiting.value.length;
  const lost = refused.value.length;
  const trouble = connection.value === "ok" ? "" : TROUBLE[connection.value];
  if (trouble) return { state: "kept", text: open > 0 ? `${trouble}, ${open} kept here` : `${trouble}, all saved` };
  if (open > 0) return { state: "sending", text: `Sending ${open}` };
  return lost > 0 ? { state: "kept", text: `${lost} not taken` } : { state: "saved", text: "All saved" };
});

/** "Sending" is worth words only when it takes a while; otherwise it would flicker with every key. */
const shown = signal<Saved>({ state: "saved", text: "All saved" });
let timer = 0;
effect(() => {
  const next = exact.value;
  if (next.state === "sending" && shown.peek().state !== "sending") {
    timer ||= window.setTimeout(show, 400);
    return;
  }
  show();
});

function show(): void {
  window.clearTimeout(timer);
  timer = 0;
  shown.value = exact.peek();
}

export function Status() {
  const keys = printed.value.actions;
  return (
    <>
      <div class="bench__progress">
        <progress class="progress" max={goal.value} value={given.value} aria-label="Answers of this session" />
        <span><span data-test="given">{given.value}</span> of {goal.value}</span>
      </div>
      <span class="bench__saved" role="status" data-test="saved" data-state={shown.value.state}>{shown.value.text}</span>
      {config.guideline && (
        <button type="button" class="button button--quiet" aria-expanded={guidelineOpen.value} aria-controls="guideline" onClick={toggleGuideline}>
          Guideline {unseen.value && <span class="bench__new" role="img" aria-label="changed" />}
          {keys.guideline && <kbd aria-hidden="true">{keys.guideline}</kbd>}
        </button>
      )}
      <button type="button" class="button button--quiet bench__wide" onClick={() => (panel.value = "keys")}>
        Keys {keys.keys && <kbd aria-hidden="true">{keys.keys}</kbd>}
      </button>
    </>
  );
}
