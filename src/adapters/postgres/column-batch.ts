/**
 * Rows on their way to one statement: a list for each column, as `unnest` takes them. One statement
 * for a thousand rows costs one round trip and one plan.
 */
export class ColumnBatch {
  readonly #columns: unknown[][];
  #length = 0;

  constructor(width: number) {
    this.#columns = Array.from({ length: width }, () => []);
  }

  get length(): number {
    return this.#length;
  }

  /** The columns in the order of the statement's parameters. */
  get values(): readonly unknown[] {
    return this.#columns;
  }

  add(...row: readonly unknown[]): void {
    for (const [index, column] of this.#columns.entries()) column.push(row[index]);
    this.#length += 1;
  }
}

/** Bytes as `pg` writes them into a list: it knows node's own buffers only. */
export function blob(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
