import { effect } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../shared/i18n";
import type { Context } from "../kind";
import { namesOf, spansOf, titleOf } from "./definition";
import { same, type Span } from "./marking";
import { lineOf, painter } from "./paint";
import { chooseBetween, chooseSpan, markingOf, quote, rangeOf, remove, touch, type Marking } from "./state";
import css from "./style.css?inline";

export function Viewer(context: Context) {
  const marking = markingOf(context);
  return (
    <div class="material spans">
      <style>{css}</style>
      <Text key={marking} context={context} marking={marking} />
      <Marks context={context} marking={marking} />
    </div>
  );
}

/** The text. Its pieces are made once a card; keys and fingers only change how they look. */
function Text({ context, marking }: { context: Context; marking: Marking }) {
  const place = useRef<HTMLParagraphElement>(null);
  const how = useId();
  const latest = useRef(context);
  latest.current = context;
  useLayoutEffect(() => {
    const root = place.current!;
    const { definition, draft } = latest.current;
    const labels = namesOf(definition);
    const paint = painter(root, marking, { of: (span) => titleOf(definition, span.label), number: (span) => Math.max(0, labels.indexOf(span.label)) });
    marking.root = root;
    const stop = [
      effect(() => paint(spansOf(draft.value), marking.choice.value)),
      effect(() => {
        const { value: choice } = marking.choice;
        const node = choice && marking.nodes[choice.head];
        if (node instanceof HTMLElement) node.scrollIntoView({ block: "nearest", inline: "nearest" });
      }),
      latest.current.locked ? () => undefined : listen(root, marking, () => latest.current),
    ];
    return () => stop.forEach((end) => end());
  }, []);
  if (context.locked) return <p class="material__text spans__text" dir="auto" ref={place} />;
  return (
    <>
      <p class="material__text spans__text" dir="auto" ref={place} role="application" tabIndex={0} aria-label={t("Text to mark")} aria-describedby={how} elementtiming="text" />
      <p class="visually-hidden" id={how}>{t("Arrow keys go from word to word, with Shift they take in more. The key of a label marks what is chosen. Brackets go from mark to mark, Delete takes one away, Enter is done.")}</p>
    </>
  );
}

/** Clicks and fingers on words; what a mouse is dragged over, whole words unless Alt is held. */
function listen(root: HTMLElement, marking: Marking, context: () => Context): () => void {
  let [pointer, down, dragged] = ["mouse", false, false];
  const onDown = (event: PointerEvent): void => {
    pointer = event.pointerType;
    [down, dragged] = [true, false];
  };
  const onUp = (event: MouseEvent): void => {
    const selected = window.getSelection();
    if (!down || pointer !== "mouse" || !selected || selected.isCollapsed) return;
    down = false;
    const { startContainer, startOffset, endContainer, endOffset } = selected.getRangeAt(0);
    selected.removeAllRanges();
    dragged = true;
    chooseBetween(context(), unitAt(root, marking, startContainer, startOffset), unitAt(root, marking, endContainer, endOffset), event.altKey);
  };
  const onClick = (event: MouseEvent): void => {
    const index = pieceOf(root, marking, event.target as Node);
    if (!dragged && marking.pieces[index]?.solid) touch(context(), index, { extend: event.shiftKey, finger: pointer === "touch" });
  };
  root.addEventListener("pointerdown", onDown);
  root.addEventListener("click", onClick);
  window.addEventListener("mouseup", onUp);
  return () => window.removeEventListener("mouseup", onUp);
}

/** The index of the piece that a node is in; -1 for none. */
function pieceOf(root: HTMLElement, { nodes }: Marking, node: Node): number {
  let at: Node | null = node;
  while (at && at.parentNode?.parentNode !== root) at = at.parentNode;
  return nodes.indexOf(at as HTMLElement);
}

/** The place in the text of a place in the document. */
function unitAt(root: HTMLElement, marking: Marking, node: Node, offset: number): number {
  const before = document.createRange();
  const piece = pieceOf(root, marking, node);
  before.setStart(piece < 0 ? root : marking.nodes[piece]!, 0);
  if (before.comparePoint(node, offset) < 0) return 0;
  before.setEnd(node, offset);
  const start = marking.pieces[piece]?.start ?? 0;
  return Math.min(start + before.toString().length, marking.text.length);
}

const keepFocus = (event: MouseEvent): void => event.preventDefault();

/** Everything that is marked, to be read, gone to and taken away one by one. */
function Marks({ context, marking }: { context: Context; marking: Marking }) {
  const spans = spansOf(context.draft.value);
  const chosen = marking.choice.value?.span;
  if (spans.length === 0) return null;
  return (
    <ul class="spans__list" aria-label={t("Marked")} aria-live="off">
      {spans.map((span) => <Mark key={`${span.start} ${span.end} ${span.label}`} context={context} marking={marking} span={span} chosen={chosen ? same(chosen, span) : false} />)}
    </ul>
  );
}

function Mark({ context, marking, span, chosen }: { context: Context; marking: Marking; span: Span; chosen: boolean }) {
  const title = titleOf(context.definition, span.label);
  const text = quote(marking, rangeOf(marking, span));
  const said = <><strong style={{ backgroundImage: lineOf(Math.max(0, namesOf(context.definition).indexOf(span.label))) }}>{title}</strong> <bdi>“{text}”</bdi></>;
  if (context.locked) return <li><span>{said}</span></li>;
  const takeAway = (): void => {
    marking.root?.focus({ preventScroll: true });
    remove(context, span);
  };
  return (
    <li>
      <button type="button" data-enter aria-pressed={chosen} onMouseDown={keepFocus} onFocus={() => chooseSpan(context, span)} onClick={() => chooseSpan(context, span)}>{said}</button>
      <button type="button" data-enter aria-label={t("Take {label} “{text}” away", { label: title, text })} onMouseDown={keepFocus} onClick={takeAway}>×</button>
    </li>
  );
}
