/**
 * What every store adapter does with a batch before its transaction begins: refuse what is too
 * large or not of the shape the types promise, take a copy that the caller can no longer change,
 * and fix the event's bytes.
 */
import { type Event, eventBytes, type Write } from "../core/event.js";
import type { Row, RowKey } from "../core/row.js";
import { CustodyError, isCustodyError } from "../errors.js";
import { fromBase64url } from "../lib/bytes.js";
import type { Batch, Expectation } from "../ports/store.js";

export const BATCH_WRITES_MAX = 10_000;
export const BATCH_EXPECTATIONS_MAX = 10_000;
/**
 * Of one row: the bytes of its body, payload or bitmap, and the characters of its other columns.
 */
export const ROW_BYTES_MAX = 1_048_576;
/**
 * Of an event with the digests of a full batch: about 130 bytes a row, and the rest for `about`.
 */
export const EVENT_BYTES_MAX = 4_194_304;
/** Of each list in a scan's conditions. */
export const SCAN_LIST_ENTRIES_MAX = 100_000;

const NO_BYTES = new Uint8Array(0);

/**
 * A row to write. `body` is the JSON text of a document; `blob` the sealed bytes or the bitmap;
 * else empty.
 */
export interface ReadyPut {
  readonly put: Row;
  readonly body: string;
  readonly blob: Uint8Array;
  readonly salt: Uint8Array;
}

export type ReadyWrite = ReadyPut | { readonly erase: RowKey };

export interface ReadyBatch {
  readonly event: string;
  readonly bytes: Uint8Array;
  readonly expect: readonly Expectation[];
  readonly writes: readonly ReadyWrite[];
}

/**
 * @throws `limit-exceeded`; `option-invalid` naming the place of what is not a row, an id or JSON
 */
export function readyBatch(batch: Batch): ReadyBatch {
  const expect = batch.expect ?? [];
  requireAtMost("BATCH_WRITES_MAX", BATCH_WRITES_MAX, batch.writes.length);
  requireAtMost("BATCH_EXPECTATIONS_MAX", BATCH_EXPECTATIONS_MAX, expect.length);
  requireTexts({ id: batch.event.id }, "event");
  const writes = batch.writes.map((write, index) => readyWrite(write, `writes.${index}`));
  const bytes = bytesOf(batch.event, batch.writes);
  requireAtMost("EVENT_BYTES_MAX", EVENT_BYTES_MAX, bytes.length);
  return { event: batch.event.id, bytes, expect: expect.map((each) => ({ ...each })), writes };
}

/** @throws `limit-exceeded` naming the constant; a limit never cuts anything off */
export function requireAtMost(limit: string, max: number, found: number): void {
  if (found > max) throw new CustodyError("limit-exceeded", { limit, max });
}

/**
 * The refusal of a write that does not follow what is stored. It names the row, never what is in
 * it.
 */
export function conflict(id: string): CustodyError {
  return new CustodyError("conflict", { id, attempts: 1 });
}

function bytesOf(event: Event, writes: readonly Write[]): Uint8Array {
  try {
    return eventBytes(event, writes);
  } catch (cause) {
    if (isCustodyError(cause)) throw cause;
    throw new CustodyError("option-invalid", { path: "batch", reason: "not JSON" }, { cause });
  }
}

function readyWrite(write: Write, path: string): ReadyWrite {
  if ("erase" in write) {
    requireKey(write.erase, `${path}.erase`);
    return { erase: { ...write.erase } };
  }
  const ready = readyPut(write.put, `${path}.put`);
  requireAtMost("ROW_BYTES_MAX", ROW_BYTES_MAX, sizeOf(ready));
  return ready;
}

function readyPut(row: Row, path: string): ReadyPut {
  const plain = { put: { ...row }, body: "", blob: NO_BYTES, salt: NO_BYTES };
  switch (row.table) {
    case "document": {
      const { kind, id, owner, due } = row;
      requireTexts({ kind, id, owner, due }, path);
      requireCount(row.version, `${path}.version`);
      return { ...plain, body: JSON.stringify(row.body) };
    }
    case "record": {
      const { ordinal, ...texts } = row;
      requireTexts(texts, path);
      requireCount(ordinal, `${path}.ordinal`);
      return plain;
    }
    case "payload":
      requireTexts({ record: row.record, category: row.category }, path);
      return {
        ...plain,
        blob: decoded(row.sealed, `${path}.sealed`),
        salt: decoded(row.salt, `${path}.salt`),
      };
    case "edge":
      requireTexts({ child: row.child, parent: row.parent, relation: row.relation }, path);
      return plain;
    case "member":
      requireTexts({ set: row.set }, path);
      requireCount(row.chunk, `${path}.chunk`);
      return { ...plain, blob: decoded(row.bitmap, `${path}.bitmap`) };
  }
}

/** Bytes of the large part, characters of the rest: close enough for a limit, and free. */
function sizeOf({ put, body, blob, salt }: ReadyPut): number {
  let size = Buffer.byteLength(body) + blob.length + salt.length;
  for (const [name, value] of Object.entries(put)) {
    const counted = name === "sealed" || name === "bitmap" || name === "salt";
    if (typeof value === "string" && !counted) size += value.length;
  }
  return size;
}

function requireKey(key: RowKey, path: string): void {
  for (const [name, value] of Object.entries(key)) {
    if (name === "chunk") requireCount(value, `${path}.${name}`);
    else requireTexts({ [name]: value }, path);
  }
}

function requireTexts(texts: Readonly<Record<string, unknown>>, path: string): void {
  for (const [name, value] of Object.entries(texts)) {
    if (typeof value === "string") continue;
    throw new CustodyError("option-invalid", { path: `${path}.${name}`, reason: "not a text" });
  }
}

function requireCount(value: unknown, path: string): void {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return;
  throw new CustodyError("option-invalid", { path, reason: "not a whole number from 0" });
}

function decoded(text: string, path: string): Uint8Array {
  const bytes = typeof text === "string" ? fromBase64url(text) : undefined;
  if (bytes !== undefined) return bytes;
  throw new CustodyError("option-invalid", { path, reason: "not canonical base64url" });
}
