import type { Kind } from "../kind";
import { check, describe, length, options, press } from "./definition";
import { Editor } from "./Editor";
import { Viewer } from "./Viewer";

export const kind: Kind = { Viewer, Editor, options, press, check, describe, length };
