import { t } from "../i18n";
import { later } from "../later";
import { parts, type Input, type Part } from "./input";

/** Everything that an input shows of a payload: one thing alone, two side by side, more below each other. */
export function Material({ input, payload }: { input: Input; payload: Record<string, unknown> }) {
  const shown = parts(input, payload);
  if (shown.length === 1) return <div class="material"><Shown part={shown[0]!} /></div>;
  return (
    <div class={shown.length === 2 ? "material material--pair" : "material"}>
      {shown.map((part) => (
        <section class="material__part" key={part.title}>
          <h2 dir="auto">{part.title}</h2>
          <Shown part={part} level={3} />
        </section>
      ))}
    </div>
  );
}

/** One thing to look at, drawn as its format says; `level`: of the first heading there may be in it. */
export function Shown({ part, level = 2 }: { part: Part; level?: number }) {
  if (part.value === null || part.value === undefined) return <p class="material__missing">{t("Nothing stands here. If that makes it undecidable, say so with “Can't decide”.")}</p>;
  if (part.format === "plain") return <p class="material__text" dir="auto" elementtiming="text">{part.value as string}</p>;
  const Rich = rich.now.value?.Rich;
  if (Rich) return <Rich part={part} level={level} />;
  void rich.fetch();
  return <p role="status">{t("Fetching…")}</p>;
}

/** What draws all but plain text. */
export const rich = later(() => import("./rich"));

/** Fetches what draws this input, so that the first card is drawn at once. Never rejects. */
export async function readyFor(input: Input): Promise<void> {
  if (input.kind !== "image" && !input.format) return;
  await rich.fetch();
  await rich.now.value?.ready(input);
}
