import { signal, type Signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { call, Problem } from "../shared/http";
import { t } from "../shared/i18n";
import type { Answer, Kind } from "../schemas/kind";
import { config, urls, type Practice as Progress } from "./config";
import { contextOf } from "./draft";
import { toggleGuideline, unseen } from "./guideline";
import { keysOn } from "../shared/keysOn";
import { heading, outcome } from "./score";
import { connection, lesson, practice, type Feedback, type Lesson } from "./state";

const MAX_REASON = 2000;

/** Practice before real work: the banner above an item, and what is told after each answer. */
export function Practice({ kind }: { kind: Kind }) {
  const told = lesson.value;
  // While an answer is told, the banner speaks of its item, not of the next.
  const before = useRef<Progress | null>(null);
  if (!told) before.current = practice.value;
  const first = !told && before.current?.done === 0 && unseen.value;
  return (
    <>
      {before.current && (
        <div class="notice bench__practice" data-test="practice">
          <p>{heading(before.current)}</p>
          {first && <button type="button" class="button button--small" onClick={toggleGuideline}>{t("Read the guideline first")}</button>}
        </div>
      )}
      {told && <Told key={told.token} kind={kind} told={told} before={before.current} />}
    </>
  );
}

function Told({ kind, told, before }: { kind: Kind; told: Lesson; before: Progress | null }) {
  const { feedback, lease, said, body } = told;
  const answer = body?.answer;
  const [own, drawOwn] = useState(false);
  // Kinds that draw show one answer at a time on the item.
  const both = kind.start && feedback && !feedback.right && answer;
  return (
    <section class="card bench__card" aria-label={t("Your answer")} data-test="lesson">
      <h1>{config.schema.question}</h1>
      {lease && <kind.Viewer key={own} {...contextOf(kind, lease)} draft={given(own ? answer : feedback?.answer)} locked />}
      {lease && both && (
        <div class="cluster" role="group" aria-label={t("Whose answer is drawn")}>
          <button type="button" class="button button--small" aria-pressed={!own} onClick={() => drawOwn(false)}>{t("The right answer")}</button>
          <button type="button" class="button button--small" aria-pressed={own} onClick={() => drawOwn(true)}>{t("Your answer")}</button>
        </div>
      )}
      <div class="bench__dock">
        {feedback ? <Verdict kind={kind} told={told} feedback={feedback} before={before} /> : <p class="bench__asking" role="status">{asking(said)}</p>}
      </div>
    </section>
  );
}

/** The right answer, drawn on the item by kinds that draw. */
function given(answer: Answer | undefined): Signal<Answer | undefined> {
  return signal(answer);
}

function asking(said: string): string {
  if (connection.value === "ok") return t("You said “{said}”. Looking up the right answer…", { said });
  return t("You said “{said}”. There is no connection: your answer is kept on this device, and you see the right one as soon as it is back.", { said });
}

function Verdict({ kind, told, feedback, before }: { kind: Kind; told: Lesson; feedback: Feedback; before: Progress | null }) {
  const result = outcome(before, feedback.right, practice.value);
  const on = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    on.current?.focus({ preventScroll: true });
    // The button has the focus, unless the person clicked beside it.
    const listen = (event: KeyboardEvent): void => {
      if (event.target !== document.body || event.repeat || !keysOn.value || !["Enter", " "].includes(event.key)) return;
      event.preventDefault();
      goOn();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
  return (
    <>
      <div class={`notice notice--${feedback.right ? "good" : "bad"} verdict`} id="verdict" role="status" data-test="verdict" data-right={feedback.right}>
        <Mark right={feedback.right} />
        <div>
          {feedback.right ? (
            <p><strong>{t("Right.")}</strong> {t("You said “{said}”.", { said: told.said })}</p>
          ) : (
            <p><strong>{t("Not right.")}</strong> {t("You said “{said}”; the answer is", { said: told.said })} <strong>{t("“{name}”", { name: kind.describe(config.schema, feedback.answer, told.lease ?? undefined) })}</strong>.</p>
          )}
          {feedback.reason && <p dir="auto">{feedback.reason}</p>}
        </div>
      </div>
      {result && <p class={`notice notice--${result.passed ? "good" : "warn"}`} role="status" data-test="outcome"><strong>{result.text}</strong></p>}
      <button type="button" class="button button--primary" ref={on} aria-describedby="verdict" onClick={goOn}>{t("Go on")} {keysOn.value && <kbd aria-hidden="true">Enter</kbd>}</button>
      <Doubt token={told.token} />
    </>
  );
}

function goOn(): void {
  lesson.value = null;
  window.scrollTo(0, 0);
}

/** A tick or a cross: the colour alone says nothing to some. */
function Mark({ right }: { right: boolean }) {
  return (
    <svg class="verdict__mark" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <circle cx="12" cy="12" r="10" />
      <path d={right ? "m7.5 12.5 3 3 6-6.5" : "m8.5 8.5 7 7m0-7-7 7"} />
    </svg>
  );
}

/** "I think this is wrong": the owner is told why. */
function Doubt({ token }: { token: string }) {
  const [state, go] = useState<"closed" | "open" | "sending" | "sent">("closed");
  const [problem, blame] = useState("");
  const reason = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    if (state === "open") reason.current?.focus();
  }, [state]);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = reason.current?.value.trim() ?? "";
    if (text === "") return blame(t("Say in a few words why."));
    go("sending");
    try {
      await call("POST", urls.lease(token, "dispute"), { reason: text });
      go("sent");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      blame(t("It was not sent: {problem} Your words are still here.", { problem: error.message }));
      go("open");
    }
  };
  if (state === "sent") return <p class="small" role="status" data-test="doubted">{t("Sent. The owner looks at it; if the known answer is wrong, your answer is counted as right.")}</p>;
  if (state === "closed") return <button type="button" class="button button--quiet button--small" onClick={() => go("open")}>{t("I think this is wrong")}</button>;
  return (
    <form class="stack stack--tight" onSubmit={send}>
      <div class="field">
        <label for="doubt">{t("Why is the known answer wrong?")}</label>
        <textarea id="doubt" class="input" ref={reason} rows={2} maxLength={MAX_REASON} required aria-describedby="doubt-problem" />
        <p class="field__error" id="doubt-problem" role="alert">{problem}</p>
      </div>
      <div class="cluster">
        <button class="button button--small" aria-disabled={state === "sending"}>{t("Send to the owner")}</button>
        <button type="button" class="button button--quiet button--small" onClick={() => go("closed")}>{t("Leave it")}</button>
      </div>
    </form>
  );
}
