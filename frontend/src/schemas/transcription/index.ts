import type { Kind } from "../kind";
import { check, describe, length, options, start } from "./definition";
import { Editor } from "./Editor";
import { Viewer } from "./Viewer";

export const kind: Kind = { Viewer, Editor, options, start, check, describe, length };
