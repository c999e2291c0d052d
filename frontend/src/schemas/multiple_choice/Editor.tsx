import { t } from "../../shared/i18n";
import type { Context } from "../kind";
import { chosenOf, count, press, type MultipleChoice } from "./definition";

export function Editor(context: Context) {
  const { definition, draft, options, keys } = context;
  const chosen = chosenOf(draft.value);
  const { choices, maximum } = definition as MultipleChoice;
  const full = maximum > 1 && chosen.length >= maximum;
  return (
    <>
      <div class="choices" role="group" aria-label={t("Answers")}>
        {options.map((option, index) => {
          const name = choices[index]!.name, on = chosen.includes(name);
          return (
            <button type="button" class="choice choice--many" key={name} data-choice={name} data-enter={keys.length === 0 || undefined} aria-pressed={on} aria-disabled={full && !on} onClick={() => press(context, index)}>
              {keys[index] && <kbd aria-hidden="true">{keys[index]}</kbd>}
              <span class="choice__box" aria-hidden="true" />
              <span class="choice__name">
                {option.title}
                {option.hint && <small>{option.hint}</small>}
              </span>
            </button>
          );
        })}
      </div>
      <p class="small quiet" role="status" data-test="count">{count(definition, chosen)}</p>
    </>
  );
}
