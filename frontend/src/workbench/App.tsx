import type { Kind } from "../schemas/kind";
import { t } from "../shared/i18n";
import { Card } from "./Card";
import { config } from "./config";
import { changed, guidelineOpen, toggleGuideline } from "./guideline";
import { Later } from "./Later";
import { current, lesson, panel, practice } from "./state";

export function App({ kind }: { kind: Kind }) {
  const lease = current.value;
  return (
    <>
      <div class="bench__main">
        <Later kind={kind} part="Messages" />
        {(practice.value || lesson.value) && <Later kind={kind} part="Practice" />}
        {lease ? <Card kind={kind} lease={lease} /> : !lesson.value && <Later kind={kind} part="Empty" />}
      </div>
      {guidelineOpen.value && <Guideline />}
      {panel.value === "abstain" && lease && <Later kind={kind} part="CantDecide" />}
      {panel.value === "keys" && <Later kind={kind} part="Keys" />}
    </>
  );
}

const onEscape = (event: KeyboardEvent): void => {
  if (event.key === "Escape") toggleGuideline();
};

function Guideline() {
  return (
    <aside class="bench__guide" id="guideline" aria-label={t("Guideline")} tabIndex={0} onKeyDown={onEscape}>
      <header>
        <h2>{t("Guideline")}</h2>
        {changed && <span class="badge badge--warn">{t("Changed since you last looked")}</span>}
        <button type="button" class="button button--quiet button--small" onClick={toggleGuideline}>{t("Close")}</button>
      </header>
      {/* Cleaned by the server before it is stored. */}
      <div class="prose" dir="auto" dangerouslySetInnerHTML={{ __html: config.guideline?.html ?? "" }} />
    </aside>
  );
}
