import { t } from "../../shared/i18n";
import { later } from "../../shared/later";
import type { Context, Option } from "../kind";

/** More answers than these are looked for by their words. */
const MANY = 12;
const many = later(() => import("./Many"));

export function Editor(context: Context) {
  const { options, keys, give } = context;
  const Many = options.length > MANY && many.now.value?.Many;
  if (Many) return <Many {...context} Choice={Choice} />;
  if (options.length > MANY) void many.fetch();
  return (
    <div class="choices" role="group" aria-label={t("Answers")}>
      {options.map((option, index) => <Choice key={option.title} option={option} shown={keys[index]} give={give} />)}
    </div>
  );
}

export function Choice({ option, shown, give, first }: { option: Option; shown: string | undefined; give: Context["give"]; first?: boolean }) {
  return (
    <button type="button" class="choice" data-choice={option.answer?.choice} data-first={first} onClick={() => option.answer && give(option.answer)}>
      {shown && <kbd aria-hidden="true">{shown}</kbd>}
      <span class="choice__name" dir="auto">
        {option.title}
        {option.hint && <small>{option.hint}</small>}
      </span>
    </button>
  );
}
