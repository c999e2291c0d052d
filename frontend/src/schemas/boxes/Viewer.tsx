import { signal } from "@preact/signals";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { keysOn } from "../../shared/keysOn";
import Picture from "../../shared/material/Picture";
import type { Lie, Tool } from "../../shared/material/Stage";
import type { Context } from "../kind";
import { boxesOf, imagePart, placed, titleOf, type Place } from "./definition";
import { cursorOf, drawing, holdAt, seenOf } from "./drawing";
import { onKey } from "./keys";
import { hueOf, Layer } from "./Layer";
import { addInTheMiddle, remove, select, sessionOf, undo } from "./session";

/** The image with its boxes, what is done to them, and the same boxes as a list. */
export function Viewer(context: Context) {
  const { definition, payload, draft, locked = false } = context;
  const session = sessionOf(context);
  const [drawn] = useState(() => signal<Place | null>(null));
  const part = imagePart(definition, payload);
  const boxes = boxesOf(draft.value), selected = session.selected.value;

  const over = (lie: Lie) => {
    session.seen = seenOf(lie);
    return <Layer definition={definition} boxes={boxes} selected={selected} drawn={drawn.value} lie={lie} handles={!locked} />;
  };
  const tool: Tool = {
    label: locked ? t("Image with boxes") : t("Image to draw boxes on"),
    over,
    buttons: <>{!locked && <Buttons {...context} />}<List {...context} /></>,
    focus: (focus) => (session.focus = focus),
    ...(locked ? {} : {
      help: t("N makes a box, arrows move it, Shift and arrows resize it, brackets go from box to box, Delete deletes."),
      drag: (lie: Lie) => drawing(context, lie, (place) => (drawn.value = place)),
      cursor: (at, lie) => cursorOf(holdAt(context, at, lie, false)),
    }),
  };
  const listen = (event: KeyboardEvent): void => {
    if (!onKey(context, event)) return;
    event.preventDefault();
    if (event.key === "Delete" || event.key === "Backspace") session.focus();
  };
  return (
    // Each step of a box would be read aloud twice.
    <div class="boxes" aria-live="off" onKeyDown={listen}>
      {part && <Picture value={part.value} title={part.title} tool={tool} />}
      <p class="visually-hidden" role="status">{session.said.value}</p>
    </div>
  );
}

/** The same boxes for those who don't see them, and for picking one that lies under others. */
function List(context: Context) {
  const { definition, draft } = context;
  const session = sessionOf(context), boxes = boxesOf(draft.value);
  const list = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    const one = list.current?.querySelector("[aria-pressed=true]")?.getBoundingClientRect();
    const all = list.current?.getBoundingClientRect();
    if (one && all) list.current!.scrollLeft += Math.min(0, one.left - all.left) || Math.max(0, one.right - all.right);
  }, [session.selected.value, boxes.length]);
  if (boxes.length === 0) return <p class="boxes__list quiet small">{!context.locked && t("Drag on the image to draw a box.")}</p>;
  return (
    <ol ref={list} class="boxes__list" aria-label={t("Boxes")}>
      {boxes.map((box, index) => (
        <li key={index}>
          <button
            type="button" class="boxes__one" data-hue={hueOf(definition, box.label)} aria-pressed={index === session.selected.value}
            onFocus={() => select(context, index)} onClick={() => session.focus()}
          >
            {index + 1} <span dir="auto">{titleOf(definition, box.label)}</span>{" "}
            <span class="visually-hidden">{placed(box)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

function Buttons(context: Context) {
  const session = sessionOf(context);
  const act = (run: (context: Context) => unknown) => (): void => {
    run(context);
    session.focus();
  };
  return (
    <div class="boxes__buttons" role="group" aria-label={t("Boxes")}>
      <button type="button" class="button" data-test="add" onClick={act(addInTheMiddle)}>{t("New box")} {keysOn.value && <kbd aria-hidden="true">N</kbd>}</button>
      <button type="button" class="button" data-test="remove" disabled={session.selected.value === null} onClick={act(remove)}>{t("Delete")}</button>
      <button type="button" class="button" data-test="undo-change" disabled={session.past.value.length === 0} onClick={act(undo)}>{t("Undo change")}</button>
    </div>
  );
}
