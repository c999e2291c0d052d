import { useLayoutEffect, useRef } from "preact/hooks";
import { candidates, letterOf, prompt } from "../../shared/candidates";
import { t } from "../../shared/i18n";
import { Shown } from "../../shared/material/Material";
import type { Part } from "../../shared/material/input";
import { shuffled } from "../../shared/shuffle";
import type { Context } from "../kind";
import { orderOf } from "./definition";
import { drag } from "./drag";
import { change, handOf, move, pick } from "./hand";

export function Viewer(context: Context) {
  const { definition, payload, token, draft, locked } = context;
  const compared = candidates(definition, payload);
  const order = draft.value ? orderOf(draft.value) : shuffled(compared.length, token);
  const hand = handOf(context);
  const list = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    if (hand.focus === null) return;
    const one = list.current?.querySelector<HTMLElement>(`[data-candidate="${hand.marked}"]`);
    one?.querySelector<HTMLElement>(`[data-part="${hand.focus}"]`)?.focus({ preventScroll: true });
    one?.scrollIntoView({ block: "nearest" });
    change(context, { focus: null });
  });
  return (
    <div class="material">
      {prompt(definition, payload).map((part) => (
        <section class="material__part" key={part.title}>
          <h2 dir="auto">{part.title}</h2>
          <Shown part={part} />
        </section>
      ))}
      <ol class="order" ref={list} aria-live="off" aria-label={t("In order, the best first")}>
        {order.map((candidate, place) => (
          <One key={candidate} context={context} candidate={candidate} place={place} n={order.length} part={compared[candidate]} marked={!locked && hand.marked === candidate} held={hand.held && hand.marked === candidate} />
        ))}
      </ol>
      <p class="visually-hidden" role="status">{hand.said}</p>
    </div>
  );
}

interface OneProps {
  context: Context;
  candidate: number;
  place: number;
  n: number;
  part: Part | undefined;
  marked: boolean;
  held: boolean;
}

function One({ context, candidate, place, n, part, marked, held }: OneProps) {
  const letter = letterOf(candidate, n, context.token);
  const end = place === 0 ? t("best") : place === n - 1 ? t("worst") : "";
  const put = (event: KeyboardEvent): void => {
    if (!held || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    pick(context, candidate, false);
  };
  return (
    <li class="order__one" data-candidate={candidate} data-marked={marked} data-held={held}>
      <div class="order__head">
        <span class="order__place">{place + 1}.</span>
        {context.locked ? <strong>{letter}</strong> : (
          <button
            type="button" class="button order__handle" data-part="handle" aria-pressed={held} aria-label={t("{letter}, number {place} of {n}", { letter, place: place + 1, n })}
            onKeyDown={put} onPointerDown={(event) => drag(context, candidate, event)} onClick={() => pick(context, candidate, !held)} onFocus={() => change(context, { marked: candidate, held: held && marked })}
          >
            <span class="order__grip" aria-hidden="true">⋮⋮</span> {letter}
          </button>
        )}
        <span class="order__end">{end}</span>
        {!context.locked && (
          <span class="order__moves">
            <button type="button" class="button" data-part="up" data-enter aria-disabled={place === 0} aria-label={t("Move {letter} up", { letter })} onClick={() => move(context, candidate, -1, "up")}>▲</button>
            <button type="button" class="button" data-part="down" data-enter aria-disabled={place === n - 1} aria-label={t("Move {letter} down", { letter })} onClick={() => move(context, candidate, 1, "down")}>▼</button>
          </span>
        )}
      </div>
      {part && <Shown part={{ ...part, title: t("Image {letter}", { letter }) }} />}
    </li>
  );
}
