import { candidates, prompt } from "../../shared/candidates";
import { t } from "../../shared/i18n";
import { Shown } from "../../shared/material/Material";
import { shuffled } from "../../shared/shuffle";
import type { Context } from "../kind";

/** The prompt, then the two: A is the one whose turn it is under the lease's token. */
export function Viewer({ definition, payload, token }: Context) {
  const compared = candidates(definition, payload);
  const sides = shuffled(2, token).map((candidate) => compared[candidate]);
  return (
    <div class="material">
      {prompt(definition, payload).map((part) => (
        <section class="material__part" key={part.title}>
          <h2 dir="auto">{part.title}</h2>
          <Shown part={part} />
        </section>
      ))}
      <div class="material material--pair">
        {sides.map((part, index) => (
          <section class="material__part compared" key={index} aria-labelledby={`side-${index}`}>
            <h2 id={`side-${index}`}><span class="compared__letter">{index === 0 ? "A" : "B"}</span></h2>
            <Shown part={part ? { ...part, title: index === 0 ? t("Image A") : t("Image B") } : { field: "", title: "", format: "plain", value: null }} />
          </section>
        ))}
      </div>
    </div>
  );
}
