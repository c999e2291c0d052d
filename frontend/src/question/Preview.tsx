import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Bag, isBag } from "./schema";
import { sampleOf } from "./sample";
import { cleaned, config, parsed } from "./state";

const TYPED = "typed";
const chosen = signal(config.examples[0]?.key ?? "");
const typed = signal("");
const narrow = signal(false);

/** The labeller's card in a frame, where its own keys and the layout of a phone are what they will be. */
export function Preview() {
  const frame = useRef<HTMLIFrameElement>(null);
  const shown = cleaned.value;
  const payload = payloadOf(shown ?? {});
  const send = (): void => {
    if (shown && payload) frame.current?.contentWindow?.postMessage({ definition: shown, payload }, location.origin);
  };
  useEffect(send, [shown, JSON.stringify(payload)]);
  return (
    <div class="stack">
      <div class="cluster" role="group" aria-label="Width">
        <button type="button" class="button button--small" aria-pressed={!narrow.value} onClick={() => (narrow.value = false)}>Wide</button>
        <button type="button" class="button button--small" aria-pressed={narrow.value} onClick={() => (narrow.value = true)}>Phone, 360 pixels</button>
      </div>
      <div class="question__frame" data-narrow={narrow.value}>
        <iframe ref={frame} src={config.urls.preview} title="What labellers see" onLoad={send} />
      </div>
      <p class="small quiet">Press an answer's key or button to try it; nothing is kept. Keys work once the card has the focus.</p>
      <Example wrong={payload === null} />
    </div>
  );
}

function Example({ wrong }: { wrong: boolean }) {
  const type = (): void => {
    typed.value = JSON.stringify(payloadOf(cleaned.value ?? {}) ?? {}, null, 2);
    chosen.value = TYPED;
  };
  return (
    <>
      <div class="field">
        <label for="q-example">Example</label>
        <select class="input" id="q-example" value={chosen.value} onChange={(event) => (event.currentTarget.value === TYPED ? type() : (chosen.value = event.currentTarget.value))}>
          {config.examples.map(({ key }) => <option key={key} value={key}>{key}</option>)}
          <option value="">Made up</option>
          <option value={TYPED}>Typed here…</option>
        </select>
      </div>
      {chosen.value === TYPED && (
        <div class="field">
          <label for="q-payload">Payload, as JSON</label>
          <textarea class="input question__json" id="q-payload" rows={6} dir="ltr" spellcheck={false} value={typed.value} onInput={(event) => (typed.value = event.currentTarget.value)} aria-invalid={wrong ? "true" : undefined} aria-describedby="q-payload-help" />
          <p class="field__error" id="q-payload-help">{wrong && "This is no JSON object; the preview shows what stood here before."}</p>
        </div>
      )}
    </>
  );
}

/** null: what was typed can't be read. */
function payloadOf(definition: Bag): Bag | null {
  if (chosen.value === TYPED) {
    const value = parsed(typed.value);
    return isBag(value) ? value : null;
  }
  return config.examples.find(({ key }) => key === chosen.value)?.payload ?? sampleOf(definition);
}
