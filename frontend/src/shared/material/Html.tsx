import { useLayoutEffect, useRef } from "preact/hooks";
import { framed } from "./frame";

/** HTML from the data, in a frame where nothing runs and nothing is fetched. */
export default function Html({ value, title }: { value: unknown; title: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  // A click into a frame takes the keys away from the page; Tab still goes in, to scroll it.
  useLayoutEffect(() => {
    const back = (): void => {
      if (document.activeElement === frame.current && frame.current?.matches(":hover")) window.setTimeout(() => frame.current?.blur());
    };
    window.addEventListener("blur", back);
    return () => window.removeEventListener("blur", back);
  }, []);
  return <iframe ref={frame} class="material__frame" sandbox="" referrerpolicy="no-referrer" title={title} tabIndex={0} srcdoc={framed(value as string)} />;
}
