import type { Kind } from "../kind";
import { check, describe, length, options } from "./definition";
import { Editor } from "./Editor";
import { Viewer } from "./Viewer";

export const kind: Kind = { Viewer, Editor, options, check, describe, length };
