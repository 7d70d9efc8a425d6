import { CustodyError } from "../errors.js";
import { concat, equalBytes, fromHex, hex, sha256 } from "./bytes.js";

/**
 * The Merkle tree of RFC 6962 section 2 with SHA-256. Leaves and nodes are hashed with different
 * first bytes, so neither can stand for the other. Sizes and indexes are safe integers; bits are
 * taken by division, since the bit operators of JavaScript stop at 32.
 */

const HASH_BYTES = 32;
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(data: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, data));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(NODE, left, right));
}

/** The root of a tree without leaves: the hash of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

export function rootOf(leafHashes: readonly Uint8Array[]): Uint8Array {
  return leafHashes.length === 0 ? emptyRoot() : subtree(leafHashes, 0, leafHashes.length);
}

/**
 * The hashes that lead from one leaf to the root, lowest first.
 * Throws `option-invalid` when there is no such leaf.
 */
export function inclusionProof(leafHashes: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!isSize(index) || index >= leafHashes.length) throw outside("index");
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = leafHashes.length;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      proof.push(subtree(leafHashes, middle, end));
      end = middle;
    } else {
      proof.push(subtree(leafHashes, start, middle));
      start = middle;
    }
  }
  return proof.reverse();
}

/**
 * True only when the leaf hash stands at `index` in the tree of `size` leaves with that root (RFC
 * 9162, 2.1.3.2).
 */
export function verifyInclusion(claim: {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}): boolean {
  const { leaf, index, size, proof, root } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  if (![leaf, root, ...proof].every(isHash)) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equalBytes(hash, root);
}

/**
 * The hashes that show that the first `oldSize` leaves are still what they were. Empty for sizes 0
 * and all. Throws `option-invalid` when the old tree was larger than this one.
 */
export function consistencyProof(leafHashes: readonly Uint8Array[], oldSize: number): Uint8Array[] {
  if (!isSize(oldSize) || oldSize > leafHashes.length) throw outside("oldSize");
  if (oldSize === 0) return [];
  const proof: Uint8Array[] = [];
  let start = 0;
  let end = leafHashes.length;
  while (end !== oldSize) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      proof.push(subtree(leafHashes, middle, end));
      end = middle;
    } else {
      proof.push(subtree(leafHashes, start, middle));
      start = middle;
    }
  }
  // A complete old tree is its own subtree here, and whoever verifies has its root already.
  if (start !== 0) proof.push(subtree(leafHashes, start, end));
  return proof.reverse();
}

/**
 * True only when the new tree begins with all leaves of the old one, in their order (RFC 9162,
 * 2.1.4.2).
 */
export function verifyConsistency(claim: {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}): boolean {
  const { oldSize, oldRoot, newSize, newRoot, proof } = claim;
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return false;
  if (![oldRoot, newRoot, ...proof].every(isHash)) return false;
  if (newSize === 0 && !equalBytes(newRoot, emptyRoot())) return false;
  if (oldSize === newSize) return proof.length === 0 && equalBytes(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, emptyRoot());
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let node = oldSize - 1;
  let last = newSize - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  let oldHash = first;
  let newHash = first;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equalBytes(oldHash, oldRoot) && equalBytes(newHash, newRoot);
}

/**
 * What a `Frontier` writes to storage: the roots of its perfect subtrees, the largest first, in
 * hexadecimal.
 */
export interface FrontierJson {
  readonly size: number;
  readonly peaks: readonly string[];
}

/**
 * The right edge of a growing tree: appends and knows its root in memory that grows with the
 * logarithm of its size.
 */
export class Frontier {
  #size = 0;
  #peaks: Uint8Array[] = [];

  /**
   * Takes up where `toJSON` left off. Throws `ledger-broken` when the peaks do not fit the size;
   * whether they are the hashes of the real leaves only the root can tell.
   */
  static from(json: FrontierJson): Frontier {
    const peaks = json.peaks.map((peak) => fromHex(peak));
    if (!isSize(json.size) || !peaks.every(isHash) || peaks.length !== onesIn(json.size)) {
      throw new CustodyError("ledger-broken", {
        seq: json.size,
        reason: "the stored peaks do not fit the size",
      });
    }
    const frontier = new Frontier();
    frontier.#size = json.size;
    frontier.#peaks = peaks;
    return frontier;
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): void {
    if (!isHash(leaf)) throw outside("leafHash");
    let hash = leaf;
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const left = this.#peaks.pop();
      if (left !== undefined) hash = nodeHash(left, hash);
    }
    this.#peaks.push(hash);
    this.#size += 1;
  }

  root(): Uint8Array {
    return this.#peaks.length === 0
      ? emptyRoot()
      : this.#peaks.reduceRight((right, left) => nodeHash(left, right));
  }

  toJSON(): { size: number; peaks: string[] } {
    return { size: this.#size, peaks: this.#peaks.map(hex) };
  }
}

function subtree(leafHashes: readonly Uint8Array[], start: number, end: number): Uint8Array {
  const only = leafHashes[start];
  if (only === undefined) throw outside("leafHashes");
  if (end - start === 1) return only;
  const middle = start + splitOf(end - start);
  return nodeHash(subtree(leafHashes, start, middle), subtree(leafHashes, middle, end));
}

/** The largest power of two below a size of at least two. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function isPowerOfTwo(size: number): boolean {
  return onesIn(size) === 1;
}

function onesIn(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(value: Uint8Array | undefined): value is Uint8Array {
  return value !== undefined && value.length === HASH_BYTES;
}

function outside(path: string): CustodyError {
  return new CustodyError("option-invalid", { path, reason: "it does not fit the tree" });
}
