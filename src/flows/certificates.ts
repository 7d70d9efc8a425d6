/**
 * The certificate of a purge: everything on it is read from the store, and refused while a step is
 * open.
 */
import { CERTIFICATE_TYPE, type Certificate, statementText } from "../core/certificate.js";
import { checkConsistency } from "../core/certificate-check.js";
import { describe, observed, type SeenStep } from "../core/certificate-draft.js";
import { type Instruction, isAwaited } from "../core/instruction.js";
import type { Order } from "../core/order.js";
import type { Purge, Step, WholePurge } from "../core/purge.js";
import type { DocumentRow } from "../core/row.js";
import { CustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";
import type { Json } from "../lib/canonical.js";
import type { CertificateId } from "../lib/id.js";
import { instantText } from "../lib/instant.js";
import { compactJws } from "../lib/jws.js";
import { backupsLeft } from "./backups.js";
import {
  type IssueCertificateInput,
  readTerms,
  requireCounts,
  requireRetained,
  requireSigner,
} from "./certificate-terms.js";
import type { Context } from "./context.js";
import { instructionsOf } from "./instructions.js";
import { checkpoint } from "./ledger.js";
import { exitsOf } from "./model-exits.js";
import { wholeOf } from "./plan-pages.js";
import { stepsOf } from "./purge-conclusion.js";
import { retainedNow } from "./retained.js";
import { absent } from "./rows.js";

/** Written on certificates; a test holds it to the package's version. */
export const TOOL = "custody 0.1.0";
/** A JWS longer than this is kept in several rows: a store takes rows of a mebibyte. */
export const CERTIFICATE_ROW_CHARACTERS = 900_000;
export interface IssuedCertificate {
  readonly id: CertificateId;
  readonly jws: string;
}

/**
 * Issues the certificate of a complete purge: a ledger checkpoint first, then the signed
 * certificate over it, kept with one event that holds ids, counts and the digest of the JWS. Each
 * call makes another certificate, with what is kept, answered and expired by then.
 *
 * The declaration on it is a draft; it is sworn when the person named signs it.
 *
 * @throws `purge-incomplete` unless each step was seen absent; `signer-not-human`;
 * `statement-incomplete` when the order demands a statement and no signer, or none, is given;
 * `retained-unlisted`; `counts-inconsistent`; `certificate-invalid` with the reason of
 * `checkConsistency` (a clock that went back); `not-found`, `option-invalid`, `option-unknown`,
 * `conflict` when the purge changed meanwhile
 */
export async function issueCertificate(
  context: Context,
  input: IssueCertificateInput,
): Promise<IssuedCertificate> {
  const given = readTerms(input);
  const row = await purgeRow(context, given.purge);
  const purge = await wholeOf(context, row.body as unknown as Purge);
  const steps = await stepsOf(context, given.purge);
  const instructions = await instructionsOf(context, purge);
  requireComplete(purge, steps, instructions);
  const order = await orderOf(context, purge);
  const signer = requireSigner(given, order);
  const retained = await retainedNow(context, purge.plan);
  requireRetained(given, retained);
  const campaign = await requireCounts(context, given, purge, order);
  const backups = await backupsLeft(context, purge, steps);
  const exits = exitsOf(order);
  const note = await checkpoint(context);
  const issuedAt = instantText(context.now());
  const identity = {
    id: context.newId("certificate"),
    issuer: context.signer.name,
    store: context.store.identity.id,
  };
  const later = { retained, instructions, backups, exits };
  const certificate: Certificate = {
    ...describe(identity, purge, order),
    ...observed(purge, steps, { signer, tool: TOOL }, later),
    campaign,
    checkpoint: note,
    statement: statementOf(signer, given.statement, issuedAt),
    signer,
    issuedAt,
  };
  const inconsistency = checkConsistency(certificate);
  if (inconsistency) throw new CustodyError("certificate-invalid", { reason: inconsistency });
  const jws = await signed(context, certificate);
  await keep(context, certificate, jws, row.version);
  return { id: certificate.id as CertificateId, jws };
}

/** The certificate as it was issued. @throws `not-found` */
export async function getCertificate(
  { store }: Context,
  id: string,
): Promise<{
  readonly id: string;
  readonly purge: string;
  readonly jws: string;
  readonly issuedAt: string;
}> {
  const row = await store.get({ table: "document", kind: "certificate", id });
  if (row === undefined || typeof row.body.parts !== "number") {
    throw absent("certificate", id);
  }
  let jws = String(row.body.jws);
  for (let part = 2; part <= row.body.parts; part += 1) {
    const next = await store.get({ table: "document", kind: "certificate", id: partId(id, part) });
    if (next === undefined) throw absent("certificate", id);
    jws += String(next.body.jws);
  }
  return { id, purge: row.owner, jws, issuedAt: String(row.body.issuedAt) };
}

async function purgeRow({ store }: Context, id: string): Promise<DocumentRow> {
  const row = await store.get({ table: "document", kind: "purge", id });
  if (row === undefined) throw absent("purge", id);
  return row;
}

/** Each item of the plan has its step, and each step was seen: a state alone is not believed. */
function requireComplete(
  purge: WholePurge,
  steps: readonly Step[],
  instructions: readonly Instruction[],
): asserts steps is readonly SeenStep[] {
  const seen = steps.filter(({ progress }) => progress.state === "seen").length;
  const answered = !instructions.some(isAwaited);
  const all = answered && seen === steps.length && seen === purge.plan.items.length;
  if (purge.state !== "complete" || !all) {
    throw new CustodyError("purge-incomplete", {
      id: purge.id,
      path: purge.id,
      state: purge.state,
    });
  }
}

async function orderOf({ store }: Context, { plan }: WholePurge): Promise<Order | undefined> {
  if (plan.cause.kind !== "order") return undefined;
  const { id } = plan.cause;
  const row = await store.get({ table: "document", kind: "order", id });
  if (row === undefined) throw new CustodyError("not-found", { kind: "order", id });
  return row.body as unknown as Order;
}

function statementOf(
  signer: Certificate["signer"],
  form: "28-usc-1746" | undefined,
  issuedAt: string,
): Certificate["statement"] {
  if (form === undefined || signer === null) return null;
  return { form, text: statementText(signer, issuedAt) };
}

async function signed({ signer }: Context, certificate: Certificate): Promise<string> {
  const { kid } = await signer.publicJwk();
  return compactJws({
    header: { alg: "EdDSA", kid, typ: CERTIFICATE_TYPE },
    payload: certificate as unknown as Json,
    sign: (bytes) => signer.sign(bytes),
  });
}

async function keep(
  context: Context,
  { id, purge, cause, counts, issuedAt }: Certificate,
  jws: string,
  version: number,
): Promise<void> {
  const parts: string[] = [];
  for (let from = 0; from < jws.length; from += CERTIFICATE_ROW_CHARACTERS) {
    parts.push(jws.slice(from, from + CERTIFICATE_ROW_CHARACTERS));
  }
  const writes = parts.map((part, index) => ({
    put: {
      table: "document",
      kind: "certificate",
      id: index === 0 ? id : partId(id, index + 1),
      version: 1,
      owner: index === 0 ? purge : id,
      due: "",
      body: index === 0 ? { jws: part, issuedAt, parts: parts.length } : { jws: part },
    } as const,
  }));
  await context.store.append({
    event: {
      id: context.newId("event"),
      type: "certificate-issued",
      at: instantText(context.now()),
      actor: context.actor,
      about: { certificate: id, purge, cause: cause.id, sha256: sha256Hex(jws), counts },
    },
    expect: [{ kind: "purge", id: purge, version }],
    writes,
  });
}

function partId(id: string, part: number): string {
  return `${id}.${part}`;
}
