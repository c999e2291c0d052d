import { signal } from "@preact/signals";
import { local, store, stored } from "./stored";

const SWITCH = "quorum:keys-on";

/** Single keys can be switched off for speech input and unsteady hands (WCAG 2.1.4). */
export const keysOn = signal<boolean>(stored(local, SWITCH, true));

export function switchKeys(on: boolean): void {
  keysOn.value = on;
  store(local, SWITCH, on);
}
