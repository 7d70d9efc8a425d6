/**
 * The certificate of a purge: everything on it is read from the store, and refused while a step is
 * open.
 */
import { z } from "zod";
import {
  Campaign,
  CERTIFICATE_TYPE,
  type Certificate,
  checkConsistency,
  isCampaign,
  statementText,
} from "../core/certificate.js";
import { describe, observed, type SeenStep } from "../core/certificate-draft.js";
import type { Order } from "../core/order.js";
import type { Purge, Retained, Step } from "../core/purge.js";
import type { DocumentRow } from "../core/row.js";
import { CustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import type { CertificateId } from "../lib/id.js";
import { instantText } from "../lib/instant.js";
import { compactJws } from "../lib/jws.js";
import type { Context } from "./context.js";
import { checkpoint } from "./ledger.js";
import { absent } from "./rows.js";

/** Written on certificates; a test holds it to the package's version. */
export const TOOL = "custody 0.1.0";
/** A JWS longer than this is kept in several rows: a store takes rows of a mebibyte. */
export const CERTIFICATE_ROW_CHARACTERS = 900_000;
const NAME_CHARACTERS_MAX = 200;

const name = z.string().trim().max(NAME_CHARACTERS_MAX).optional();
const Input = z.strictObject({
  purge: z.string(),
  signer: z.strictObject({ name, title: name, human: z.unknown() }),
  statement: z.literal("28-usc-1746").optional(),
  counts: Campaign.optional(),
  retained: z
    .array(
      z.strictObject({
        record: z.string(),
        hold: z.string(),
        authority: z.string(),
        instrument: z.string(),
      }),
    )
    .optional(),
});

export interface IssueCertificateInput {
  readonly purge: string;
  /**
   * Who signs for the operator: a person, by name and title. They stand on the certificate, never
   * in the ledger.
   */
  readonly signer: { readonly name: string; readonly title: string; readonly human: true };
  /**
   * Drafts the declaration of 28 U.S.C. 1746 for that person. Required when the order asks for a
   * sworn statement.
   */
  readonly statement?: "28-usc-1746";
  /** The answers to the notices of a consent campaign. Required when the order asks for them. */
  readonly counts?: Campaign;
  /** What the caller believes was kept. When given it must be what the plan kept. */
  readonly retained?: readonly Retained[];
}

export interface IssuedCertificate {
  readonly id: CertificateId;
  readonly jws: string;
}

/**
 * Issues the certificate of a complete purge: a ledger checkpoint first, then the signed
 * certificate over it, kept with one event that holds ids, counts and the digest of the JWS. Each
 * call makes another certificate.
 *
 * The declaration on it is a draft; it is sworn when the person named signs it.
 *
 * @throws `purge-incomplete` unless each step was seen absent; `signer-not-human`;
 * `statement-incomplete` when the order demands a statement or counts that are not given;
 * `retained-unlisted`; `counts-inconsistent`; `certificate-invalid` with the reason of
 * `checkConsistency` (a clock that went back); `not-found`, `option-invalid`, `option-unknown`,
 * `conflict` when the purge changed meanwhile
 */
export async function issueCertificate(
  context: Context,
  input: IssueCertificateInput,
): Promise<IssuedCertificate> {
  const given = readInput(input);
  const row = await purgeRow(context, given.purge);
  const purge = row.body as unknown as Purge;
  const steps = await stepsOf(context, given.purge);
  requireComplete(purge, steps);
  const order = await orderOf(context, purge);
  const signer = requireSigner(given, order);
  requireRetained(given, purge);
  const campaign = requireCounts(given, order);
  const note = await checkpoint(context);
  const issuedAt = instantText(context.now());
  const identity = {
    id: context.newId("certificate"),
    issuer: context.signer.name,
    store: context.store.identity.id,
  };
  const certificate: Certificate = {
    ...describe(identity, purge, order),
    ...observed(purge, steps, { ...signer, tool: TOOL }),
    campaign,
    checkpoint: note,
    statement: given.statement
      ? { form: given.statement, text: statementText(signer, issuedAt) }
      : null,
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

type Given = z.infer<typeof Input>;

function readInput(input: unknown): Given {
  const read = Input.safeParse(input);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const path = ["certificate", ...(issue?.path ?? [])].join(".");
  if (issue?.code === "unrecognized_keys") {
    throw new CustodyError("option-unknown", { path: `${path}.${issue.keys[0] ?? ""}` });
  }
  throw new CustodyError("option-invalid", { path, reason: issue?.code ?? "invalid" });
}

async function purgeRow({ store }: Context, id: string): Promise<DocumentRow> {
  const row = await store.get({ table: "document", kind: "purge", id });
  if (row === undefined) throw absent("purge", id);
  return row;
}

async function stepsOf({ store }: Context, purge: string): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for await (const row of store.scan({ table: "document", kind: "step", owner: purge })) {
    steps.push(row.body as unknown as Step);
  }
  return steps.sort((a, b) => a.index - b.index);
}

/** Each item of the plan has its step, and each step was seen: a state alone is not believed. */
function requireComplete(
  purge: Purge,
  steps: readonly Step[],
): asserts steps is readonly SeenStep[] {
  const seen = steps.filter(({ progress }) => progress.state === "seen").length;
  const all = seen === steps.length && seen === purge.plan.items.length;
  if (purge.state !== "complete" || !all) {
    throw new CustodyError("purge-incomplete", {
      id: purge.id,
      path: purge.id,
      state: purge.state,
    });
  }
}

async function orderOf({ store }: Context, { plan }: Purge): Promise<Order | undefined> {
  if (plan.cause.kind !== "order") return undefined;
  const { id } = plan.cause;
  const row = await store.get({ table: "document", kind: "order", id });
  if (row === undefined) throw new CustodyError("not-found", { kind: "order", id });
  return row.body as unknown as Order;
}

function requireSigner(given: Given, order: Order | undefined): Certificate["signer"] {
  const { name, title, human } = given.signer;
  if (human !== true) throw new CustodyError("signer-not-human", { path: "signer.human" });
  const sworn = order?.remedy.attest !== undefined || given.statement !== undefined;
  if (sworn && given.statement === undefined) throw incomplete("statement");
  for (const [path, value] of Object.entries({ name, title })) {
    if (value) continue;
    if (sworn) throw incomplete(`signer.${path}`);
    throw new CustodyError("option-invalid", {
      path: `certificate.signer.${path}`,
      reason: "empty",
    });
  }
  return { name: name ?? "", title: title ?? "", human };
}

/** As sets: the order of a list says nothing. */
function requireRetained(given: Given, { plan }: Purge): void {
  if (given.retained === undefined) return;
  const texts = (list: readonly Retained[]) =>
    list.map((entry) => canonical(entry as unknown as Json)).sort();
  if (canonical(texts(given.retained)) !== canonical(texts(plan.retained))) {
    throw new CustodyError("retained-unlisted", { path: "retained" });
  }
}

function requireCounts({ counts }: Given, order: Order | undefined): Campaign | null {
  if (counts === undefined) {
    if (order?.remedy.attest?.counts === true) throw incomplete("counts");
    return null;
  }
  if (!isCampaign(counts)) throw new CustodyError("counts-inconsistent", { path: "counts" });
  return counts;
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

function incomplete(path: string): CustodyError {
  return new CustodyError("statement-incomplete", { path });
}
