import { useRef } from "preact/hooks";
import { t } from "../shared/i18n";
import { latin } from "../shared/latin";
import { abstain } from "./answers";
import { Dialog } from "./Dialog";
import { keysOn } from "../shared/keysOn";

const MAX_NOTE = 2000;

const ABSTENTIONS = {
  unclear: t("The guideline doesn't say, or it can be read two ways"),
  missing_information: t("Something needed is missing"),
  no_answer_fits: t("None of the answers fits"),
  broken: t("It is broken or can't be read"),
} as const;
type Abstention = keyof typeof ABSTENTIONS;

export function CantDecide() {
  const note = useRef<HTMLTextAreaElement>(null);
  const reasons = Object.entries(ABSTENTIONS) as [Abstention, string][];
  const choose = (reason: Abstention): void => abstain(reason, note.current?.value ?? "");
  const onKey = (event: KeyboardEvent): void => {
    const reason = reasons[Number(latin(event)) - 1]?.[0];
    const typing = event.target === note.current || event.ctrlKey || event.metaKey || event.altKey;
    if (!reason || typing || event.repeat || !keysOn.value) return;
    event.preventDefault();
    choose(reason);
  };
  return (
    <Dialog title={t("Why can't it be decided?")}>
      <div class="stack" onKeyDown={onKey}>
        <p class="quiet small">{t("An expert will look at items that people can't decide. It counts as work done.")}</p>
        <div class="reasons" role="group" aria-label={t("Reasons")}>
          {reasons.map(([reason, words], index) => (
            <button type="button" class="choice" key={reason} data-reason={reason} onClick={() => choose(reason)} autofocus={index === 0}>
              {keysOn.value && <kbd aria-hidden="true">{index + 1}</kbd>}
              <span class="choice__name">{words}</span>
            </button>
          ))}
        </div>
        <div class="field">
          <label for="note">{t("Note for the expert")}</label>
          <textarea id="note" class="input" ref={note} maxLength={MAX_NOTE} rows={2} aria-describedby="note-help" />
          <p class="field__help" id="note-help">{t("If you like. Write it first: choosing a reason sends both.")}</p>
        </div>
      </div>
    </Dialog>
  );
}
