import { useRef } from "preact/hooks";
import { Faults, idOf, type Part } from "./Fields";
import { type Bag, changed, isBag, type Json, rowOf, type Schema, titleOf } from "./schema";
import { namesOf, origins } from "./state";

/** A list of named things, choices or labels: a row each, to be added, removed and moved. */
export function Named({ schema, name, path, value, set }: Part) {
  const root = useRef<HTMLFieldSetElement>(null);
  const rows = (Array.isArray(value) ? (value as Json[]) : []).map((one): Bag => (isBag(one) ? one : { name: String(one) }));
  const row = rowOf(schema.items!)!;
  const was = origins.value[path] ?? namesOf(rows);
  const put = (next: Bag[], from: (string | null)[]): void => {
    origins.value = { ...origins.value, [path]: from };
    set(next);
  };
  const replace = (index: number, one: Bag): void => put(rows.map((old, at) => (at === index ? one : old)), was);
  const remove = (index: number): void => put(rows.filter((_, at) => at !== index), was.filter((_, at) => at !== index));
  const swap = (index: number): void => put(swapped(rows, index), swapped(was, index));
  const add = (): void => {
    put([...rows, { name: "" }], [...was, null]);
    window.requestAnimationFrame(() => root.current?.querySelector<HTMLInputElement>("li:last-child input")?.focus());
  };
  return (
    <fieldset class="fieldset stack" ref={root}>
      <legend>{titleOf(name, schema)}</legend>
      {schema.description && <p class="field__help">{schema.description}</p>}
      <ol class="named">
        {rows.map((one, index) => (
          <li class="named__row" key={index}>
            <Row row={row} path={`${path}[${index}]`} number={index + 1} value={one} set={(next) => replace(index, next)} />
            <div class="cluster">
              <button type="button" class="button button--small button--quiet" disabled={index === 0} onClick={() => swap(index - 1)}>Up<span class="visually-hidden"> {index + 1}</span></button>
              <button type="button" class="button button--small button--quiet" disabled={index === rows.length - 1} onClick={() => swap(index)}>Down<span class="visually-hidden"> {index + 1}</span></button>
              <button type="button" class="button button--small button--quiet" disabled={rows.length <= (schema.minItems ?? 0)} onClick={() => remove(index)}>Remove<span class="visually-hidden"> {index + 1}</span></button>
            </div>
            <Faults path={`${path}[${index}]`} />
          </li>
        ))}
      </ol>
      <p><button type="button" class="button button--small" onClick={add}>Add one</button></p>
      <Faults path={path} />
    </fieldset>
  );
}

function Row({ row, path, number, value, set }: { row: Schema; path: string; number: number; value: Bag; set: (value: Bag) => void }) {
  return (
    <div class="named__fields">
      {Object.entries(row.properties!).map(([name, part]) => {
        const id = idOf(`${path}.${name}`);
        const given = value[name];
        const read = (typed: string): Json => (typed === "" && name !== "name" ? undefined : typed);
        return (
          <div class={`field named__${name}`} key={name}>
            <label for={id}>{titleOf(name, part)}<span class="visually-hidden"> {number}</span></label>
            <input class="input" id={id} dir="auto" maxLength={name === "key" ? 1 : part.maxLength} value={String(given ?? "")} onInput={(event) => set(changed(value, name, read(event.currentTarget.value)))} />
            <Faults path={`${path}.${name}`} />
          </div>
        );
      })}
    </div>
  );
}

function swapped<T>(list: T[], index: number): T[] {
  const next = [...list];
  [next[index], next[index + 1]] = [next[index + 1]!, next[index]!];
  return next;
}
