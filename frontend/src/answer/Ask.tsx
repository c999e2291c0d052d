import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer, Context, Kind } from "../schemas/kind";
import { t } from "../shared/i18n";
import { AS_GIVEN } from "../shared/shuffle";
import { bind, printed } from "./keys";
import type { Item } from "./item";

/** What a page sends to begin an answer from another one. */
export const BEGIN = "answer:begin";

/** An answer that a form asks for: made on the item, sent as JSON in a hidden field. */
export function Ask({ kind, item }: { kind: Kind; item: Item & { name: string } }) {
  const { definition, payload, given, optional } = item;
  const [draft] = useState(() => signal<Answer | undefined>(kind.start?.(definition, payload, given, AS_GIVEN)));
  const first = useRef(given ? undefined : draft.peek());
  const root = useRef<HTMLDivElement>(null);
  const [wrong, setWrong] = useState("");
  const options = kind.options(definition);
  const give = (answer: Answer): void => void (draft.value = answer);
  const context: Context = { definition, payload, token: AS_GIVEN, draft, options, keys: printed(kind, options), give };
  const left = optional === true && draft.value === first.current;

  useEffect(() => bind(root.current!, kind, () => context), []);
  useEffect(() => {
    const begin = (event: Event): void => {
      draft.value = kind.start?.(definition, payload, (event as CustomEvent<Answer>).detail, AS_GIVEN);
      const details = root.current?.closest("details");
      if (details) details.open = true;
      root.current?.focus();
      root.current?.scrollIntoView({ block: "nearest" });
    };
    document.addEventListener(BEGIN, begin);
    return () => document.removeEventListener(BEGIN, begin);
  }, []);
  useEffect(() => {
    const form = root.current!.closest("form");
    const check = (event: SubmitEvent): void => {
      const button = event.submitter;
      const unasked = (button instanceof HTMLButtonElement && button.formNoValidate) || (optional === true && draft.peek() === first.current);
      const fault = unasked ? null : kind.check(definition, draft.peek() ?? {}, payload);
      setWrong(fault ?? "");
      if (fault === null) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      root.current?.focus();
    };
    form?.addEventListener("submit", check);
    return () => form?.removeEventListener("submit", check);
  }, []);

  return (
    <div class="answer__box" ref={root} role="group" aria-label={t("Your answer")} tabIndex={-1}>
      <kind.Viewer {...context} />
      <kind.Editor {...context} />
      <input type="hidden" name={item.name} value={left || !draft.value ? "" : JSON.stringify(draft.value)} />
      {wrong && <p class="field__error" role="alert">{t("This answer can't be given: {why}", { why: wrong })}</p>}
    </div>
  );
}
