import { signal } from "@preact/signals";
import { useId, useMemo, useState } from "preact/hooks";
import type { Answer, Context, Kind } from "../schemas/kind";
import { t } from "../shared/i18n";
import { AS_GIVEN } from "../shared/shuffle";
import { BEGIN } from "./Ask";
import type { Item } from "./item";

/** The item to look at, with the answers that were given of it, one at a time. */
export function Show({ kind, item, begins }: { kind: Kind; item: Item; begins: boolean }) {
  const answers = item.answers ?? [];
  const [at, setAt] = useState(0);
  const shown = answers[at];
  return (
    <div class="answer__box">
      {answers.length > 1 && <Which titles={answers.map(({ title }) => title)} at={at} choose={setAt} />}
      <Drawn kind={kind} item={item} answer={shown?.answer} key={at} />
      {shown && (
        <p class="small quiet">
          <strong dir="auto">{shown.title}</strong>: <span dir="auto">{kind.describe(item.definition, shown.answer)}</span>
        </p>
      )}
      {shown && begins && (
        <p>
          <button type="button" class="button button--small" onClick={() => document.dispatchEvent(new CustomEvent(BEGIN, { detail: shown.answer }))}>
            {t("Begin yours from this one")}
          </button>
        </p>
      )}
    </div>
  );
}

function Which({ titles, at, choose }: { titles: string[]; at: number; choose: (index: number) => void }) {
  const name = useId();
  return (
    <fieldset class="answer__which">
      <legend>{t("Whose answer is drawn")}</legend>
      {titles.map((title, index) => (
        <label class="check" key={title}>
          <input type="radio" name={name} checked={index === at} onChange={() => choose(index)} /> <span dir="auto">{title}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Drawn({ kind, item, answer }: { kind: Kind; item: Item; answer: Answer | undefined }) {
  const { definition, payload } = item;
  const context: Context = useMemo(() => {
    const draft = signal(answer ?? kind.start?.(definition, payload, undefined, AS_GIVEN));
    return { definition, payload, token: AS_GIVEN, draft, options: kind.options(definition), keys: [], give: () => undefined, locked: true };
  }, []);
  return (
    <>
      <kind.Viewer {...context} />
      {answer && <fieldset class="answer__given" disabled><kind.Editor {...context} /></fieldset>}
    </>
  );
}
