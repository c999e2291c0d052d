import { t } from "../../shared/i18n";
import type { Context } from "../kind";

export function Editor({ keys }: Context) {
  return (
    <>
      {keys.length > 0 && <p class="small quiet order__keys">{t("Press the place of the marked one: 1 for the best. Up and down mark another; Space picks it up, and then they move it.")}</p>}
      <p class="small quiet order__touch">{t("The best comes first: move each by its arrows, or drag it by its letter.")}</p>
    </>
  );
}
