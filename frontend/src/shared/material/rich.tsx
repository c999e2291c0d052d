import type { FunctionComponent } from "preact";
import { t } from "../i18n";
import { later, type Later } from "../later";
import { formatOf, parts, type Format, type Input, type Part } from "./input";

/** Everything but plain text. What draws a format is fetched where a project needs it. */
type Drawn = Exclude<Format, "plain">;

export interface Drawable {
  value: unknown;
  title: string;
  /** Of the first heading there may be in it. */
  level: number;
}

interface Drawing {
  default: FunctionComponent<Drawable>;
  /** Makes ready what the next cards show, nearest first. */
  ahead?: (values: unknown[]) => void;
}

const DRAWINGS: Record<Drawn, Later<Drawing>> = {
  markdown: later(() => import("./Markdown")),
  html: later(() => import("./Html")),
  image: later(() => import("./Picture")),
};

export function Rich({ part: { format, title, value }, level }: { part: Part; level: number }) {
  const drawing = DRAWINGS[format as Drawn];
  const Drawing = drawing.now.value?.default;
  if (Drawing) return <Drawing value={value} title={title} level={level} />;
  void drawing.fetch();
  return <p class="material__missing" role="status">{t("Fetching…")}</p>;
}

/** Fetches what draws this input, so that the first card is drawn at once. Never rejects. */
export async function ready(input: Input): Promise<void> {
  const formats = new Set(input.fields.map((field) => formatOf(input, field)));
  await Promise.all([...formats].map((format) => format !== "plain" && DRAWINGS[format].fetch()));
}

/** Makes ready what the next cards show: their payloads, nearest first. */
export function ahead(input: Input, payloads: Record<string, unknown>[]): void {
  const coming = payloads.flatMap((payload) => parts(input, payload));
  for (const [format, drawing] of Object.entries(DRAWINGS)) {
    drawing.now.value?.ahead?.(coming.filter((part) => part.format === format).map((part) => part.value));
  }
}
