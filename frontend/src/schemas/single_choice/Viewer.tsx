import { Material } from "../../shared/material/Material";
import { inputOf } from "../../shared/material/input";
import type { Context } from "../kind";

export function Viewer({ definition, payload }: Context) {
  return <Material input={inputOf(definition)} payload={payload} />;
}
