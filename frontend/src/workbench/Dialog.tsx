import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../shared/i18n";
import { panel } from "./state";

/** A modal dialog; Escape and a click beside it close it, focus goes back to where it was. */
export function Dialog({ title, children }: { title: string; children: ComponentChildren }) {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const close = (): void => {
    panel.value = null;
  };
  // The browser tells of a closed dialog with the next frame, and a key pressed before that would be lost.
  const onEscape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    close();
  };
  return (
    <dialog ref={box} aria-labelledby="dialog-title" onKeyDown={onEscape} onClose={close} onClick={(event) => event.target === box.current && close()}>
      <div>
        <div class="cluster cluster--apart">
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="button button--quiet button--small" onClick={close}>{t("Close")}</button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
