import { t } from "../../shared/i18n";
import type { Context } from "../kind";
import { describe, scaleOf } from "./definition";

export function Editor({ definition, draft, options, keys, give }: Context) {
  const { low, high, low_title, high_title, look } = scaleOf(definition);
  return (
    <div class="scale" role="group" aria-label={t("Answers")}>
      <div class="scale__levels" style={{ "--levels": options.length > 7 ? Math.ceil(options.length / 2) : options.length }}>
        {options.map((option, index) => (
          <button
            type="button" class="choice scale__level" key={option.title} data-choice={option.title} onClick={() => give(option.answer!)}
            aria-pressed={draft.value && draft.value.rating === option.answer!.rating} aria-label={describe(definition, option.answer!) + (option.hint ? `: ${option.hint}` : "")}
          >
            {keys[index] && keys[index] !== option.title && <kbd aria-hidden="true">{keys[index]}</kbd>}
            <span class="choice__name">{option.title}{look === "stars" && <span class="scale__star" aria-hidden="true"> ★</span>}</span>
          </button>
        ))}
      </div>
      {(low_title ?? high_title) && (
        <div class="scale__ends" aria-hidden="true">
          <span dir="auto">{low_title && `${low}: ${low_title}`}</span>
          <span dir="auto">{high_title && `${high}: ${high_title}`}</span>
        </div>
      )}
    </div>
  );
}
