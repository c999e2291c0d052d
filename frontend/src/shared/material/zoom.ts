/** Zoom and pan of an image in its stage. Lengths are CSS pixels; x and y are where the image's middle is, seen from
 *  the middle of the stage; `fitted` is the image's size at scale 1, where the whole of it is seen. */
export interface View {
  scale: number;
  x: number;
  y: number;
}
export interface Size {
  width: number;
  height: number;
}

export const WHOLE: View = { scale: 1, x: 0, y: 0 };
export const STEP = 1.5;
export const MAX_SCALE = 12;

/** Zooms by a factor so that what is at (x, y), seen from the stage's middle, stays there. */
export function zoomed(view: View, factor: number, stage: Size, fitted: Size, x = 0, y = 0): View {
  const scale = Math.min(MAX_SCALE, Math.max(1, view.scale * factor));
  const by = scale / view.scale;
  return held({ scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by }, stage, fitted);
}

export function moved(view: View, dx: number, dy: number, stage: Size, fitted: Size): View {
  return held({ ...view, x: view.x + dx, y: view.y + dy }, stage, fitted);
}

/** No more is left empty at a side than the whole image leaves there. */
function held({ scale, x, y }: View, stage: Size, fitted: Size): View {
  return { scale, x: within(x, fitted.width * scale - stage.width), y: within(y, fitted.height * scale - stage.height) };
}

function within(value: number, over: number): number {
  const most = Math.max(0, over) / 2;
  // Adding 0 turns -0 into 0.
  return Math.min(most, Math.max(-most, value)) + 0;
}
