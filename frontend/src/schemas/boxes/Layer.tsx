import type { CSSProperties } from "preact";
import type { Lie } from "../../shared/material/Stage";
import { labelsOf, titleOf, WHOLE, type Box, type Place } from "./definition";
import { GRIPS } from "./geometry";
import type { Definition } from "../kind";

/** Colours that differ in hue, in turn; all of them carry white text (4.5 : 1 or more). */
export const HUES = 8;

interface Props {
  definition: Definition;
  boxes: Box[];
  selected: number | null;
  /** The box that is being drawn. */
  drawn: Place | null;
  lie: Lie;
  handles: boolean;
}

/** The boxes over the image. Lines are as thick at every zoom. */
export function Layer({ definition, boxes, selected, drawn, lie, handles }: Props) {
  return (
    <>
      {boxes.map((box, index) => (
        <div key={index} class="box" data-hue={hueOf(definition, box.label)} data-selected={index === selected} style={styleOf(box, lie)}>
          <span class="box__name" dir="auto">{index + 1} {titleOf(definition, box.label)}</span>
          {handles && index === selected && GRIPS.map(({ x, y }) => <i key={`${x} ${y}`} class="box__handle" style={{ left: `${(x + 1) * 50}%`, top: `${(y + 1) * 50}%` }} />)}
        </div>
      ))}
      {drawn && <div class="box box--drawn" style={styleOf(drawn, lie)} />}
    </>
  );
}

export function hueOf(definition: Definition, label: string): number {
  return Math.max(0, labelsOf(definition).findIndex(({ name }) => name === label)) % HUES;
}

/** Left is left of the image, whatever way the page reads. */
function styleOf({ x, y, width, height }: Place, lie: Lie): CSSProperties {
  const px = (part: number, of: number, from = 0): string => `${from + (part / WHOLE) * of}px`;
  return { left: px(x, lie.width, lie.left), top: px(y, lie.height, lie.top), width: px(width, lie.width), height: px(height, lie.height) };
}
