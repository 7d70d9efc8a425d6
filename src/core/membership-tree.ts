/**
 * The tree behind a dataset's root, made again from the ids of its members whenever it is needed:
 * nothing of it is kept but a salt and a secret. A record that was erased since keeps its id, so
 * what was in the dataset stays provable.
 */
import { sha256Hex } from "../lib/bytes.js";
import {
  absenceHash,
  bitOf,
  branchHash,
  datasetRoot,
  type MembershipProof,
  memberHash,
  NONCE_DIGITS,
  TAG_BITS,
  tagOf,
} from "./membership.js";

/** What a sealed dataset keeps of its tree. */
export interface TreeSeed {
  /** Public, in every proof: without it nobody knows where a record's place is. */
  readonly salt: string;
  /**
   * 64 hexadecimal digits, never given out: with it the hashes in a proof could be opened. Whoever
   * can read it in the store can read the list of members there too.
   */
  readonly secret: string;
}

export interface Tree extends TreeSeed {
  readonly dataset: string;
  /** Each member's tag with its id, ascending. */
  readonly members: readonly (readonly [tag: string, record: string])[];
  /**
   * Above this depth everything is branched, members or none: so where a path of an absence ends
   * says nothing of others, but for one time in sixteen (then some member's tag begins alike).
   */
  readonly floor: number;
}

/** The depth at which the tree is made piece by piece. */
const PIECE_BITS = 8;
const FLOOR_MARGIN_BITS = 4;
const PIECES = Array.from({ length: 2 ** PIECE_BITS }, (_, index) =>
  index.toString(2).padStart(PIECE_BITS, "0"),
);

/** Undefined when two members' tags meet: then another salt is to be drawn. */
export function plantTree(
  dataset: string,
  seed: TreeSeed,
  records: Iterable<string>,
): Tree | undefined {
  const members: (readonly [string, string])[] = [];
  for (const record of records) members.push([tagOf(seed.salt, record), record]);
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  if (members.some(([tag], index) => tag === members[index - 1]?.[0])) return undefined;
  const bits = Math.ceil(Math.log2(Math.max(members.length, 1)));
  const floor = Math.min(TAG_BITS, Math.max(PIECE_BITS, bits + FLOOR_MARGIN_BITS));
  return { dataset, salt: seed.salt, secret: seed.secret, members, floor };
}

/**
 * The hashes of the 256 pieces in order, one at a time: between two of them whoever makes a large
 * tree can let others run.
 */
export function* piecesOf(tree: Tree): Generator<string, void> {
  let from = 0;
  for (const path of PIECES) {
    const to = endOf(tree, from, path);
    yield hashAt(tree, { path, from, to });
    from = to;
  }
}

/** The dataset's root over its pieces. */
export function rootOver(tree: Tree, pieces: readonly string[]): string {
  return datasetRoot(tree.dataset, tree.salt, levelsOver(pieces).at(-1)?.[0] ?? "");
}

/** The proof for any record id, in or out. */
export function proofIn(tree: Tree, pieces: readonly string[], record: string): MembershipProof {
  const tag = tagOf(tree.salt, record);
  const bits = Array.from({ length: TAG_BITS }, (_, depth) => bitOf(tag, depth)).join("");
  const path = siblingsOver(pieces, bits);
  let node = pieceOf(tree, bits.slice(0, PIECE_BITS));
  while (!isAbsence(tree, node) && node.path.length < TAG_BITS) {
    const [zero, one] = halves(tree, node);
    const [next, other] = bits.charAt(node.path.length) === "0" ? [zero, one] : [one, zero];
    path.push(hashAt(tree, other));
    node = next;
  }
  const { dataset, salt } = tree;
  const member = !isAbsence(tree, node);
  const nonce = nonceOf(tree, node.path);
  return { version: 1, dataset, record, member, salt, nonce, path };
}

/** A node: its path in bits, and which of the members lie below it. */
interface Node {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

function hashAt(tree: Tree, node: Node): string {
  const nonce = () => nonceOf(tree, node.path);
  if (isAbsence(tree, node)) return absenceHash(nonce());
  if (node.path.length === TAG_BITS) {
    return memberHash(nonce(), tree.members[node.from]?.[1] ?? "");
  }
  const [zero, one] = halves(tree, node);
  return branchHash(hashAt(tree, zero), hashAt(tree, one));
}

function isAbsence({ floor }: Tree, { path, from, to }: Node): boolean {
  return from === to && path.length >= floor;
}

function halves(tree: Tree, { path, from, to }: Node): readonly [Node, Node] {
  const middle = firstOne(tree, from, to, path.length);
  return [
    { path: `${path}0`, from, to: middle },
    { path: `${path}1`, from: middle, to },
  ];
}

/** The first member between the two whose bit at this depth is one. */
function firstOne({ members }: Tree, from: number, to: number, depth: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (bitOf(members[middle]?.[0] ?? "", depth) === 1) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * A hash under a secret of fixed length at its front, cut to half: unknown without the secret, and
 * not to be extended. Each path has its own, so that opening one opens no other.
 */
function nonceOf({ secret }: Tree, path: string): string {
  return sha256Hex(`n${secret}${path}`).slice(0, NONCE_DIGITS);
}

function pieceOf(tree: Tree, path: string): Node {
  const from = PIECES.indexOf(path) === 0 ? 0 : endOf(tree, 0, before(path));
  return { path, from, to: endOf(tree, from, path) };
}

function before(path: string): string {
  return PIECES[PIECES.indexOf(path) - 1] ?? "";
}

/** Where the members of a piece end, when those before `from` are known to lie before it. */
function endOf({ members }: Tree, from: number, piece: string): number {
  const last = Number.parseInt(piece, 2).toString(16).padStart(2, "0");
  let low = from;
  let high = members.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((members[middle]?.[0] ?? "").slice(0, 2) <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The pieces, then each level above them, up to the one hash at the top. */
function levelsOver(pieces: readonly string[]): readonly (readonly string[])[] {
  const levels: (readonly string[])[] = [pieces];
  for (let level = pieces; level.length > 1; ) {
    const above: string[] = [];
    for (let index = 0; index < level.length; index += 2) {
      above.push(branchHash(level[index] ?? "", level[index + 1] ?? ""));
    }
    levels.push(above);
    level = above;
  }
  return levels;
}

/** The other hashes above the pieces, from the top down. */
function siblingsOver(pieces: readonly string[], bits: string): string[] {
  const levels = levelsOver(pieces);
  return Array.from({ length: PIECE_BITS }, (_, depth) => {
    const index = Number.parseInt(bits.slice(0, depth + 1), 2);
    const level = levels[PIECE_BITS - 1 - depth] ?? [];
    return level[index % 2 === 0 ? index + 1 : index - 1] ?? "";
  });
}
