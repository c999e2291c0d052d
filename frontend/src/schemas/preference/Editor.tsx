import { t } from "../../shared/i18n";
import type { Context } from "../kind";
import { answerOf, keep, press, reasonsNow, reasonsOf, verdicts } from "./definition";

const MOST_WORDS = 500;

export function Editor(context: Context) {
  const { definition, draft, options, keys, notes } = context;
  const n = verdicts(definition);
  const { tags, words } = reasonsOf(definition);
  return (
    <>
      {notes && (tags.length > 0 || words) && <Reasons context={context} from={n} words={words} />}
      <div class="choices" role="group" aria-label={t("Answers")}>
        {options.slice(0, n).map((option, index) => (
          <button type="button" class="choice" key={option.title} data-choice={index} aria-pressed={draft.value && draft.value.preferred === answerOf(context, index)?.preferred} onClick={() => press(context, index)}>
            {keys[index] && <kbd aria-hidden="true">{keys[index]}</kbd>}
            <span class="choice__name">{option.title}</span>
          </button>
        ))}
      </div>
    </>
  );
}

/** Chosen before the answer, if at all: the answer's own key is all that is needed. */
function Reasons({ context, from, words }: { context: Context; from: number; words: boolean }) {
  const { options, keys } = context;
  const now = reasonsNow(context);
  return (
    <details class="why" open={!matchMedia("(max-width: 40rem)").matches}>
      <summary>{t("Why? Choose before you answer, if you like")}</summary>
      <div class="cluster" role="group" aria-label={t("Reasons")}>
        {options.slice(from).map((option, index) => (
          <button type="button" class="button button--small why__tag" key={option.title} data-enter aria-pressed={now.tags.includes(option.title)} onClick={() => press(context, from + index)}>
            {keys[from + index] && <kbd aria-hidden="true">{keys[from + index]}</kbd>} {option.title}
          </button>
        ))}
        {words && (
          <input
            class="input why__words" dir="auto" maxLength={MOST_WORDS} value={now.words} aria-label={t("In your own words")} placeholder={t("In your own words")}
            onInput={(event) => keep({ ...now, words: event.currentTarget.value })}
            onKeyDown={(event) => ["Escape", "Enter"].includes(event.key) && event.currentTarget.blur()}
          />
        )}
      </div>
    </details>
  );
}
