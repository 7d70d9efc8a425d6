/** The rows of a memory store: one map by key, changed by whole batches, and read by copies. */
import { keyOf } from "../../core/event.js";
import { type Row, type RowKey, rowName } from "../../core/row.js";
import type { Expectation } from "../../ports/store.js";
import { conflict, type ReadyBatch, type ReadyPut } from "../batch.js";

/** A row as kept: frozen, so that a copy of the map is a copy of the moment. */
export interface Shelved {
  readonly row: Row;
  readonly event: string;
}

export class Shelf {
  readonly #rows: Map<string, Shelved>;
  #ordinal: number;

  constructor(rows: ReadonlyMap<string, Shelved> = new Map(), ordinal = 0) {
    this.#rows = new Map(rows);
    this.#ordinal = ordinal;
  }

  /** Rows are frozen: a copy of the map is a copy of the moment. */
  copy(): Shelf {
    return new Shelf(this.#rows, this.#ordinal);
  }

  row(key: RowKey): Row | undefined {
    return this.#rows.get(keyText(key))?.row;
  }

  /** Every row as of now; what is applied later is not in it. */
  moment(): readonly Shelved[] {
    return [...this.#rows.values()];
  }

  /**
   * All of the batch or nothing: the changes are collected beside the rows and moved in at the end.
   * @throws `conflict`
   */
  apply(batch: ReadyBatch): Record<string, number> {
    const draft = new Draft(this.#rows, batch.event, this.#ordinal);
    for (const expectation of batch.expect) draft.require(expectation);
    for (const write of batch.writes) {
      if ("put" in write && write.put.table === "record") draft.put(write);
    }
    for (const write of batch.writes) {
      if ("erase" in write) draft.erase(write.erase);
      else if (write.put.table !== "record") draft.put(write);
    }
    this.#ordinal = draft.ordinal;
    for (const [key, shelved] of draft.changes) {
      if (shelved === undefined) this.#rows.delete(key);
      else this.#rows.set(key, shelved);
    }
    return draft.ordinals;
  }
}

class Draft {
  readonly changes = new Map<string, Shelved | undefined>();
  readonly ordinals: Record<string, number> = {};
  ordinal: number;
  readonly #base: ReadonlyMap<string, Shelved>;
  readonly #event: string;

  constructor(base: ReadonlyMap<string, Shelved>, event: string, ordinal: number) {
    this.#base = base;
    this.#event = event;
    this.ordinal = ordinal;
  }

  require({ kind, id, version }: Expectation): void {
    const found = this.#find({ table: "document", kind, id });
    const stored = found?.table === "document" ? found.version : 0;
    if (stored !== version) throw conflict(id);
  }

  put(ready: ReadyPut): void {
    const row = this.#follow(ready);
    this.changes.set(keyText(keyOf(row)), { row: Object.freeze(row), event: this.#event });
  }

  erase(key: RowKey): void {
    if (key.table === "record") throw conflict(key.id);
    this.changes.set(keyText(key), undefined);
  }

  #find(key: RowKey): Row | undefined {
    const text = keyText(key);
    return (this.changes.has(text) ? this.changes.get(text) : this.#base.get(text))?.row;
  }

  /** The row as it is to be kept, when it may follow what is there. */
  #follow({ put, body }: ReadyPut): Row {
    const found = this.#find(keyOf(put));
    switch (put.table) {
      case "document": {
        const stored = found?.table === "document" ? found.version : 0;
        if (put.version !== stored + 1) throw conflict(put.id);
        return { ...put, body: frozen(JSON.parse(body)) };
      }
      case "record":
        if (found?.table !== "record") return this.#first(put);
        if (put.ordinal !== 0 && put.ordinal !== found.ordinal) throw conflict(put.id);
        if (factsOf(put) !== factsOf(found)) throw conflict(put.id);
        if (found.erasedAt !== "" && put.erasedAt === "") throw conflict(put.id);
        return { ...put, ordinal: found.ordinal };
      case "payload": {
        const record = this.#find({ table: "record", id: put.record });
        if (found !== undefined || record === undefined) throw conflict(rowName(keyOf(put)));
        return put;
      }
      default:
        return put;
    }
  }

  #first(put: Extract<Row, { table: "record" }>): Row {
    if (put.ordinal !== 0) throw conflict(put.id);
    this.ordinal += 1;
    this.ordinals[put.id] = this.ordinal;
    return { ...put, ordinal: this.ordinal };
  }
}

/** What of a record may never change, as one text. */
function factsOf(row: Extract<Row, { table: "record" }>): string {
  const { subject, collection, purpose, basis, source, taken, collected } = row;
  return JSON.stringify([subject, collection, purpose, basis, source, taken, collected]);
}

/** Unlike `rowName`, unambiguous for ids that contain a slash. */
function keyText(key: RowKey): string {
  switch (key.table) {
    case "document":
      return JSON.stringify([key.table, key.kind, key.id]);
    case "record":
      return JSON.stringify([key.table, key.id]);
    case "payload":
      return JSON.stringify([key.table, key.record, key.category]);
    case "edge":
      return JSON.stringify([key.table, key.child, key.parent, key.relation]);
    case "member":
      return JSON.stringify([key.table, key.set, key.chunk]);
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}
