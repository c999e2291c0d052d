/** Runs it when the frame that is being made is on the screen: a message sent from a frame is handled after it. */
export function onPainted(run: () => void): void {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      run();
    };
    port2.postMessage(null);
  });
}

const LATEST_MS = 100;

/** What the next card need not wait for: done once it is painted, or soon, in a page that paints nothing. */
export function afterCard(run: () => void): void {
  let waiting = true;
  const once = (): void => {
    if (waiting) run();
    waiting = false;
  };
  window.setTimeout(once, LATEST_MS);
  onPainted(once);
}
