/**
 * Decides a group of batches against what is stored, without a word to the server: which batch is
 * refused, and what the tables are to hold after the others. The rules are the port's.
 */
import { keyOf } from "../../core/event.js";
import type { DocumentRow, RecordRow, RowKey } from "../../core/row.js";
import { rowName } from "../../core/row.js";
import type { Appended } from "../../ports/store.js";
import type { Outcome } from "../append-queue.js";
import { conflict, type ReadyBatch, type ReadyPut } from "../batch.js";
import { documentKey, type GroupState, payloadKey, type StoredRecord } from "./group-state.js";
import { homeOf } from "./home.js";
import { requireKey } from "./key-text.js";
import { Layer } from "./layer.js";

/** The next free sequence and the greatest ordinal given. */
export interface Head {
  readonly ledger: number;
  readonly ordinal: number;
}

export interface DocumentState {
  readonly home: string;
  readonly version: number;
  /** What is to be written; undefined for a document that stays as it is stored. */
  readonly put?: { readonly row: DocumentRow; readonly body: string; readonly seq: number };
}

export interface RecordState extends StoredRecord {
  readonly put?: { readonly row: RecordRow; readonly seq: number };
}

/** A payload, edge or member as it is to be; `put` is undefined for one that is stored. */
export interface Present {
  readonly put?: ReadyPut & { readonly seq: number };
}

export type EdgeKey = Extract<RowKey, { readonly table: "edge" }>;
export type MemberKey = Extract<RowKey, { readonly table: "member" }>;

export interface Entry {
  readonly seq: number;
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface GroupPlan {
  readonly outcomes: readonly Outcome[];
  readonly head: Head;
  readonly entries: readonly Entry[];
  readonly documents: Layer<DocumentState>;
  readonly records: Layer<RecordState>;
  readonly payloads: Layer<Present>;
  readonly edges: Layer<Present>;
  readonly members: Layer<Present>;
  /** Where each edge and member that is to be erased is found, by its name. */
  readonly keys: ReadonlyMap<string, EdgeKey | MemberKey>;
  /** Documents that were expected at a version and are not written. */
  readonly expected: ReadonlySet<string>;
}

export function planGroup(state: GroupState, head: Head, group: readonly ReadyBatch[]): GroupPlan {
  const draft = new Draft(state, head);
  const outcomes = group.map((batch) => draft.attempt(batch));
  return { outcomes, ...draft.result() };
}

class Draft {
  readonly #state: GroupState;
  readonly #entries: Entry[] = [];
  readonly #events = new Set<string>();
  readonly #keys = new Map<string, EdgeKey | MemberKey>();
  readonly #expected = new Set<string>();
  #head: Head;
  readonly #documents: Layer<DocumentState>;
  readonly #records: Layer<RecordState>;
  readonly #payloads: Layer<Present>;
  /** What is stored of these does not matter: a put replaces, an erasure may find nothing. */
  readonly #edges = new Layer<Present>(() => undefined);
  readonly #members = new Layer<Present>(() => undefined);

  constructor(state: GroupState, head: Head) {
    this.#state = state;
    this.#head = head;
    this.#documents = new Layer((key) => state.documents.get(key));
    this.#records = new Layer((key) => state.records.get(key));
    this.#payloads = new Layer((key) => (state.payloads.has(key) ? {} : undefined));
  }

  result(): Omit<GroupPlan, "outcomes"> {
    return {
      head: this.#head,
      entries: this.#entries,
      documents: this.#documents,
      records: this.#records,
      payloads: this.#payloads,
      edges: this.#edges,
      members: this.#members,
      keys: this.#keys,
      expected: this.#expected,
    };
  }

  attempt(batch: ReadyBatch): Outcome {
    const layers = [this.#documents, this.#records, this.#payloads, this.#edges, this.#members];
    const before = this.#head;
    try {
      const appended = this.#apply(batch);
      for (const layer of layers) layer.keep();
      return { appended };
    } catch (refused) {
      for (const layer of layers) layer.drop();
      this.#head = before;
      return { refused };
    }
  }

  /**
   * Records before everything else, so that a payload may stand before its record in the batch.
   */
  #apply({ event, bytes, expect, writes }: ReadyBatch): Appended {
    for (const { kind, id, version } of expect) {
      const found = this.#documents.get(documentKey(kind, id))?.version ?? 0;
      if (found !== version) throw conflict(id);
    }
    if (this.#events.has(event) || this.#state.events.has(event)) throw conflict(event);
    requireKey([event]);
    const seq = this.#head.ledger;
    const ordinals: Record<string, number> = {};
    for (const write of writes) {
      if ("put" in write && write.put.table === "record") this.#putRecord(write.put, seq, ordinals);
    }
    for (const write of writes) {
      if ("erase" in write) this.#erase(write.erase);
      else if (write.put.table !== "record") this.#put(write, seq);
    }
    this.#head = { ...this.#head, ledger: seq + 1 };
    this.#entries.push({ seq, id: event, bytes });
    this.#events.add(event);
    for (const { kind, id } of expect) this.#expected.add(documentKey(kind, id));
    return { seq, ordinals };
  }

  #put(ready: ReadyPut, seq: number): void {
    const row = ready.put;
    switch (row.table) {
      case "document":
        this.#putDocument(row, ready.body, seq);
        return;
      case "payload": {
        const key = payloadKey(row.record, row.category);
        const taken = this.#payloads.get(key) !== undefined;
        if (taken || this.#records.get(row.record) === undefined)
          throw conflict(rowName(keyOf(row)));
        requireKey([row.record, row.category]);
        this.#payloads.set(key, { put: { ...ready, seq } });
        return;
      }
      case "edge":
        requireKey([row.child, row.parent, row.relation]);
        this.#edges.set(this.#named(row), { put: { ...ready, seq } });
        return;
      case "member":
        requireKey([row.set]);
        this.#members.set(this.#named(row), { put: { ...ready, seq } });
        return;
      case "record":
        return;
    }
  }

  #putDocument(row: DocumentRow, body: string, seq: number): void {
    const { kind, id, version, owner, due } = row;
    const key = documentKey(kind, id);
    if ((this.#documents.get(key)?.version ?? 0) !== version - 1) throw conflict(id);
    requireKey([kind, id, owner, due]);
    this.#documents.set(key, { home: homeOf(kind, id, owner), version, put: { row, body, seq } });
  }

  #putRecord(row: RecordRow, seq: number, ordinals: Record<string, number>): void {
    const { id, subject, collection, purpose, basis, source, taken, collected } = row;
    const facts = [collection, purpose, basis, source, taken, collected];
    const known = this.#records.get(id);
    if (known !== undefined) {
      const same = known.subject === subject && facts.every((fact, at) => fact === known.facts[at]);
      const ordinal = row.ordinal === 0 || row.ordinal === known.ordinal;
      const takenBack = known.erasedAt !== "" && row.erasedAt === "";
      if (!same || !ordinal || takenBack) throw conflict(id);
      this.#records.set(id, { ...known, erasedAt: row.erasedAt, put: { row, seq } });
      return;
    }
    if (row.ordinal !== 0) throw conflict(id);
    requireKey([subject, id]);
    requireKey([basis]);
    requireKey([row.due]);
    const ordinal = this.#head.ordinal + 1;
    this.#head = { ...this.#head, ordinal };
    const { erasedAt } = row;
    this.#records.set(id, { ordinal, subject, facts, erasedAt, put: { row, seq } });
    ordinals[id] = ordinal;
  }

  #erase(key: RowKey): void {
    switch (key.table) {
      case "document":
        this.#documents.set(documentKey(key.kind, key.id), undefined);
        return;
      case "record":
        throw conflict(key.id);
      case "payload":
        this.#payloads.set(payloadKey(key.record, key.category), undefined);
        return;
      case "edge":
        this.#edges.set(this.#named(key), undefined);
        return;
      case "member":
        this.#members.set(this.#named(key), undefined);
        return;
    }
  }

  /** Ids may hold anything, so the name is not the ledger's, whose parts could run together. */
  #named(key: EdgeKey | MemberKey): string {
    const parts =
      key.table === "edge" ? [key.child, key.parent, key.relation] : [key.chunk, key.set];
    const name = JSON.stringify(parts);
    this.#keys.set(name, key);
    return name;
  }
}
