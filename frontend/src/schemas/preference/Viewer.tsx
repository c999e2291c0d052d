import { useId } from "preact/hooks";
import { candidates, letterOf, prompt } from "../../shared/candidates";
import { t } from "../../shared/i18n";
import { Shown } from "../../shared/material/Material";
import { shuffled } from "../../shared/shuffle";
import type { Context } from "../kind";

/** The prompt, then the two: A is the one whose turn it is under the lease's token. */
export function Viewer({ definition, payload, token }: Context) {
  const id = useId();
  const compared = candidates(definition, payload);
  const sides = shuffled(2, token).map((candidate) => ({ part: compared[candidate], letter: letterOf(candidate, 2, token) }));
  return (
    <div class="material">
      {prompt(definition, payload).map((part) => (
        <section class="material__part" key={part.title}>
          <h2 dir="auto">{part.title}</h2>
          <Shown part={part} />
        </section>
      ))}
      <div class="material material--pair">
        {sides.map(({ part, letter }, index) => (
          <section class="material__part compared" key={letter} aria-labelledby={id + index}>
            <h2 id={id + index}><span class="compared__letter">{letter}</span></h2>
            <Shown part={part ? { ...part, title: t("Image {letter}", { letter }) } : { field: "", title: "", format: "plain", value: null }} />
          </section>
        ))}
      </div>
    </div>
  );
}
