/**
 * The auditor's entry. Its import closure holds nothing that writes: no file system, no database,
 * no port, no flow (a test lists the files).
 */
import { z } from "zod";
import { type AttestationStatement, PAYLOAD_TYPE, readStatement } from "./core/attestation.js";
import { CERTIFICATE_TYPE, Certificate } from "./core/certificate.js";
import { checkConsistency } from "./core/certificate-check.js";
import { openCheckpoint } from "./core/checkpoint.js";
import { checkMembership, type Membership } from "./core/membership.js";
import { contradiction, RECEIPT_TYPE, Receipt } from "./core/receipt.js";
import { CustodyError, isCustodyError } from "./errors.js";
import { fromBase64url } from "./lib/bytes.js";
import { openEnvelope } from "./lib/dsse.js";
import { jwkThumbprint, openJws, type PublicJwk } from "./lib/jws.js";
import type { Checkpoint } from "./lib/note.js";

export type { AttestationStatement } from "./core/attestation.js";
export type { Certificate } from "./core/certificate.js";
export type { Membership, MembershipProof } from "./core/membership.js";
export type { Receipt } from "./core/receipt.js";
export { CustodyError } from "./errors.js";
export type { PublicJwk } from "./lib/jws.js";
export { verifyConsistency, verifyInclusion } from "./lib/merkle.js";
export type { Checkpoint } from "./lib/note.js";

export interface VerifyCertificateOptions {
  /** The keys whose signature counts; at least one. There is no way to verify without. */
  readonly keys: readonly PublicJwk[];
}

export interface VerifyCheckpointOptions extends VerifyCertificateOptions {
  /** The name under which the key signs notes: a certificate's `issuer`. */
  readonly name: string;
}

export interface VerifyMembershipOptions {
  /** The dataset's root in hexadecimal, from its manifest, an attestation or a checkpoint's log. */
  readonly root: string;
}

const KEY_BYTES = 32;
const KEYS_MAX = 1_000;

const Key = z
  .looseObject({
    kty: z.literal("OKP"),
    crv: z.literal("Ed25519"),
    x: z.string().refine((given) => fromBase64url(given)?.length === KEY_BYTES),
    kid: z.string().min(1).optional(),
  })
  .refine((key) => !("d" in key), "a private key");
const CertificateOptions = z.strictObject({ keys: z.array(Key).min(1).max(KEYS_MAX) });
const CheckpointOptions = CertificateOptions.extend({ name: z.string().min(1) });
const RootOptions = z.strictObject({ root: z.string().regex(/^[0-9a-f]{64}$/) });

/**
 * Reads a certificate that one of `keys` signed, that is whole, and that does not contradict
 * itself: the JWS, the shape, the counts against the lists, the instants, every place seen absent,
 * every approval for that plan, and the ledger checkpoint inside, which the same key must have
 * signed for that store.
 *
 * What it does not check, because no program can from the certificate alone: that the operator told
 * the truth; that no copies exist outside the places listed; that the key belongs to whom its name
 * says, or was in force that day; that the ledger behind the checkpoint was never rolled back (ask
 * for its witnesses); that the person named has signed the statement. What is listed under
 * `notProven`, `retained` and each `notLookedAt` is for the reader to weigh.
 *
 * @throws `certificate-invalid` with a closed reason, `certificate-unsigned`,
 * `certificate-wrong-key`, `limit-exceeded`, `option-invalid`, `option-unknown`
 */
export async function verifyCertificate(
  jws: string,
  options: VerifyCertificateOptions,
): Promise<Certificate> {
  const { keys } = read(CertificateOptions, options);
  if (typeof jws !== "string") throw invalid("it is not a text");
  const { header, payload } = await openJws(jws, keys, CERTIFICATE_TYPE);
  const shape = Certificate.safeParse(payload);
  if (!shape.success) throw invalid(`shape at ${shape.error.issues[0]?.path.join(".") ?? ""}`);
  const certificate = shape.data;
  const inconsistency = checkConsistency(certificate);
  if (inconsistency !== undefined) throw invalid(inconsistency);
  const signing = keys.filter((key) => (key.kid ?? jwkThumbprint(key)) === header.kid);
  if (openCheckpoint(certificate.checkpoint, signing, certificate.issuer) === undefined) {
    throw invalid("checkpoint-unsigned");
  }
  return certificate;
}

/**
 * Reads a consent receipt that one of `keys` signed and that does not contradict itself: the JWT,
 * its type (a certificate or a checkpoint of the same key is none), the shape, the ids against each
 * other and the instants in their order.
 *
 * What it does not check, because no program can from the receipt alone: that the key belongs to
 * the service; whether anything has changed since `issued_at` (ask for a new one); that the notice
 * shown was the one whose digest is in it (hash your copy and compare).
 *
 * @throws `receipt-invalid` with a closed reason, `limit-exceeded`, `option-invalid`,
 * `option-unknown`
 */
export async function verifyReceipt(
  jwt: string,
  options: VerifyCertificateOptions,
): Promise<Receipt> {
  const { keys } = read(CertificateOptions, options);
  if (typeof jwt !== "string") throw notReceipt("it is not a text");
  const payload = await opened(jwt, keys);
  const shape = Receipt.safeParse(payload);
  if (!shape.success) throw notReceipt(`shape at ${shape.error.issues[0]?.path.join(".") ?? ""}`);
  const inconsistency = contradiction(shape.data);
  if (inconsistency !== undefined) throw notReceipt(inconsistency);
  return shape.data;
}

/** The token's own faults, in the words of a receipt. */
async function opened(jwt: string, keys: readonly PublicJwk[]): Promise<unknown> {
  try {
    return (await openJws(jwt, keys, RECEIPT_TYPE)).payload;
  } catch (error) {
    if (isCustodyError(error, "certificate-unsigned")) throw notReceipt("it is not signed");
    if (isCustodyError(error, "certificate-wrong-key")) throw notReceipt("wrong key");
    if (isCustodyError(error, "certificate-invalid")) throw notReceipt(error.details.reason ?? "");
    throw error;
  }
}

function notReceipt(reason: string): CustodyError {
  return new CustodyError("receipt-invalid", { reason });
}

/**
 * What a ledger checkpoint says, when one of `keys` signed it under `name`. Whether it is the
 * newest, and whether two checkpoints belong to one history, `verifyConsistency` tells from a proof
 * and this does not.
 * @throws `certificate-invalid`, `option-invalid`, `option-unknown`
 */
export function verifyCheckpoint(note: string, options: VerifyCheckpointOptions): Checkpoint {
  const { keys, name } = read(CheckpointOptions, options);
  const checkpoint = typeof note === "string" ? openCheckpoint(note, keys, name) : undefined;
  if (checkpoint === undefined) throw invalid("checkpoint-unsigned");
  return checkpoint;
}

/**
 * Reads an attestation (a DSSE envelope with an in-toto Statement) that one of `keys` signed, that
 * is of one of custody's three kinds and does not contradict itself. Look at `predicateType` to
 * know of which.
 *
 * What it does not check: that the subjects' digests are those of what you hold (hash it and
 * compare); that the key belongs to whom `issuer` says; what a certificate or receipt behind it
 * says (verify that too).
 *
 * @throws `attestation-invalid` with a closed reason, `limit-exceeded`, `option-invalid`,
 * `option-unknown`
 */
export async function verifyAttestation(
  envelope: string,
  options: VerifyCertificateOptions,
): Promise<AttestationStatement> {
  const { keys } = read(CertificateOptions, options);
  if (typeof envelope !== "string") throw notAttestation("envelope");
  const found = readStatement(openEnvelope(envelope, keys, PAYLOAD_TYPE));
  if ("reason" in found) throw notAttestation(found.reason);
  return found.statement;
}

function notAttestation(reason: string): CustodyError {
  return new CustodyError("attestation-invalid", { reason });
}

/**
 * Checks a proof that a record is, or is not, in a sealed dataset, and says which: read `member`.
 * It is about the list as it was sealed: what may still be used, or still exists, is not said.
 * Whether the root is the dataset's, you must know by another way than the proof.
 *
 * @throws `proof-invalid` with a closed reason, `option-invalid`, `option-unknown`
 */
export function verifyMembership(proof: unknown, options: VerifyMembershipOptions): Membership {
  return checkMembership(proof, read(RootOptions, options).root);
}

function read<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys") {
    throw new CustodyError("option-unknown", { path: issue.keys[0] ?? "options" });
  }
  const path = issue?.path.join(".") || "options";
  throw new CustodyError("option-invalid", { path, reason: issue?.code ?? "invalid" });
}

function invalid(reason: string): CustodyError {
  return new CustodyError("certificate-invalid", { reason });
}
