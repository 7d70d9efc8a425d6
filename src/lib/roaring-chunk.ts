import { RoaringBitmap32, roaringLibraryInitialize } from "roaring-wasm";

/**
 * One chunk of an `OrdinalSet` in the portable Roaring format, written and read by CRoaring itself
 * so that other tools can read it. Chunks hold 16-bit values, so a chunk is at most one Roaring
 * container.
 *
 * CRoaring trusts the counts inside a container: a bitmap with more bits than its header says would
 * be written past the end of its memory. So every count is checked here, against the bytes, before
 * they reach it.
 */

await roaringLibraryInitialize();

const COOKIE_PLAIN = 12_346;
const COOKIE_RUNS = 12_347;
const ARRAY_MEMBERS_MAX = 4096;
const BITSET_BYTES = 8192;
/** Cookie, count, key with cardinality, offset. */
const PLAIN_HEADER_BYTES = 16;
/**
 * Cookie with count, run flags, key with cardinality; below four containers there are no offsets.
 */
const RUN_HEADER_BYTES = 9;
const EMPTY_BYTES = 8;

/**
 * The portable bytes of ascending values without repetition. The same values always give the same
 * bytes.
 */
export function encodeChunk(values: Uint16Array): Uint8Array {
  const bitmap = new RoaringBitmap32(Uint32Array.from(values));
  try {
    bitmap.runOptimize();
    return Uint8Array.from(bitmap.serialize("portable"));
  } finally {
    // Memory of the WASM heap is not seen by the garbage collector.
    bitmap.dispose();
  }
}

/**
 * The values, ascending; undefined when the bytes are not one well-formed chunk to their last byte.
 */
export function decodeChunk(bytes: Uint8Array): Uint16Array | undefined {
  if (!isWellFormed(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))) {
    return undefined;
  }
  const bitmap = RoaringBitmap32.deserialize("portable", bytes);
  try {
    return Uint16Array.from(bitmap.toUint32Array());
  } finally {
    bitmap.dispose();
  }
}

function isWellFormed(view: DataView): boolean {
  if (view.byteLength < EMPTY_BYTES) return false;
  const cookie = view.getUint32(0, true);
  if (cookie === COOKIE_RUNS) return isRunChunk(view);
  if (cookie !== COOKIE_PLAIN) return false;
  const containers = view.getUint32(4, true);
  if (containers === 0) return view.byteLength === EMPTY_BYTES;
  if (containers !== 1 || view.byteLength < PLAIN_HEADER_BYTES) return false;
  if (view.getUint16(8, true) !== 0 || view.getUint32(12, true) !== PLAIN_HEADER_BYTES)
    return false;
  const members = view.getUint16(10, true) + 1;
  return members <= ARRAY_MEMBERS_MAX
    ? isArray(view, PLAIN_HEADER_BYTES, members)
    : isBitset(view, PLAIN_HEADER_BYTES, members);
}

/**
 * With the run cookie, the upper half of the first word is the number of containers less one: zero
 * here.
 */
function isRunChunk(view: DataView): boolean {
  if (view.byteLength < RUN_HEADER_BYTES + 2) return false;
  // The one flag must be set: a run header around another container is never written by anybody.
  if (view.getUint8(4) !== 1 || view.getUint16(5, true) !== 0) return false;
  const members = view.getUint16(7, true) + 1;
  const runs = view.getUint16(RUN_HEADER_BYTES, true);
  const start = RUN_HEADER_BYTES + 2;
  if (runs === 0 || view.byteLength !== start + runs * 4) return false;
  let counted = 0;
  let last = -2;
  for (let offset = start; offset < view.byteLength; offset += 4) {
    const first = view.getUint16(offset, true);
    const more = view.getUint16(offset + 2, true);
    // Runs that touch would have been one run.
    if (first <= last + 1 || first + more > 0xffff) return false;
    last = first + more;
    counted += more + 1;
  }
  return counted === members;
}

function isArray(view: DataView, start: number, members: number): boolean {
  if (view.byteLength !== start + members * 2) return false;
  let last = -1;
  for (let offset = start; offset < view.byteLength; offset += 2) {
    const value = view.getUint16(offset, true);
    if (value <= last) return false;
    last = value;
  }
  return true;
}

function isBitset(view: DataView, start: number, members: number): boolean {
  if (view.byteLength !== start + BITSET_BYTES) return false;
  let counted = 0;
  for (let offset = start; offset < view.byteLength; offset += 4) {
    counted += bitsIn(view.getUint32(offset, true));
  }
  return counted === members;
}

function bitsIn(word: number): number {
  let bits = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}
