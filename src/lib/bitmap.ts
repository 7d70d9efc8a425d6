import { CustodyError } from "../errors.js";
import { decodeChunk, encodeChunk } from "./roaring-chunk.js";

/** How many low bits of an ordinal lie within a chunk; the rest is the chunk's number. */
export const CHUNK_BITS = 16;

const CHUNK_SIZE = 2 ** CHUNK_BITS;
const CHUNK_MAX = Math.floor(Number.MAX_SAFE_INTEGER / CHUNK_SIZE);

/** The low 16 bits of the members of one chunk in the portable Roaring format. */
export interface OrdinalChunk {
  readonly chunk: number;
  readonly bytes: Uint8Array;
}

/** Ascending, without repetition, never empty, never written to once it is in a set. */
type Container = Uint16Array;

/**
 * A set of whole numbers from 0 to 2^53-1, such as the record ordinals of a dataset. Sets do not
 * change: every operation gives a new one, which may share containers with the old. A question
 * about one person touches only the chunks that hold them.
 */
export class OrdinalSet {
  readonly #containers: ReadonlyMap<number, Container>;
  readonly size: number;

  /** Sets are made by `of` and `fromChunks`; the containers' keys come in ascending order. */
  private constructor(containers: ReadonlyMap<number, Container>) {
    this.#containers = containers;
    let size = 0;
    for (const container of containers.values()) size += container.length;
    this.size = size;
  }

  static #made(entries: readonly (readonly [number, Container])[]): OrdinalSet {
    const filled = entries.filter(([, container]) => container.length > 0);
    return new OrdinalSet(new Map(filled.toSorted(([a], [b]) => a - b)));
  }

  /** The set of some numbers, in any order. Throws `option-invalid` for what is no ordinal. */
  static of(ordinals: Iterable<number>): OrdinalSet {
    const lows = new Map<number, number[]>();
    for (const ordinal of ordinals) {
      if (!isOrdinal(ordinal)) {
        throw new CustodyError("option-invalid", { path: "ordinal", reason: "not an ordinal" });
      }
      const chunk = Math.floor(ordinal / CHUNK_SIZE);
      const low = ordinal % CHUNK_SIZE;
      const known = lows.get(chunk);
      if (known === undefined) lows.set(chunk, [low]);
      else known.push(low);
    }
    return OrdinalSet.#made([...lows].map(([chunk, values]) => [chunk, ascending(values)]));
  }

  /**
   * The set that `chunks` wrote. Throws `store-damaged` when a chunk is malformed, comes twice, or
   * has a number that no ordinal has; bytes that are well-formed but changed can only be found by
   * whoever keeps their hash.
   */
  static fromChunks(chunks: Iterable<OrdinalChunk>): OrdinalSet {
    const containers = new Map<number, Container>();
    for (const { chunk, bytes } of chunks) {
      const container = isChunkNumber(chunk) ? decodeChunk(bytes) : undefined;
      if (container === undefined || containers.has(chunk)) {
        throw new CustodyError("store-damaged", {
          place: `chunk ${chunk}`,
          reason: "not a chunk of a set, or one that came before",
        });
      }
      containers.set(chunk, container);
    }
    return OrdinalSet.#made([...containers]);
  }

  /** The chunks in ascending order, none empty. Equal sets give equal bytes. */
  *chunks(): IterableIterator<OrdinalChunk> {
    for (const [chunk, container] of this.#containers) {
      yield { chunk, bytes: encodeChunk(container) };
    }
  }

  has(ordinal: number): boolean {
    if (!isOrdinal(ordinal)) return false;
    const container = this.#containers.get(Math.floor(ordinal / CHUNK_SIZE));
    if (container === undefined) return false;
    const low = ordinal % CHUNK_SIZE;
    let from = 0;
    let to = container.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((container[middle] ?? 0) < low) from = middle + 1;
      else to = middle;
    }
    return container[from] === low;
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (const [chunk, container] of this.#containers) {
      const base = chunk * CHUNK_SIZE;
      for (const low of container) yield base + low;
    }
  }

  /** What is in both. */
  and(other: OrdinalSet): OrdinalSet {
    const both: [number, Container][] = [];
    for (const [chunk, mine] of this.#containers) {
      const theirs = other.#containers.get(chunk);
      if (theirs !== undefined) both.push([chunk, select(mine, theirs, true)]);
    }
    return OrdinalSet.#made(both);
  }

  /** What is in at least one. */
  or(other: OrdinalSet): OrdinalSet {
    const either = new Map(this.#containers);
    for (const [chunk, theirs] of other.#containers) {
      const mine = either.get(chunk);
      either.set(chunk, mine === undefined ? theirs : merge(mine, theirs));
    }
    return OrdinalSet.#made([...either]);
  }

  /** What is here and not there. */
  andNot(other: OrdinalSet): OrdinalSet {
    const rest: [number, Container][] = [];
    for (const [chunk, mine] of this.#containers) {
      const theirs = other.#containers.get(chunk);
      rest.push([chunk, theirs === undefined ? mine : select(mine, theirs, false)]);
    }
    return OrdinalSet.#made(rest);
  }

  intersects(other: OrdinalSet): boolean {
    for (const [chunk, mine] of this.#containers) {
      const theirs = other.#containers.get(chunk);
      if (theirs !== undefined && select(mine, theirs, true).length > 0) return true;
    }
    return false;
  }

  equals(other: OrdinalSet): boolean {
    if (this.size !== other.size) return false;
    for (const [chunk, mine] of this.#containers) {
      const theirs = other.#containers.get(chunk);
      if (theirs?.length !== mine.length) return false;
      if (!mine.every((low, index) => low === theirs[index])) return false;
    }
    return true;
  }
}

function isOrdinal(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isChunkNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= CHUNK_MAX;
}

function ascending(values: readonly number[]): Container {
  const sorted = Uint16Array.from(values).sort();
  return sorted.filter((low, index) => index === 0 || low !== sorted[index - 1]);
}

/** The members of `mine` that are (or are not) in `theirs`. */
function select(mine: Container, theirs: Container, present: boolean): Container {
  const kept = new Uint16Array(mine.length);
  let length = 0;
  let at = 0;
  for (const low of mine) {
    while (at < theirs.length && (theirs[at] ?? 0) < low) at += 1;
    if ((theirs[at] === low) !== present) continue;
    kept[length] = low;
    length += 1;
  }
  return kept.slice(0, length);
}

function merge(a: Container, b: Container): Container {
  const merged = new Uint16Array(a.length + b.length);
  let length = 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const left = a[i] ?? CHUNK_SIZE;
    const right = b[j] ?? CHUNK_SIZE;
    merged[length] = Math.min(left, right);
    length += 1;
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  return merged.slice(0, length);
}
