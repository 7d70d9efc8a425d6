/**
 * Proofs that a record is, or is not, in a sealed dataset: what is hashed how, and how a proof is
 * checked. `docs/membership.md` says it for whoever checks with a program of their own.
 *
 * A dataset's tree is binary and `TAG_BITS` deep. A record has one place in it, the path that the
 * bits of its tag spell, and the tag follows from the record's id and the dataset's salt alone: no
 * choice of whoever seals can move it. At a member's place is the member's hash; where no place
 * below holds a member there may be one hash for "nothing here". Both are made with a nonce that
 * only the store knows, so that from outside a member, an absence and a whole subtree look alike.
 */
import { z } from "zod";
import { CustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";
import { kindOfId } from "../lib/id.js";

/** Enough that two of ten million records meet once in hundreds of thousands of seals. */
export const TAG_BITS = 64;
export const SALT_DIGITS = 32;
export const NONCE_DIGITS = 32;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const half = z.string().regex(/^[0-9a-f]{32}$/);
const id = (kind: string) =>
  z.string().refine((given) => kindOfId(given) === kind, `not a ${kind}`);

export const MembershipProof = z.strictObject({
  version: z.literal(1),
  dataset: id("dataset"),
  record: id("record"),
  /** True when the record is in the dataset as it was sealed. */
  member: z.boolean(),
  /** The dataset's public salt: the root commits to it. */
  salt: half,
  /** Opens the hash at the end of the path, and no other. */
  nonce: half,
  /** The other hash at each step, from the root down; `TAG_BITS` of them for a member. */
  path: z.array(digest).max(TAG_BITS).readonly(),
});
export type MembershipProof = z.infer<typeof MembershipProof>;

/** What a proof that holds has shown. */
export interface Membership {
  readonly dataset: string;
  readonly record: string;
  readonly member: boolean;
}

/** The record's place: `TAG_BITS` bits in hexadecimal. */
export function tagOf(salt: string, record: string): string {
  return sha256Hex(`custody/tag/2\n${salt}\n${record}`).slice(0, TAG_BITS / 4);
}

/** The bit of a tag that is taken at this depth, the most significant first. */
export function bitOf(tag: string, depth: number): 0 | 1 {
  const digit = Number.parseInt(tag.charAt(Math.floor(depth / 4)), 16);
  return Math.floor(digit / 2 ** (3 - (depth % 4))) % 2 === 1 ? 1 : 0;
}

/** The four texts that are hashed differ in their first letter, so that none stands for another. */
export function memberHash(nonce: string, record: string): string {
  return sha256Hex(`m${nonce}${record}`);
}

export function absenceHash(nonce: string): string {
  return sha256Hex(`a${nonce}`);
}

export function branchHash(zero: string, one: string): string {
  return sha256Hex(`b${zero}${one}`);
}

/** The dataset's root: it holds fast the dataset, the salt and the tree. */
export function datasetRoot(dataset: string, salt: string, top: string): string {
  return sha256Hex(`custody/dataset/2\n${dataset}\n${salt}\n${top}`);
}

/**
 * Checks a proof against a root that came by another way than the proof. Nothing else is needed,
 * and no other record is named.
 * @throws `proof-invalid` with one of three reasons: `shape`, `length` (a member's path is whole),
 * `root` (something in it was changed, or the root is another dataset's)
 */
export function checkMembership(given: unknown, root: string): Membership {
  const read = MembershipProof.safeParse(given);
  if (!read.success) throw invalid("shape");
  const { dataset, record, member, salt, nonce, path } = read.data;
  if (member && path.length !== TAG_BITS) throw invalid("length");
  const tag = tagOf(salt, record);
  const end = member ? memberHash(nonce, record) : absenceHash(nonce);
  const top = path.reduceRight(
    (hash, other, depth) =>
      bitOf(tag, depth) === 0 ? branchHash(hash, other) : branchHash(other, hash),
    end,
  );
  if (datasetRoot(dataset, salt, top) !== root) throw invalid("root");
  return { dataset, record, member };
}

function invalid(reason: "shape" | "length" | "root"): CustodyError {
  return new CustodyError("proof-invalid", { reason });
}
