import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { keysOn } from "../../shared/keysOn";
import type { Answer, Context } from "../kind";
import type { Choice as AnyChoice } from "./Editor";
import { matching } from "./matching";

const KEY = ".";

/** Many answers, with a box that finds them: a few letters and Enter give the first that fits. The box keeps the focus,
 *  so that the next answer is a few letters and Enter as well; Escape leaves it. */
export function Many({ options, keys, give, Choice }: Context & { Choice: typeof AnyChoice }) {
  const box = useRef<HTMLInputElement>(null);
  const [words, ask] = useState("");
  const fitting = matching(options, words);
  const choose = (answer: Answer): void => {
    ask("");
    give(answer);
  };
  const onKey = (event: KeyboardEvent): void => {
    const first = options[fitting[0] ?? -1]?.answer;
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (first && words.trim() && !event.repeat) choose(first);
    } else if (event.key === "Escape") {
      ask("");
      box.current?.blur();
    }
  };
  useLayoutEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, dialog");
      if (event.key !== KEY || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing || !keysOn.value) return;
      event.preventDefault();
      box.current?.select();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
  return (
    <div class="many">
      <div class="many__box">
        <input ref={box} class="input" type="search" dir="auto" value={words} onInput={(event) => ask(event.currentTarget.value)} onKeyDown={onKey} aria-label={t("Find an answer; Enter gives the first")} placeholder={t("Find an answer")} autocomplete="off" autocapitalize="none" spellcheck={false} />
        {keysOn.value && <kbd aria-hidden="true">{KEY}</kbd>}
        <span class="quiet small" role="status">{t("{n} of {all}", { n: fitting.length, all: options.length })}</span>
      </div>
      <div class="choices" role="group" aria-label={t("Answers")}>
        {fitting.map((number, place) => <Choice key={number} option={options[number]!} shown={keys[number]} give={choose} first={place === 0 && words.trim() !== ""} />)}
      </div>
    </div>
  );
}
