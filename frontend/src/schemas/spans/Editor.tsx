import { t } from "../../shared/i18n";
import type { Context } from "../kind";
import { spansOf } from "./definition";
import { lineOf } from "./paint";
import { clear, markingOf, press, remove } from "./state";

/** The labels, above them what was last chosen or done, said aloud too. */
export function Editor(context: Context) {
  const { choice, said } = markingOf(context);
  if (context.locked) return <></>;
  const marked = spansOf(context.draft.value).length > 0;
  return (
    <div class="spans">
      <div class="spans__said">
        <p role="status" data-test="said">{said.value || (marked ? "" : t("Choose words, then their label."))}</p>
        {choice.value?.span && <button type="button" class="button button--small" data-enter onMouseDown={keepFocus} onClick={() => remove(context)}>{t("Take away")}</button>}
        {choice.value && !choice.value.span && <button type="button" class="button button--small button--quiet" data-enter onMouseDown={keepFocus} onClick={() => clear(context)}>{t("Clear")}</button>}
      </div>
      <div class="choices" role="group" aria-label={t("Labels")}>
        {context.options.map((option, index) => (
          <button type="button" class="choice" key={option.title} data-enter aria-keyshortcuts={context.keys[index] || undefined} onMouseDown={keepFocus} onClick={() => press(context, index)}>
            {context.keys[index] && <kbd aria-hidden="true">{context.keys[index]}</kbd>}
            <span class="choice__name">
              <span class="spans__label" style={{ backgroundImage: lineOf(index) }}>{option.title}</span>
              {option.hint && <small>{option.hint}</small>}
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}

/** A click leaves the focus where it was, so that Enter still means "done". */
const keepFocus = (event: MouseEvent): void => event.preventDefault();
