import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { imageOf, type Image } from "./image";
import { giveBack, loadAhead, take } from "./loaded";
import type { Drawable } from "./rich";
import { Stage, type Tool } from "./Stage";

/** An image from the data. Its place is kept before it is there, so that nothing moves when it comes. */
export default function Picture({ value, title, tool }: Omit<Drawable, "level"> & { tool?: Tool }) {
  const image = imageOf(value);
  if (!image) return <p class="material__missing">{t("The address of this image is none that may be opened here. If it is needed, say so with “Can't decide”.")}</p>;
  return <Framed key={image.url} image={image} title={title} tool={tool} />;
}

export function ahead(values: unknown[]): void {
  loadAhead(values.flatMap((value) => imageOf(value)?.url ?? []));
}

function Framed({ image, title, tool }: { image: Image; title: string; tool?: Tool | undefined }) {
  const [held, hold] = useState(() => take(image.url));
  const latest = useRef(held);
  latest.current = held;
  useLayoutEffect(() => () => giveBack(image.url, latest.current), []);
  const again = (): void => hold(take(image.url));
  useLayoutEffect(() => {
    const retry = (): void => void (latest.current.state.peek() === "broken" && again());
    window.addEventListener("online", retry);
    return () => window.removeEventListener("online", retry);
  }, []);
  const state = held.state.value;
  return (
    <div class="picture" data-state={state}>
      {state === "broken" ? <Broken again={again} /> : <Stage key={held} image={image} title={title} element={held.element} there={state === "there"} {...(tool && { tool })} />}
    </div>
  );
}

function Broken({ again }: { again: () => void }) {
  return (
    <div class="picture__broken" role="status">
      <p><strong>{t("This image can't be loaded.")}</strong></p>
      <p>{t("If trying again doesn't help, choose “Can't decide” and “It is broken or can't be read”.")}</p>
      <button type="button" class="button" onClick={again}>{t("Try again")}</button>
    </div>
  );
}
