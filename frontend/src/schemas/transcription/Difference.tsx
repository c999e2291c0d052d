import { plural } from "../../shared/counting";
import { t } from "../../shared/i18n";
import { difference } from "./diff";

/** What was changed, word by word: struck out and underlined, so that no colour is needed to tell. */
export function Difference({ before, after }: { before: string; after: string }) {
  const changes = difference(before, after);
  const made = changes.filter(({ kind }, index) => kind !== "same" && !(kind === "in" && changes[index - 1]?.kind === "out")).length;
  return (
    <div class="wording__changes" role="group" aria-label={t("What you changed")} tabIndex={0} data-test="changes">
      <p class="quiet small">{made === 0 ? t("Nothing changed yet.") : plural("{n} change", "{n} changes", made)}</p>
      {made > 0 && (
        <p class="wording__difference" dir="auto">
          {changes.map(({ kind, text }, index) => (kind === "in" ? <ins key={index}>{text}</ins> : kind === "out" ? <del key={index}>{text}</del> : text))}
        </p>
      )}
    </div>
  );
}
