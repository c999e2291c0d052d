import type { Context } from "../kind";
import { handOf, move, pick } from "./hand";

/** Follows a pointer that went down on a handle: its candidate changes places with the ones it passes. Returns nothing;
 *  it ends by itself. */
export function drag(context: Context, candidate: number, event: PointerEvent): void {
  const list = (event.currentTarget as HTMLElement).closest("ol");
  if (!list || event.button !== 0) return;
  const from = event.clientY, ended = new AbortController();
  let far = false;
  const follow = ({ clientY, pointerId }: PointerEvent): void => {
    if (pointerId !== event.pointerId) return;
    far ||= Math.abs(clientY - from) > 6;
    if (!far) return;
    if (!handOf(context).held) pick(context, candidate, true);
    const items = [...list.children] as HTMLElement[];
    const at = items.findIndex((item) => item.dataset.candidate === String(candidate));
    if (at > 0 && clientY < middle(items[at - 1]!)) move(context, candidate, -1, "handle");
    else if (at >= 0 && at < items.length - 1 && clientY > middle(items[at + 1]!)) move(context, candidate, 1, "handle");
  };
  const end = ({ pointerId }: PointerEvent): void => {
    if (pointerId !== event.pointerId) return;
    ended.abort();
    if (!far) return;
    pick(context, candidate, false);
    // The click that ends a drag picks nothing up.
    window.addEventListener("click", (click) => click.stopPropagation(), { capture: true, once: true });
    window.setTimeout(() => window.dispatchEvent(new MouseEvent("click")));
  };
  for (const [type, run] of [["pointermove", follow], ["pointerup", end], ["pointercancel", end]] as const) {
    window.addEventListener(type, run, { signal: ended.signal });
  }
}

function middle(item: HTMLElement): number {
  const { top, height } = item.getBoundingClientRect();
  return top + height / 2;
}
