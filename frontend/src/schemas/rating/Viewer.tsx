import { inputOf } from "../../shared/material/input";
import { Material } from "../../shared/material/Material";
import type { Context } from "../kind";

export function Viewer({ definition, payload }: Context) {
  return <Material input={inputOf(definition)} payload={payload} />;
}
