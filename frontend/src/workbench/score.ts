import type { Practice } from "./config";
import { t } from "../shared/i18n.ts";

/** What stands above an item of the practice. */
export function heading({ done, of, right, needed }: Practice): string {
  const now = t("Practice {n} of {of}: you see the right answer after each one.", { n: done + 1, of });
  if (done === 0) return `${now} ${t("Of these, {needed} must be right.", { needed })}`;
  if (done < of) return now;
  return t("Practice goes on: {right} of your last {of} were right, {needed} are needed.", { right, of, needed });
}

/** What the practice came to with the answer just told; nothing, while it goes on.
 *
 *  before: how far it was; now: what the server says since, the same object until it has said anything; null: let in. */
export function outcome(before: Practice | null, right: boolean, now: Practice | null): { passed: boolean; text: string } | null {
  if (before === null) return null;
  const { of, needed } = before;
  const first = before.done < of;
  if (before.done + 1 < of || (!first && now === before)) return null;
  const count = first ? before.right + (right ? 1 : 0) : now?.right;
  const passed = now === null || (now === before && count !== undefined && count >= needed);
  if (count === undefined) return { passed, text: passed ? t("You passed. Real work starts now.") : `${t("Not yet; {needed} are needed.", { needed })} ${onward()}` };
  const score = { count, of, needed };
  return { passed, text: passed ? t("You passed: {count} of {of}. Real work starts now.", score) : `${t("Not yet: {count} of {of}; {needed} are needed.", score)} ${onward()}` };
}

function onward(): string {
  return t("Practice goes on while there are items for it; ask the project's owner if an answer seems wrong to you, or what to look out for.");
}
