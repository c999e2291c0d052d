import { computed, signal } from "@preact/signals";
import { local, store, stored } from "../shared/stored";
import { config } from "./config";

const OPEN = "quorum:guideline-open";
const SEEN = `quorum:guideline-seen:${config.project.id}`;
const number = config.guideline?.number ?? 0;

const lastSeen = stored<number>(local, SEEN, 0);
const seen = signal(lastSeen);

/** A rule was changed after this person last had the panel open. */
export const changed = lastSeen > 0 ? lastSeen < number : Boolean(config.guideline?.changed);
export const unseen = computed(() => config.guideline !== null && seen.value < number);

const roomy = matchMedia("(min-width: 60.01rem)").matches;
/** Open beside the card where there is room; on small screens only when asked for. */
export const guidelineOpen = signal(config.guideline !== null && roomy && stored(local, OPEN, true));
if (guidelineOpen.value) markSeen();

export function toggleGuideline(): void {
  if (config.guideline === null) return;
  guidelineOpen.value = !guidelineOpen.value;
  if (roomy) store(local, OPEN, guidelineOpen.value);
  if (guidelineOpen.value) markSeen();
}

function markSeen(): void {
  seen.value = number;
  store(local, SEEN, number);
}
