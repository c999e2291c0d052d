/** Answers outside the workbench: drawn on their item, or asked for by a form (frontend/answers.py, parts/answer_box.html). */
import { render } from "preact";
import { loadKind } from "../schemas";
import { t } from "../shared/i18n";
import { Ask } from "./Ask";
import type { Item } from "./item";
import { Show } from "./Show";

const places = [...document.querySelectorAll<HTMLElement>("[data-answer]")];
const items = places.map((place) => JSON.parse(place.querySelector("script")!.textContent!) as Item);
const begins = items.some(({ name }) => name !== undefined);

async function mount(place: HTMLElement, item: Item): Promise<void> {
  if (item.explanation) {
    const { Explained } = await import("../shared/explained/Explained");
    place.replaceChildren();
    return render(<Explained definition={item.definition} payload={item.payload} explanation={item.explanation} />, place);
  }
  const kind = await loadKind(item.definition.kind);
  place.replaceChildren();
  render(item.name === undefined ? <Show kind={kind} item={item} begins={begins} /> : <Ask kind={kind} item={{ ...item, name: item.name }} />, place);
}

places.forEach((place, index) => {
  mount(place, items[index]!).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    place.textContent = t("This could not be drawn: {why} Reload the page.", { why });
  });
});
