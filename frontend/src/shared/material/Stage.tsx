import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { keysOn } from "../keysOn";
import { gestures, middled, type Drag, type Point } from "./gestures";
import type { Image } from "./image";
import { moved, STEP, WHOLE, zoomed, type Size, type View } from "./zoom";

const PAN = 0.15;
const ARROWS: Record<string, [number, number]> = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** Where the image lies in its stage, in CSS pixels. */
export interface Lie extends Size {
  left: number;
  top: number;
  stage: Size;
}

/** What marks an image: drawn over it, with a mouse or one finger of its own. */
export interface Tool {
  /** Says to screen readers what the stage is and how it is used. */
  label: string;
  help?: string;
  over: (lie: Lie) => ComponentChildren;
  /** Before the buttons that zoom. */
  buttons?: ComponentChildren;
  drag?: (lie: Lie) => Drag;
  /** The form of the mouse's pointer at a point. */
  cursor?: (at: Point, lie: Lie) => string;
  /** Takes the function that brings the keyboard to the stage. */
  focus?: (focus: () => void) => void;
}

/** The image in its stage: zoomed and moved by wheel, fingers, keys and buttons. */
export function Stage({ image, title, element, there, tool }: { image: Image; title: string; element: HTMLImageElement; there: boolean; tool?: Tool }) {
  const stage = useRef<HTMLDivElement>(null);
  const view = useRef<View>(WHOLE);
  const latest = useRef(tool);
  latest.current = tool;
  const [{ scale }, say] = useState(WHOLE);
  const set = (next: View): void => {
    view.current = next;
    // How fingers are read depends on it at once, not with the next rendering.
    if (stage.current) stage.current.dataset.zoomed = String(next.scale > 1);
    element.style.transform = next.scale === 1 ? "" : `translate(${next.x}px, ${next.y}px) scale(${next.scale})`;
    say(next);
  };
  const zoom = (factor: number, x = 0, y = 0): void => set(zoomed(view.current, factor, sizeOf(stage.current), sizeOf(element), x, y));
  const move = (dx: number, dy: number): void => set(moved(view.current, dx, dy, sizeOf(stage.current), sizeOf(element)));
  const whole = (): void => set(WHOLE);

  useLayoutEffect(() => {
    const box = stage.current;
    if (!box) return;
    element.alt = image.alt ?? title;
    element.style.transform = "";
    box.append(element);
    const drag = tool?.drag && (() => latest.current!.drag!(lieOf(box, element, view.current)));
    const unbind = [gestures(box, () => view.current, zoom, move, whole, drag), bindKeys(box, () => view.current, zoom, move, whole)];
    // What lies over the image follows it: at another size the same view is another one.
    const watch = new ResizeObserver(() => set({ ...zoomed(view.current, 1, sizeOf(box), sizeOf(element)) }));
    if (tool) [box, element].forEach((each) => watch.observe(each));
    tool?.focus?.(() => box.focus({ preventScroll: true }));
    return () => {
      watch.disconnect();
      unbind.forEach((each) => each());
      element.remove();
    };
  }, []);

  const hover = (event: PointerEvent): void => {
    const box = stage.current;
    if (box && tool?.cursor) box.style.cursor = tool.cursor(middled(box, event), lieOf(box, element, view.current));
  };
  const ratio = image.width && image.height ? { aspectRatio: `${image.width} / ${image.height}` } : {};
  return (
    <>
      <div
        ref={stage} class="picture__stage" style={ratio} data-marked={tool?.drag ? true : undefined} aria-busy={!there} tabIndex={0}
        onPointerMove={hover} role={tool?.drag ? "application" : "group"} aria-label={tool?.label ?? t("Image, to be zoomed and moved")} aria-description={tool?.help}
      >
        {tool && there && stage.current && <div class="picture__over" aria-hidden="true">{tool.over(lieOf(stage.current, element, view.current))}</div>}
      </div>
      <div class="picture__tools">
        {tool?.buttons}
        <div class="picture__zoom" role="group" aria-label={t("Zoom")}>
          <button type="button" class="button" aria-disabled={scale === 1} onClick={() => zoom(1 / STEP)} aria-label={t("Smaller")}>− {keysOn.value && <kbd aria-hidden="true">-</kbd>}</button>
          <button type="button" class="button" aria-disabled={scale === 1} onClick={whole} aria-label={t("Whole image")}>
            <span class="picture__whole">{t("Whole image")}</span>
            <svg class="picture__fit" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path d="M1 6V1h5M10 1h5v5M15 10v5h-5M6 15H1v-5" /></svg> {keysOn.value && <kbd aria-hidden="true">0</kbd>}
          </button>
          <button type="button" class="button" onClick={() => zoom(STEP)} aria-label={t("Larger")}>+ {keysOn.value && <kbd aria-hidden="true">+</kbd>}</button>
        </div>
      </div>
    </>
  );
}

function lieOf(stage: HTMLElement, element: HTMLElement, { scale, x, y }: View): Lie {
  const [width, height] = [element.offsetWidth * scale, element.offsetHeight * scale];
  const inside = { width: stage.clientWidth, height: stage.clientHeight };
  return { left: (inside.width - width) / 2 + x, top: (inside.height - height) / 2 + y, width, height, stage: inside };
}

function sizeOf(element: HTMLElement | null): Size {
  return { width: element?.offsetWidth ?? 0, height: element?.offsetHeight ?? 0 };
}

/** Plus, minus and nought anywhere on the page, unless an answer has that key; arrows once the image is zoomed. */
function bindKeys(stage: HTMLElement, view: () => View, zoom: (factor: number) => void, move: (dx: number, dy: number) => void, whole: () => void): () => void {
  const run: Record<string, () => void> = { "+": () => zoom(STEP), "=": () => zoom(STEP), "-": () => zoom(1 / STEP), "0": whole };
  const listen = (event: KeyboardEvent): void => {
    if (!keysOn.value || event.ctrlKey || event.metaKey || event.altKey || elsewhere(event.target)) return;
    // Of several images the one that has the focus, or else all of them.
    const at = event.target instanceof Element ? event.target.closest(".picture") : null;
    if (at && !at.contains(stage)) return;
    const arrow = ARROWS[event.key];
    if (arrow && view().scale > 1 && !event.defaultPrevented) {
      event.preventDefault();
      move(arrow[0] * stage.offsetWidth * PAN, arrow[1] * stage.offsetHeight * PAN);
    }
    // Whoever else has this key has taken it by then.
    const act = run[event.key];
    if (act) window.setTimeout(() => !event.defaultPrevented && act());
  };
  window.addEventListener("keydown", listen);
  return () => window.removeEventListener("keydown", listen);
}

function elsewhere(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest("input, textarea, select, dialog") !== null);
}
