/**
 * The rows of a store as they are carried from one store to another: every column as it is stored,
 * bodies as their text and blobs as their bytes, with the ledger sequence that wrote the row last.
 * What an adapter keeps besides (indexes, routes) is made anew where the rows arrive.
 */
import { equalBytes } from "../lib/bytes.js";
import type { DocumentKind } from "./row.js";

/** By table. `event` is the ledger sequence of the event that wrote the row last. */
export interface CopyRows {
  readonly ledger: { readonly seq: number; readonly id: string; readonly bytes: Uint8Array };
  readonly document: {
    readonly kind: DocumentKind;
    readonly id: string;
    readonly version: number;
    readonly owner: string;
    readonly due: string;
    /** The JSON text, byte for byte. */
    readonly body: string;
    readonly event: number;
  };
  readonly record: {
    readonly ordinal: number;
    readonly id: string;
    readonly subject: string;
    readonly collection: string;
    readonly purpose: string;
    readonly basis: string;
    readonly source: string;
    readonly taken: string;
    readonly collected: string;
    readonly due: string;
    readonly erasedAt: string;
    readonly event: number;
  };
  /** `subject` and `ordinal` are the record's. */
  readonly payload: {
    readonly ordinal: number;
    readonly category: string;
    readonly subject: string;
    readonly sealed: Uint8Array;
    readonly salt: Uint8Array;
    readonly event: number;
  };
  readonly edge: {
    readonly child: string;
    readonly parent: string;
    readonly relation: string;
    readonly event: number;
  };
  readonly member: {
    readonly chunk: number;
    readonly set: string;
    readonly bitmap: Uint8Array;
    readonly event: number;
  };
}

export type CopyTable = keyof CopyRows;

/** In the order in which they are carried: a payload comes after its record. */
export const COPY_TABLES = [
  "ledger",
  "document",
  "record",
  "payload",
  "edge",
  "member",
] as const satisfies readonly CopyTable[];

/** The columns that put the rows of a table in order; texts are compared by their UTF-8 bytes. */
export const COPY_KEYS: { readonly [T in CopyTable]: readonly (keyof CopyRows[T] & string)[] } = {
  ledger: ["seq"],
  document: ["kind", "id"],
  record: ["ordinal"],
  payload: ["ordinal", "category"],
  edge: ["child", "parent", "relation"],
  member: ["chunk", "set"],
};

/** A place between two rows of a table: the values of its key columns, or the first of them. */
export type CopyKey = readonly (string | number)[];

/** The key of a row, in the order of `COPY_KEYS`. */
export function copyKeyOf<T extends CopyTable>(table: T, row: CopyRows[T]): CopyKey {
  return COPY_KEYS[table].map((column) => row[column] as string | number);
}

/** True when every column is the same, bytes included. */
export function isSameRow<T extends CopyTable>(one: CopyRows[T], other: CopyRows[T]): boolean {
  const names = Object.keys(one) as (keyof CopyRows[T])[];
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => {
    const [left, right]: readonly unknown[] = [one[name], other[name]];
    return left instanceof Uint8Array && right instanceof Uint8Array
      ? equalBytes(left, right)
      : left === right;
  });
}
