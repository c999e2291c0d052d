import { t } from "../i18n";
import { inputOf, parts, type Part } from "../material/input";
import Picture from "../material/Picture";
import type { Lie, Tool } from "../material/Stage";
import { runs, scaled, strongest, type Explanation, type Region, type Token } from "./weights";

const LISTED = 10;

/** What weighed how much in a model's prediction, drawn on the item: strong colour for strong weights, a solid line for
 *  what spoke for it, a dashed one for what spoke against. The same in numbers below. */
export function Explained({ explanation, definition, payload }: { explanation: Explanation; definition: Record<string, unknown>; payload: Record<string, unknown> }) {
  const { regions, tokens, field } = explanation;
  const wanted = (part: Part): boolean => (field === undefined || part.field === field) && (part.format === "image") === (regions !== undefined);
  const part = parts(inputOf(definition), payload).find(wanted);
  if (!part || part.value === null || part.value === undefined) return <p class="quiet">{t("The model's explanation is of something that is not shown here.")}</p>;
  return (
    <div class="explained">
      <p class="small quiet">{t("Strong colours weighed most. Solid lines spoke for the model's answer, dashed ones against it.")}</p>
      {regions && <Picture value={part.value} title={part.title} tool={heat(regions)} />}
      {tokens && <Text text={String(part.value)} tokens={tokens} />}
      <Listed rows={regions ? strongest(regions, LISTED).map((one) => [placed(one), one.weight]) : strongest(tokens ?? [], LISTED).map((one) => [`“${[...String(part.value)].slice(one.start, one.end).join("")}”`, one.weight])} />
    </div>
  );
}

function heat(regions: Region[]): Tool {
  const drawn = scaled(regions);
  return {
    label: t("Image with what weighed in the model's answer"),
    over: (lie: Lie) => drawn.map(({ x, y, width, height, weight }, index) => (
      <div
        key={index} class="explained__region" data-against={weight < 0}
        style={{
          left: `${lie.left + x * lie.width}px`, top: `${lie.top + y * lie.height}px`,
          width: `${width * lie.width}px`, height: `${height * lie.height}px`, "--weight": Math.abs(weight),
        }}
      />
    )),
  };
}

function Text({ text, tokens }: { text: string; tokens: Token[] }) {
  return (
    <p class="material__text" dir="auto">
      {runs(text, tokens).map(({ text: run, weight }, index) =>
        weight === 0 ? run : <mark key={index} class="explained__token" data-against={weight < 0} style={{ "--weight": Math.abs(weight) }}>{run}</mark>,
      )}
    </p>
  );
}

function placed({ x, y, width, height }: Region): string {
  const percent = (share: number): string => `${Math.round(share * 100)}%`;
  return t("{x} from the left, {y} from the top, {width} wide, {height} high", { x: percent(x), y: percent(y), width: percent(width), height: percent(height) });
}

function Listed({ rows }: { rows: [string, number][] }) {
  return (
    <details>
      <summary>{t("In numbers")}</summary>
      <table class="table">
        <thead><tr><th scope="col">{t("Part")}</th><th scope="col" class="number">{t("Weight")}</th></tr></thead>
        <tbody>
          {rows.map(([part, weight], index) => (
            <tr key={index}><td class="text" dir="auto">{part}</td><td class="number">{weight > 0 ? "+" : ""}{Number(weight.toPrecision(3))}</td></tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
