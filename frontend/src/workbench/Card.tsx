import type { Kind } from "../schemas/kind";
import { AnswerBox } from "../shared/AnswerBox";
import { t } from "../shared/i18n";
import { skip, undo } from "./answers";
import { config, type Lease } from "./config";
import { contextOf } from "./draft";
import { printed } from "./keys";
import { Later } from "./Later";
import { current, done, finding, panel, undoing } from "./state";

export function Card({ kind, lease }: { kind: Kind; lease: Lease }) {
  return (
    <section class="card bench__card" aria-label={t("Item")} data-token={lease.token}>
      <div class="bench__ask">
        <h1 dir="auto">{config.schema.question}</h1>
        <Later kind={kind} part="FindButton" />
      </div>
      {finding.value > 0 && <Later kind={kind} part="Find" />}
      {lease.suggestion && <p class="quiet small">{t("A model made a start: look at it, and correct what is wrong.")}</p>}
      <AnswerBox kind={kind} context={contextOf(kind, lease)}>
        <Actions />
      </AnswerBox>
    </section>
  );
}

export function Actions() {
  const keys = printed.value.actions;
  const last = done.value.at(-1);
  const here = current.value !== null;
  return (
    <div class="bench__actions">
      <button type="button" class="button button--quiet" aria-disabled={!last || undoing.value} onClick={() => void undo()} data-test="undo">
        <span class="bench__said">{last ? t("Undo “{said}”", { said: last.said }) : t("Undo")}</span> {keys.undo && <kbd aria-hidden="true">{keys.undo}</kbd>}
      </button>
      {here && (
        <button type="button" class="button button--quiet" onClick={skip} title={t("Not now: it may come round again")} data-test="skip">
          {t("Skip")} {keys.skip && <kbd aria-hidden="true">{keys.skip}</kbd>}
        </button>
      )}
      {here && (
        <button type="button" class="button button--quiet" onClick={() => (panel.value = "abstain")} data-test="abstain">
          {t("Can't decide")} {keys.abstain && <kbd aria-hidden="true">{keys.abstain}</kbd>}
        </button>
      )}
    </div>
  );
}
