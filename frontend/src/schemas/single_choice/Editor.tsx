import { t } from "../../shared/i18n";
import type { Context } from "../kind";

export function Editor({ options, keys, give }: Context) {
  return (
    <div class="choices" role="group" aria-label={t("Answers")}>
      {options.map((option, index) => (
        <button type="button" class="choice" key={option.title} data-choice={option.answer?.choice} onClick={() => option.answer && give(option.answer)}>
          {keys[index] && <kbd aria-hidden="true">{keys[index]}</kbd>}
          <span class="choice__name">
            {option.title}
            {option.hint && <small>{option.hint}</small>}
          </span>
        </button>
      ))}
    </div>
  );
}
