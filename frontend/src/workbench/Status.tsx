import { computed, effect, signal } from "@preact/signals";
import { t } from "../shared/i18n";
import { config } from "./config";
import { guidelineOpen, toggleGuideline, unseen } from "./guideline";
import { printed } from "./keys";
import { exposed, refused, searched, waiting } from "./outbox";
import { given, goal } from "./progress";
import { connection, panel, type Connection } from "./state";

const TROUBLE: Record<Exclude<Connection, "ok">, string> = {
  offline: t("Offline"),
  failing: t("Server not answering"),
  signed_out: t("Signed out"),
  refused: t("Not allowed"),
};

/** What is said at once of what is on its way; only after a while how much it is: with every key it would flicker. */
const SLOW_MS = 400;
/** "All saved" comes when nothing was given for a moment: between two answers nobody needs to read it. */
const CALM_MS = 800;

interface Saved {
  state: "saved" | "sending" | "kept";
  text: string;
}

const exact = computed<Saved>(() => {
  const open = waiting.value.length;
  const lost = refused.value.length;
  const trouble = connection.value === "ok" ? "" : TROUBLE[connection.value];
  const where = exposed.value.length > 0 ? t("not kept") : t("kept here");
  const refusal = lost > 0 && t("{n} not taken", { n: lost });
  if (trouble) return { state: "kept", text: `${trouble}${t(", ")}${open > 0 ? `${open} ${where}` : refusal || t("all saved")}` };
  if (open > 0) return { state: "sending", text: t("Sending {n}", { n: open }) };
  if (refusal) return { state: "kept", text: refusal };
  return searched.value ? { state: "saved", text: t("All saved") } : { state: "sending", text: "" };
});

const SAVING: Saved = { state: "sending", text: t("Saving…") };
const shown = signal<Saved>({ state: "sending", text: "" });
/** What is read aloud: trouble and its end, not every answer. */
const aloud = signal("");
let timer = 0;
let soon = "";
effect(() => {
  const next = exact.value;
  const before = shown.peek();
  const quick = next.state === "sending" ? before.state === "saved" || before === SAVING : next.state === "saved" && before === SAVING;
  if (!quick) {
    aloud.value = next.text;
    return show();
  }
  if (next.state === "sending") shown.value = SAVING;
  if (soon === next.state) return;
  soon = next.state;
  window.clearTimeout(timer);
  timer = window.setTimeout(show, soon === "saved" ? CALM_MS : SLOW_MS);
});

function show(): void {
  window.clearTimeout(timer);
  soon = "";
  shown.value = exact.peek();
}

export function Status() {
  const keys = printed.value.actions;
  return (
    <>
      <div class="bench__progress">
        <progress class="progress" max={goal.value} value={given.value} aria-label={t("Answers of this session")} />
        <span><span data-test="given">{given.value}</span> {t("of {n}", { n: goal.value })}</span>
      </div>
      <span class="bench__saved" data-test="saved" data-state={shown.value.state}>{shown.value.text}</span>
      <span class="visually-hidden" role="status">{aloud.value}</span>
      {config.guideline && (
        <button type="button" class="button button--quiet" aria-expanded={guidelineOpen.value} aria-controls="guideline" onClick={toggleGuideline}>
          {t("Guideline")} {unseen.value && <span class="bench__new" role="img" aria-label={t("changed")} />}
          {keys.guideline && <kbd aria-hidden="true">{keys.guideline}</kbd>}
        </button>
      )}
      <button type="button" class="button button--quiet bench__wide" onClick={() => (panel.value = "keys")}>
        {t("Keys")} {keys.keys && <kbd aria-hidden="true">{keys.keys}</kbd>}
      </button>
    </>
  );
}
