import type { ComponentChildren } from "preact";
import type { Context, Kind } from "../schemas/kind";
import { t } from "./i18n";

/** What is looked at and what answers, of any kind: the labeller's card, an owner's preview, an expert's form. */
export function AnswerBox({ kind, context, children }: { kind: Kind; context: Context; children?: ComponentChildren }) {
  const { Viewer, Editor } = kind;
  return (
    <>
      <div aria-live="polite">
        {/* Anew for every card: nothing of one is left in the next, and the browser tells when it was painted. */}
        <Viewer key={context.token} {...context} />
      </div>
      <div class="bench__dock">
        <Editor {...context} />
        {kind.start && <Done context={context} />}
        {children}
      </div>
    </>
  );
}

function Done({ context: { draft, give, keys } }: { context: Context }) {
  return (
    <button type="button" class="button button--primary" data-test="done" onClick={() => draft.value && give(draft.value)}>
      {t("Done")} {keys.some(Boolean) && <kbd aria-hidden="true">Enter</kbd>}
    </button>
  );
}
