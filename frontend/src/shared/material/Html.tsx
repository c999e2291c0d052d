import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { framed, withoutPages } from "./frame";
import type { Drawable } from "./rich";

/** A frame that gets the focus this soon after Tab got it by Tab. */
const BY_TAB_MS = 500;

/** HTML from the data, in a frame where nothing runs and nothing is fetched. */
export default function Html({ value, title }: Drawable) {
  const page = useMemo(() => framed(withoutPages(value as string)), [value]);
  const frame = useRef<HTMLIFrameElement>(null);
  // A click into a frame takes the keys away from the page; Tab still goes in, to scroll it.
  const tabbed = useRef(-Infinity);
  useLayoutEffect(() => {
    const back = (): void => {
      // Where the focus went is known after the event.
      window.setTimeout(() => document.activeElement === frame.current && performance.now() - tabbed.current > BY_TAB_MS && frame.current?.blur());
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Tab") tabbed.current = performance.now();
    };
    window.addEventListener("blur", back);
    window.addEventListener("keydown", onKey, true);
    return () => {
      window.removeEventListener("blur", back);
      window.removeEventListener("keydown", onKey, true);
    };
  }, []);
  return <iframe ref={frame} class="material__frame" sandbox="" referrerpolicy="no-referrer" title={title} tabIndex={0} srcdoc={page} />;
}
