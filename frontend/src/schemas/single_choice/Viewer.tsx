import type { Context } from "../kind";
import { texts } from "./definition";

function Text({ text }: { text: string | null }) {
  if (text === null) return <p class="material__missing">Nothing stands here. If that makes it undecidable, say so with “Can't decide”.</p>;
  return <p class="material__text" dir="auto">{text}</p>;
}

export function Viewer({ definition, payload }: Context) {
  const shown = texts(definition, payload);
  if (shown.length === 1) {
    return <div class="material"><Text text={shown[0]?.text ?? null} /></div>;
  }
  return (
    <div class="material material--pair">
      {shown.map(({ field, text }) => (
        <section class="material__part" key={field}>
          <h2>{field}</h2>
          <Text text={text} />
        </section>
      ))}
    </div>
  );
}
