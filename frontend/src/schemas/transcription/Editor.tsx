import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { plural } from "../../shared/counting";
import { t } from "../../shared/i18n";
import { AS_GIVEN } from "../../shared/shuffle";
import type { Context } from "../kind";
import { begun, cleaned, isMultiline, textOf, tooMany, type Transcription } from "./definition";
import { Difference } from "./Difference";

/** A field to type in and, where there was a text to begin with, what was changed in it. */
export function Editor(context: Context) {
  const { definition, payload, draft, token, locked } = context;
  const problem = useId();
  const before = begun(definition, payload);
  const over = tooMany(definition, textOf(draft.value));
  if (locked) return <></>;
  return (
    <div class="wording">
      <Field key={token} context={context} problem={problem} />
      {over > 0 && <p class="field__error" id={problem} role="alert">{plural("{n} character too many", "{n} characters too many", over)}</p>}
      {before !== null && <Difference before={cleaned(definition, before)} after={cleaned(definition, textOf(draft.value))} />}
    </div>
  );
}

function Field({ context, problem }: { context: Context; problem: string }) {
  const id = useId();
  const { definition, draft, token } = context;
  const place = useRef<HTMLTextAreaElement>(null);
  const several = isMultiline(definition);
  // On a labeller's card typing can begin at once, unless a keyboard would jump up and hide what is to be read.
  useLayoutEffect(() => {
    const free = document.activeElement?.matches("body, .bench__dock *");
    if (free && token !== AS_GIVEN && window.matchMedia("(hover: hover)").matches) place.current?.focus({ preventScroll: true });
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Escape") place.current?.blur();
    if (event.key !== "Enter" || (several && !event.ctrlKey && !event.metaKey)) return;
    event.preventDefault();
    if (!event.repeat && draft.value) context.give({ text: cleaned(definition, textOf(draft.value)) });
  };
  const { spellcheck = false } = definition as Transcription;
  return (
    <div class="field">
      <label for={id}>{t("Text")}</label>
      <textarea
        id={id} class="input wording__text" ref={place} dir="auto" rows={several ? 3 : 1} spellcheck={spellcheck}
        autocomplete="off" autocapitalize={spellcheck ? "sentences" : "off"} autocorrect={spellcheck ? "on" : "off"} enterkeyhint={several ? "enter" : "done"}
        aria-describedby={`${id}-how ${problem}`} value={textOf(draft.value)} onKeyDown={onKeyDown}
        onInput={(event) => (draft.value = { text: event.currentTarget.value })}
      />
      {/* In a form the keys are the form's. */}
      <p class="field__help wording__how" id={`${id}-how`} hidden={token === AS_GIVEN}>{several ? t("Ctrl and Enter: done. Escape leaves the field; then single keys work.") : t("Enter: done. Escape leaves the field; then single keys work.")}</p>
    </div>
  );
}
