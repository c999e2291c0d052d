import { effect, signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Answer, Context, Kind } from "../schemas/kind";
import { t } from "../shared/i18n";
import { keysOn } from "../shared/keysOn";
import { AS_GIVEN } from "../shared/shuffle";
import { bind, printed, taken } from "./keys";
import type { Item } from "./item";

/** What a page sends to begin an answer from another one. */
export const BEGIN = "answer:begin";
/** What is told to the expert's page, and by it (src/experts/main.ts): the keys of the answer; single keys on or off. */
const KEYS = "answer:keys";
const SWITCHED = "keys:switched";

/** An answer that a form asks for: made on the item, sent as JSON in a hidden field. */
export function Ask({ kind, item }: { kind: Kind; item: Item & { name: string } }) {
  const { definition, payload, given, optional } = item;
  const [draft] = useState(() => signal<Answer | undefined>(kind.start?.(definition, payload, given, AS_GIVEN)));
  const first = useRef(given ? undefined : draft.peek());
  const root = useRef<HTMLDivElement>(null);
  const [wrong, setWrong] = useState("");
  // As it was when the page came; asked: nothing more is said of an answer that is still that one.
  const untouched = useRef({ as: JSON.stringify(first.current), asked: false });
  const options = kind.options(definition);
  const give = (answer: Answer): void => void (draft.value = answer);
  const context: Context = { definition, payload, token: AS_GIVEN, draft, options, keys: printed(kind, options), give };
  const left = optional === true && draft.value === first.current;

  // Whoever sees the answer can press its keys: what listens is there with it.
  useLayoutEffect(() => {
    const wide = root.current!.closest("form[data-decide]") !== null;
    return effect(() => {
      // The page's own keys yield to these.
      if (wide) document.dispatchEvent(new CustomEvent(KEYS, { detail: taken(kind, options) }));
      return bind(root.current!, kind, () => context, { wide });
    });
  }, []);
  useLayoutEffect(() => {
    const switched = (event: Event): void => void (keysOn.value = (event as CustomEvent<boolean>).detail);
    document.addEventListener(SWITCHED, switched);
    return () => document.removeEventListener(SWITCHED, switched);
  }, []);
  useLayoutEffect(() => {
    const begin = (event: Event): void => {
      draft.value = kind.start?.(definition, payload, (event as CustomEvent<Answer>).detail, AS_GIVEN);
      untouched.current.asked = true;
      const details = root.current?.closest("details");
      if (details) details.open = true;
      root.current?.focus();
      root.current?.scrollIntoView({ block: "nearest" });
    };
    document.addEventListener(BEGIN, begin);
    return () => document.removeEventListener(BEGIN, begin);
  }, []);
  /** Why it is not sent; "" when it is. An answer that nobody touched is asked about once: Enter comes easily. */
  const fault = (answer: Answer): string => {
    const why = kind.check(definition, answer, payload);
    const asks = !untouched.current.asked && JSON.stringify(answer) === untouched.current.as;
    untouched.current.asked ||= asks;
    if (why !== null) return t("This answer can't be given: {why}", { why });
    if (!asks) return "";
    return isEmpty(answer) ? t("Nothing was marked. Decide once more if nothing is right.") : t("Nothing was changed. Decide once more if it is right as it is.");
  };
  useLayoutEffect(() => {
    const form = root.current!.closest("form");
    const check = (event: SubmitEvent): void => {
      const button = event.submitter;
      const unasked = (button instanceof HTMLButtonElement && button.formNoValidate) || (optional === true && draft.peek() === first.current);
      const why = unasked ? "" : fault(draft.peek() ?? {});
      setWrong(why);
      if (why === "") return;
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
      {wrong && <p class="field__error" role="alert">{wrong}</p>}
    </div>
  );
}

function isEmpty(answer: Answer): boolean {
  return Object.values(answer).every((value) => value === "" || (Array.isArray(value) && value.length === 0));
}
