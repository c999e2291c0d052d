/** The worker that opens this page without a connection: frontend/src/offline/worker.ts. */
export async function workOffline(): Promise<void> {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register("/worker.js");
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage({ keep: location.pathname });
  } catch {
    // Without it a reload needs a connection; nothing else does.
  }
}
