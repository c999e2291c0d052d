import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { t } from "../i18n";
import { formatOf, parts, type Format, type Input, type Part } from "./input";

/** Everything but plain text. What draws a format is fetched where a project needs it. */
type Drawn = Exclude<Format, "plain">;

interface Drawing {
  default: FunctionComponent<{ value: unknown; title: string }>;
  /** Makes ready what the next cards show, nearest first. */
  ahead?: (values: unknown[]) => void;
}

const AGAIN_MS = 5_000;
const FETCH: Record<Drawn, () => Promise<Drawing>> = {
  markdown: () => import("./Markdown"),
  html: () => import("./Html"),
  image: () => import("./Picture"),
};
const asked = new Map<Drawn, Promise<void>>();
const drawings = signal<Partial<Record<Drawn, Drawing>>>({});

export function Rich({ part: { format, title, value } }: { part: Part }) {
  const Drawing = drawings.value[format as Drawn]?.default;
  if (Drawing) return <Drawing value={value} title={title} />;
  void fetchDrawing(format as Drawn);
  return <p class="material__missing" role="status">{t("Fetching…")}</p>;
}

/** Fetches what draws this format, once; again after a while when that fails. Never rejects. */
function fetchDrawing(format: Drawn): Promise<void> {
  const fetching = asked.get(format) ?? attempt(format);
  asked.set(format, fetching);
  return fetching;
}

async function attempt(format: Drawn): Promise<void> {
  try {
    const drawing = await FETCH[format]();
    drawings.value = { ...drawings.value, [format]: drawing };
  } catch {
    window.setTimeout(() => {
      asked.delete(format);
      void fetchDrawing(format);
    }, AGAIN_MS);
  }
}

/** Fetches what draws this input, so that the first card is drawn at once. Never rejects. */
export async function ready(input: Input): Promise<void> {
  const formats = new Set(input.fields.map((field) => formatOf(input, field)));
  await Promise.all([...formats].map((format) => format !== "plain" && fetchDrawing(format)));
}

/** Makes ready what the next cards show: their payloads, nearest first. */
export function ahead(input: Input, payloads: Record<string, unknown>[]): void {
  const coming = payloads.flatMap((payload) => parts(input, payload));
  for (const [format, drawing] of Object.entries(drawings.value)) {
    drawing.ahead?.(coming.filter((part) => part.format === format).map((part) => part.value));
  }
}
