/** The owner's form for the label schema, with the labeller's card beside it (frontend/views/question.py). */
import { render } from "preact";
import { Form, rememberNames } from "./Form";
import { Preview } from "./Preview";
import { watch } from "./state";

const form = document.querySelector<HTMLElement>("[data-question]")!;
const preview = document.querySelector<HTMLElement>("[data-question-preview]")!;

rememberNames();
watch();
form.replaceChildren();
preview.replaceChildren();
render(<Form />, form);
render(<Preview />, preview);
