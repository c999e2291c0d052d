import { effect, untracked } from "@preact/signals";
import { plural } from "../shared/counting";
import { t } from "../shared/i18n";
import { config } from "./config";
import { releaseAll } from "./cards";
import { letGo, outbox, refused } from "./outbox";
import { given } from "./progress";
import { lesson, resting } from "./state";

const visit = config.visit;

/** Whether a worker of a marketplace has given what the visit asks for; the server counts again before it shows the code. */
export const over = (): boolean => visit != null && given.value >= visit.of;

/** Once the visit is over, what was leased ahead goes back to the others, and the last answer is not kept for undo. */
export function watchVisit(): void {
  if (!visit) return;
  effect(() => {
    if (!over() || lesson.value) return;
    untracked(() => {
      resting.value = true;
      releaseAll();
      void letGo();
    });
  });
}

/** What stands in the place of a card when the visit is over. */
export function VisitOver() {
  if (!visit) return null;
  const sending = outbox.value.length - refused.value.length;
  return (
    <section class="card" data-test="visit-over">
      <div class="empty">
        <h1>{t("That was your visit")}</h1>
        <p>{t("You gave all {of} answers.", { of: visit.of })}</p>
        {sending > 0 && <p role="status">{plural("{n} answer is being sent…", "{n} answers are being sent…", sending)}</p>}
        <a class="button button--primary" href={visit.url} aria-disabled={sending > 0} onClick={(event) => sending > 0 && event.preventDefault()} autofocus>
          {t("Get your completion code")}
        </a>
      </div>
    </section>
  );
}
