/**
 * Attestations: what a receipt, a certificate or a purge says, as signed in-toto Statements. They
 * are made of what the store holds and change nothing in it.
 */
import { z } from "zod";
import {
  ATTESTATION_SUBJECTS_MAX,
  type AttestationStatement,
  type ConsentStatement,
  contradictionIn,
  type DeletionStatement,
  type ModelPurgeStatement,
  PAYLOAD_TYPE,
  PREDICATE_TYPES,
  STATEMENT_TYPE,
} from "../core/attestation.js";
import { CERTIFICATE_TYPE, Certificate } from "../core/certificate.js";
import type { Dataset } from "../core/dataset.js";
import { EVIDENCE_LEVELS, type EvidenceLevel } from "../core/evidence-level.js";
import { type Model, stateOf } from "../core/model.js";
import type { Step } from "../core/purge.js";
import { RECEIPT_TYPE, Receipt } from "../core/receipt.js";
import { CustodyError } from "../errors.js";
import { sha256Hex } from "../lib/bytes.js";
import type { Json } from "../lib/canonical.js";
import { dsseEnvelope } from "../lib/dsse.js";
import { requireId } from "../lib/id.js";
import { openJws } from "../lib/jws.js";
import { getCertificate } from "./certificates.js";
import type { Context } from "./context.js";
import { needWhole } from "./plan-pages.js";
import { receiptFor } from "./receipts.js";
import { list, need, nowText } from "./rows.js";

/** What it is about; exactly one. */
export type AttestationInput =
  | { readonly consent: string }
  | { readonly certificate: string }
  | { readonly purge: string };

export interface IssuedAttestation {
  /** The DSSE envelope: one line of JSON, to be kept as a file. */
  readonly envelope: string;
  readonly statement: AttestationStatement;
  /**
   * The receipt or certificate whose SHA-256 the statement's subject is; "" for a model purge,
   * whose subjects are the models' own bytes. Hand it over with the envelope: the digest of
   * something that nobody has says little.
   */
  readonly evidence: string;
}

const Input = z.union([
  z.strictObject({ consent: z.string() }),
  z.strictObject({ certificate: z.string() }),
  z.strictObject({ purge: z.string() }),
]);

/**
 * Attests a consent (over a receipt made now), a deletion (over its certificate), or the models
 * that a complete purge destroyed (each by the digest of its bytes, with where it was seen absent).
 *
 * A model whose places or digest nobody knew is listed as not proven and is no subject.
 * @throws `not-found` (also for a purge that destroyed no model), `id-invalid`, `option-invalid`,
 * `purge-incomplete`, `limit-exceeded`, `attestation-invalid` (a clock that went back);
 * `certificate-wrong-key` for a certificate of another key than the signer's
 */
export async function issueAttestation(
  ctx: Context,
  input: AttestationInput,
): Promise<IssuedAttestation> {
  const read = Input.safeParse(input);
  if (!read.success) {
    const reason = "exactly one of consent, certificate and purge";
    throw new CustodyError("option-invalid", { path: "attestation", reason });
  }
  const { statement, evidence } = await statementOf(ctx, read.data);
  const reason = contradictionIn(statement);
  if (reason !== undefined) throw new CustodyError("attestation-invalid", { reason });
  const envelope = await dsseEnvelope({
    payloadType: PAYLOAD_TYPE,
    payload: statement as unknown as Json,
    keyid: (await ctx.signer.publicJwk()).kid,
    sign: (bytes) => ctx.signer.sign(bytes),
  });
  return { envelope, statement, evidence };
}

type Stated = Omit<IssuedAttestation, "envelope">;

async function statementOf(ctx: Context, input: z.infer<typeof Input>): Promise<Stated> {
  if ("consent" in input) return aboutConsent(ctx, input.consent);
  if ("certificate" in input) return aboutDeletion(ctx, input.certificate);
  return aboutModels(ctx, requireId("purge", input.purge, "attestation.purge"));
}

async function aboutConsent(ctx: Context, given: string): Promise<Stated> {
  const consent = requireId("consent", given, "attestation.consent");
  const evidence = await receiptFor(ctx, consent);
  const { payload } = await openJws(evidence, [await ctx.signer.publicJwk()], RECEIPT_TYPE);
  const receipt = Receipt.parse(payload);
  const statement: ConsentStatement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: consent, digest: { sha256: sha256Hex(evidence) } }],
    predicateType: PREDICATE_TYPES.consent,
    predicate: {
      issuer: receipt.iss,
      store: ctx.store.identity.id,
      consent,
      person: receipt.sub,
      status: receipt.consent_status,
      regime: receipt.jurisdiction_regime,
      method: receipt.collection_method,
      verifier: receipt.verifier,
      notice: {
        version: receipt.privacy_notice.version,
        sha256: receipt.privacy_notice.sha256,
      },
      purposes: receipt.purposes.map(({ purpose, status, event_time, separately }) => {
        return { purpose, status, since: event_time, separately };
      }),
      categories: receipt.pii_information.map(({ pii_type }) => pii_type),
      answeredAt: receipt.events[0]?.event_time ?? "",
      statedAt: receipt.issued_at,
    },
  };
  return { statement, evidence };
}

async function aboutDeletion(ctx: Context, id: string): Promise<Stated> {
  requireId("certificate", id, "attestation.certificate");
  const { jws } = await getCertificate(ctx, id);
  const { payload } = await openJws(jws, [await ctx.signer.publicJwk()], CERTIFICATE_TYPE);
  const certificate = Certificate.parse(payload);
  const { issuer, store, purge, plan, cause, counts } = certificate;
  const { startedAt, finishedAt, issuedAt } = certificate;
  const { datasets } = (await needWhole(ctx, purge)).body.plan;
  const roots: DeletionStatement["subject"] = [];
  for (const dataset of bounded(datasets)) {
    const { root } = (await need<Dataset>(ctx, "dataset", dataset)).body;
    roots.push({ name: dataset, digest: { custodyDatasetRoot: root } });
  }
  const { records, subjects, models, places, retained, notProven } = counts;
  const statement: DeletionStatement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: id, digest: { sha256: sha256Hex(jws) } }, ...roots],
    predicateType: PREDICATE_TYPES.deletion,
    predicate: {
      ...{ issuer, store, certificate: id, purge, plan },
      cause: { kind: cause.kind, id: cause.id },
      connectors: connectorsOf(certificate),
      counts: { records, subjects, datasets: counts.datasets, models, places, retained, notProven },
      ...{ startedAt, finishedAt, issuedAt },
    },
  };
  return { statement, evidence: jws };
}

function connectorsOf({ places }: Certificate): DeletionStatement["predicate"]["connectors"] {
  const found = new Map<string, { places: number; level: EvidenceLevel }>();
  for (const { connector, level } of places) {
    const known = found.get(connector) ?? { places: 0, level };
    const weaker = EVIDENCE_LEVELS.indexOf(level) < EVIDENCE_LEVELS.indexOf(known.level);
    found.set(connector, { places: known.places + 1, level: weaker ? level : known.level });
  }
  return [...found].map(([connector, rest]) => ({ connector, ...rest }));
}

async function aboutModels(ctx: Context, id: string): Promise<Stated> {
  const { state, plan, planHash, startedAt, finishedAt } = (await needWhole(ctx, id)).body;
  if (state !== "complete") throw new CustodyError("purge-incomplete", { id, path: id, state });
  const steps = await seenSteps(ctx, id);
  const subject: ModelPurgeStatement["subject"] = [];
  const models: ModelPurgeStatement["predicate"]["models"] = [];
  const notProven: ModelPurgeStatement["predicate"]["notProven"] = [];
  for (const model of bounded(plan.models)) {
    const places = steps.filter(({ node }) => node === model).map(({ seen }) => seen);
    const { body } = await need<Model>(ctx, "model", model);
    const { digest } = body;
    if (stateOf(body) === "infeasible") notProven.push({ model, code: "infeasible" });
    else if (places.length === 0) notProven.push({ model, code: "place-unknown" });
    else if (digest === "") notProven.push({ model, code: "digest-unknown" });
    else {
      subject.push({ name: model, digest: { sha256: digest } });
      models.push({ model, places });
    }
  }
  if (subject.length === 0) throw new CustodyError("not-found", { kind: "destroyed model of", id });
  const { kind, id: by } = plan.cause;
  const statement: ModelPurgeStatement = {
    _type: STATEMENT_TYPE,
    subject,
    predicateType: PREDICATE_TYPES["model-purge"],
    predicate: {
      issuer: ctx.signer.name,
      store: ctx.store.identity.id,
      purge: id,
      plan: planHash,
      cause: { kind, id: by },
      models,
      notProven,
      startedAt,
      finishedAt,
      statedAt: nowText(ctx),
    },
  };
  return { statement, evidence: "" };
}

/** Where absence was seen, without the name of the place: a path may say more than it should. */
async function seenSteps(ctx: Context, purge: string) {
  const rows = await list<Step>(ctx, "step", { owner: purge });
  const steps = rows.map(({ body }) => body).sort((a, b) => a.index - b.index);
  return steps.map(({ item, progress }) => {
    if (progress.state !== "seen") {
      throw new CustodyError("purge-incomplete", { id: purge, path: purge, state: progress.state });
    }
    const { level, at: seenAbsentAt } = progress;
    return { node: item.node, seen: { connector: item.connector, level, seenAbsentAt } };
  });
}

function bounded(ids: readonly string[]): readonly string[] {
  if (ids.length < ATTESTATION_SUBJECTS_MAX) return ids;
  const limit = { limit: "ATTESTATION_SUBJECTS_MAX", max: ATTESTATION_SUBJECTS_MAX };
  throw new CustodyError("limit-exceeded", limit);
}
