/**
 * The root of a dataset when it is sealed, and afterwards proofs that a record is, or is not, in
 * it. The tree is made again for each proof: time and memory grow with the dataset.
 */
import { setImmediate } from "node:timers/promises";
import type { Dataset } from "../core/dataset.js";
import { type MembershipProof, SALT_DIGITS } from "../core/membership.js";
import {
  piecesOf,
  plantTree,
  proofIn,
  rootOver,
  type Tree,
  type TreeSeed,
} from "../core/membership-tree.js";
import { requireKnown } from "../core/options.js";
import { CustodyError } from "../errors.js";
import { hex } from "../lib/bytes.js";
import { type DatasetId, type RecordId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { openSet } from "./marks.js";
import { recordOf } from "./questions.js";
import { need } from "./rows.js";

const SALT_BYTES = SALT_DIGITS / 2;
const SECRET_BYTES = 32;
/** Two tags of ten million records meet once in hundreds of thousands of draws. */
const SEED_DRAWS_MAX = 8;
/** From this many members on, others run between two pieces of the tree. */
const MEMBERS_WITHOUT_PAUSE_MAX = 2_000;
const ORDINALS_PER_SCAN = 5_000;

export interface Rooted {
  readonly root: string;
  readonly tree: TreeSeed;
}

/** A new salt and secret, and the root over these records. @throws `limit-exceeded` */
export async function rootOfMembers(
  ctx: Context,
  dataset: DatasetId,
  records: readonly string[],
): Promise<Rooted> {
  for (let draw = 0; draw < SEED_DRAWS_MAX; draw += 1) {
    const salt = hex(ctx.random(SALT_BYTES));
    const secret = hex(ctx.random(SECRET_BYTES));
    const tree = plantTree(dataset, { salt, secret }, records);
    if (tree === undefined) continue;
    return { root: rootOver(tree, await grown(tree)), tree: { salt, secret } };
  }
  throw new CustodyError("limit-exceeded", { limit: "SEED_DRAWS_MAX", max: SEED_DRAWS_MAX });
}

/**
 * A proof that a record is, or is not, in the dataset as it was sealed, to be checked offline
 * against its root by `verifyMembership`. What became of the record since changes nothing: an
 * erased one is still provable by its id, which says nothing of what it held. No other record can
 * be read off a proof; of how many there are, a proof of absence shows the power of two.
 *
 * Whether the record exists is asked here, so that nobody is handed an absence of what never was.
 * @throws `not-found` (no such dataset, no such record), `id-invalid`, `option-unknown`;
 * `state-conflict` for a dataset sealed before proofs were kept; `payload-damaged` when the list
 * of members is not the one that was sealed
 */
export async function proveMembership(
  ctx: Context,
  input: { readonly dataset: DatasetId; readonly record: RecordId },
): Promise<MembershipProof> {
  requireKnown(input, ["dataset", "record"], "prove");
  const id = requireId("dataset", input.dataset, "prove.dataset");
  const dataset = (await need<Dataset>(ctx, "dataset", id)).body;
  const { id: record } = await recordOf(ctx, input.record);
  if (dataset.tree === undefined) {
    throw new CustodyError("state-conflict", { id, state: "sealed without", action: "a proof" });
  }
  const tree = plantTree(id, dataset.tree, await memberIds(ctx, id));
  const pieces = tree === undefined ? [] : await grown(tree);
  if (tree === undefined || rootOver(tree, pieces) !== dataset.root) {
    throw new CustodyError("payload-damaged", { id, category: "members" });
  }
  return proofIn(tree, pieces, record);
}

/**
 * True when the root that the dataset was sealed under is the one over these records, worked out
 * anew: they are its members, all of them and no other. False for a dataset sealed before proofs
 * were kept.
 */
export async function isRootOver(
  ctx: Context,
  id: DatasetId,
  records: readonly string[],
): Promise<boolean> {
  const { tree: seed, root } = (await need<Dataset>(ctx, "dataset", id)).body;
  const tree = seed === undefined ? undefined : plantTree(id, seed, records);
  return tree !== undefined && rootOver(tree, await grown(tree)) === root;
}

async function grown(tree: Tree): Promise<readonly string[]> {
  const pieces: string[] = [];
  for (const piece of piecesOf(tree)) {
    pieces.push(piece);
    if (tree.members.length > MEMBERS_WITHOUT_PAUSE_MAX) await setImmediate();
  }
  return pieces;
}

/** Of erased members too: their rows stay as tombstones. */
async function memberIds(ctx: Context, dataset: DatasetId): Promise<readonly string[]> {
  const ids: string[] = [];
  const read = async (ordinals: readonly number[]) => {
    for await (const { id } of ctx.store.scan({ table: "record", ordinals })) ids.push(id);
  };
  let some: number[] = [];
  for (const ordinal of await openSet(ctx, dataset)) {
    some.push(ordinal);
    if (some.length < ORDINALS_PER_SCAN) continue;
    await read(some);
    some = [];
  }
  if (some.length > 0) await read(some);
  return ids;
}
