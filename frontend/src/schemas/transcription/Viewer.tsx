import { inputOf } from "../../shared/material/input";
import { Material } from "../../shared/material/Material";
import type { Context } from "../kind";
import { begun, textOf } from "./definition";
import { Difference } from "./Difference";
import css from "./style.css?inline";

export function Viewer({ definition, payload, draft, locked }: Context) {
  return (
    <>
      <style>{css}</style>
      <Material input={inputOf(definition)} payload={payload} />
      {locked && textOf(draft.value) !== "" && <Given text={textOf(draft.value)} before={begun(definition, payload)} />}
    </>
  );
}

/** An answer to look at. */
function Given({ text, before }: { text: string; before: string | null }) {
  return before === null || before === text ? <p class="material__text wording__given" dir="auto">{text}</p> : <Difference before={before} after={text} />;
}
