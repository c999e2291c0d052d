import { t } from "../../shared/i18n";
import type { Context } from "../kind";
import { labelsOf } from "./definition";
import { hueOf } from "./Layer";
import { relabel, sessionOf } from "./session";

/** The labels: the pressed one is that of the selected box, or of the next one. */
export function Editor(context: Context) {
  const { definition, options, keys, locked } = context;
  const session = sessionOf(context);
  if (locked) return <></>;
  const press = (index: number): void => {
    relabel(context, index);
    if (session.selected.value !== null) session.focus();
  };
  return (
    <div class="choices" role="group" aria-label={session.selected.value === null ? t("Label of new boxes") : t("Label of the box")}>
      {labelsOf(definition).map(({ name }, index) => (
        <button type="button" class="choice boxes__label" key={name} data-choice={name} data-hue={hueOf(definition, name)} aria-pressed={session.label.value === index} onClick={() => press(index)}>
          {keys[index] && <kbd aria-hidden="true">{keys[index]}</kbd>}
          <span class="choice__name">
            {options[index]?.title}
            {options[index]?.hint && <small>{options[index].hint}</small>}
          </span>
        </button>
      ))}
    </div>
  );
}
