/** The labeller's card without a lease: what the page around this frame sends is shown; an answer is only told. */
import { signal } from "@preact/signals";
import { Component, type ComponentChildren, render } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { bind, printed } from "../answer/keys";
import { loadKind } from "../schemas";
import type { Answer, Context, Definition, Kind, Payload } from "../schemas/kind";
import { AnswerBox } from "../shared/AnswerBox";

interface Sent {
  definition: Definition;
  payload: Payload;
}

const place = document.getElementById("preview")!;
/** In place of a lease: labellers see parts in an order that each lease draws anew. */
const TOKEN = "preview";
let number = 0;
let last = "";

function Card({ kind, definition, payload }: Sent & { kind: Kind }) {
  const root = useRef<HTMLElement>(null);
  const [said, say] = useState("");
  const context: Context = useMemo(() => {
    const draft = signal(kind.start?.(definition, payload, undefined, TOKEN));
    const options = kind.options(definition);
    const give = (answer: Answer): void => {
      const wrong = kind.check(definition, answer, payload);
      say(wrong === null ? `It would be sent: “${kind.describe(definition, answer, { payload, token: TOKEN })}”.` : `This answer can't be given: ${wrong}`);
    };
    return { definition, payload, token: TOKEN, draft, options, keys: printed(kind, options), give, notes: true };
  }, []);
  useLayoutEffect(() => {
    const finish = kind.start ? () => context.draft.value && context.give(context.draft.value) : undefined;
    return bind(document.body, kind, () => context, { finish });
  }, []);
  return (
    <section class="card bench__card" aria-label="Item" ref={root}>
      <h1 dir="auto">{definition.question}</h1>
      <AnswerBox kind={kind} context={context}>
        <p class="small" role="status" data-test="said">{said || "Nothing answered yet."}</p>
      </AnswerBox>
    </section>
  );
}

/** A definition that is half made may not be drawn; the next one is. */
class Guard extends Component<{ children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false };
  override componentDidCatch(): void {
    this.setState({ failed: true });
  }
  override render() {
    return this.state.failed ? <p class="bench__wait" role="status">This example can't be shown under this question. Choose another one, or type one.</p> : this.props.children;
  }
}

window.addEventListener("message", (event: MessageEvent<Sent>) => {
  if (event.origin !== location.origin || !event.data?.definition) return;
  const sent = JSON.stringify(event.data);
  // What is drawn already stays, with what was answered.
  if (sent === last) return;
  last = sent;
  const mine = ++number;
  void loadKind(event.data.definition.kind).then(
    (kind) => {
      if (mine !== number) return;
      place.querySelector(":scope > .bench__wait[data-first]")?.remove();
      render(<Guard key={mine}><Card kind={kind} {...event.data} /></Guard>, place);
    },
    (error: unknown) => render(<p class="bench__wait" role="alert">{error instanceof Error ? error.message : String(error)}</p>, place),
  );
});
