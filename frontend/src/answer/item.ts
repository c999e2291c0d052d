import type { Explanation } from "../shared/explained/weights";
import type { Answer, Definition, Payload } from "../schemas/kind";

export interface Item {
  definition: Definition;
  payload: Payload;
  /** Answers to draw, each with whose it is. */
  answers?: { title: string; answer: Answer }[];
  /** What weighed in a model's prediction, to be drawn on the item. */
  explanation?: Explanation;
  /** The form's field to be filled; without it there is only something to look at. */
  name?: string;
  given?: Answer | null;
  /** The form may go without an answer. */
  optional?: boolean;
}
