import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { keysOn } from "../keysOn";
import { gestures } from "./gestures";
import type { Image } from "./image";
import { moved, STEP, WHOLE, zoomed, type Size, type View } from "./zoom";

const PAN = 0.15;
const ARROWS: Record<string, [number, number]> = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The image in its stage: zoomed and moved by wheel, fingers, keys and buttons. */
export function Stage({ image, title, element, there }: { image: Image; title: string; element: HTMLImageElement; there: boolean }) {
  const stage = useRef<HTMLDivElement>(null);
  const view = useRef<View>(WHOLE);
  const [scale, say] = useState(1);
  const set = (next: View): void => {
    view.current = next;
    element.style.transform = next.scale === 1 ? "" : `translate(${next.x}px, ${next.y}px) scale(${next.scale})`;
    say(next.scale);
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
    const unbind = [gestures(box, () => view.current, zoom, move, whole), bindKeys(box, () => view.current, zoom, move, whole)];
    return () => {
      unbind.forEach((each) => each());
      element.remove();
    };
  }, []);

  const ratio = image.width && image.height ? { aspectRatio: `${image.width} / ${image.height}` } : {};
  return (
    <>
      <div ref={stage} class="picture__stage" style={ratio} data-zoomed={scale > 1} aria-busy={!there} tabIndex={0} role="group" aria-label={t("Image, to be zoomed and moved")} />
      <div class="picture__tools" role="group" aria-label={t("Zoom")}>
        <button type="button" class="button" disabled={scale === 1} onClick={() => zoom(1 / STEP)} aria-label={t("Smaller")}>− {keysOn.value && <kbd aria-hidden="true">-</kbd>}</button>
        <button type="button" class="button" disabled={scale === 1} onClick={whole}>{t("Whole image")} {keysOn.value && <kbd aria-hidden="true">0</kbd>}</button>
        <button type="button" class="button" onClick={() => zoom(STEP)} aria-label={t("Larger")}>+ {keysOn.value && <kbd aria-hidden="true">+</kbd>}</button>
      </div>
    </>
  );
}

function sizeOf(element: HTMLElement | null): Size {
  return { width: element?.offsetWidth ?? 0, height: element?.offsetHeight ?? 0 };
}

/** Plus, minus and nought anywhere on the page, unless an answer has that key; arrows once the image is zoomed. */
function bindKeys(stage: HTMLElement, view: () => View, zoom: (factor: number) => void, move: (dx: number, dy: number) => void, whole: () => void): () => void {
  const run: Record<string, () => void> = { "+": () => zoom(STEP), "=": () => zoom(STEP), "-": () => zoom(1 / STEP), "0": whole };
  const listen = (event: KeyboardEvent): void => {
    if (!keysOn.value || event.ctrlKey || event.metaKey || event.altKey || elsewhere(event.target)) return;
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
