/** Subjects: who somebody is to the service, and what speaks for their age. */
import {
  ageAt,
  type Band,
  bandOf,
  type Evidence,
  type EvidenceKind,
  type EvidenceSource,
  faultInEvidence,
  knowledgeAt,
  whatCounts,
} from "../core/age.js";
import type { AssuranceLevel } from "../core/assurance.js";
import type { Facts } from "../core/gate.js";
import { requireKnown, requireText } from "../core/options.js";
import type { Basis } from "../core/record.js";
import { isJurisdiction } from "../core/regimes/regime.js";
import type { RecordRow } from "../core/row.js";
import { type Standing, standingOf } from "../core/standing.js";
import { CustodyError } from "../errors.js";
import { utf8 } from "../lib/bytes.js";
import { type ModelId, requireId, type SubjectId } from "../lib/id.js";
import { isTimeZone } from "../lib/zone.js";
import type { Context } from "./context.js";
import { type EvidenceInput, readEvidence, type Said } from "./evidence-input.js";
import { firstAnswer, refuseTooSoon } from "./evidence-limits.js";
import { discover } from "./found-out.js";
import { commitMarked } from "./marking.js";
import { marksNow } from "./marks.js";
import { person, type SubjectBody, sealEvidence } from "./person.js";
import { changed, commit, created, load, need, nowText, retrying } from "./rows.js";

export interface RegisterInput {
  /** A person registered before, by custody's id: they have moved. */
  readonly subject?: SubjectId;
  /**
   * The application's own id of the person. Found again through a keyed hash; the id itself is not
   * kept.
   */
  readonly externalId?: string;
  /** IANA zone; without one the last zone on Earth decides when a birthday comes. */
  readonly timeZone?: string;
  readonly jurisdiction?: string;
}

/**
 * Registers a person, or, for a subject or an external id that is known, records that they have
 * moved; what was said of their age before keeps the zone it was said in. No personal value is
 * stored.
 * @throws `option-unknown`, `option-invalid`, `not-found`
 */
export async function registerSubject(ctx: Context, input: RegisterInput): Promise<SubjectId> {
  requireKnown(input, ["subject", "externalId", "timeZone", "jurisdiction"], "register");
  if (input.subject !== undefined) requireId("subject", input.subject, "register.subject");
  const zone = input.timeZone;
  if (zone !== undefined && !isTimeZone(requireText(zone, "register.timeZone", 100))) {
    throw new CustodyError("option-invalid", { path: "register.timeZone", reason: "not a zone" });
  }
  if (input.externalId !== undefined) requireText(input.externalId, "register.externalId");
  if (input.jurisdiction !== undefined && !isJurisdiction(input.jurisdiction)) {
    const reason = "an ISO 3166 code is expected (US, US-CA)";
    throw new CustodyError("option-invalid", { path: "register.jurisdiction", reason });
  }
  return retrying(async () => {
    if (input.subject !== undefined) return move(ctx, input.subject, input);
    const alias = input.externalId === undefined ? "" : await aliasOf(ctx, input.externalId);
    const known =
      alias === "" ? undefined : await load<{ subject: SubjectId }>(ctx, "alias", alias);
    return known === undefined ? begin(ctx, input, alias) : move(ctx, known.body.subject, input);
  });
}

async function begin(ctx: Context, input: RegisterInput, alias: string): Promise<SubjectId> {
  const id = ctx.newId("subject");
  const body: SubjectBody = {
    jurisdiction: input.jurisdiction ?? ctx.policy.jurisdiction,
    zone: input.timeZone ?? "",
    consents: [],
    suppressedSince: "",
    deletionRequestedAt: "",
    evidenceSealed: "",
  };
  const writes = [created("subject", id, body)];
  if (alias !== "") writes.push(created("alias", alias, { subject: id }, { owner: id }));
  await commit(ctx, "subject-registered", { subject: id }, writes);
  return id;
}

async function move(ctx: Context, id: SubjectId, input: RegisterInput): Promise<SubjectId> {
  const subject = await need<SubjectBody>(ctx, "subject", id);
  const body = {
    ...subject.body,
    zone: input.timeZone ?? subject.body.zone,
    jurisdiction: input.jurisdiction ?? subject.body.jurisdiction,
  };
  await commit(ctx, "subject-registered", { subject: id, again: true }, [changed(subject, body)]);
  return id;
}

/** The subject known under the application's own id, or undefined. */
export async function findSubject(
  ctx: Context,
  externalId: string,
): Promise<SubjectId | undefined> {
  const alias = await aliasOf(ctx, requireText(externalId, "externalId"));
  return (await load<{ subject: SubjectId }>(ctx, "alias", alias))?.body.subject;
}

async function aliasOf(ctx: Context, externalId: string): Promise<string> {
  return ctx.keyring.index("external-id", utf8(externalId));
}

export interface EvidenceResult {
  readonly band: Band;
  readonly knowledge: "actual" | "none";
  /** Records that this evidence showed to have lacked a consent they needed. */
  readonly restricted: number;
  /** Models in doubt since. */
  readonly suspect: readonly ModelId[];
}

/**
 * Adds what speaks for a person's age and judges everything taken from them again: what turns out
 * to have lacked a consent it needed is restricted and models made from it are suspect, in the same
 * commit; so are models that learned from what was lawfully taken, where training turns out to have
 * needed a consent of its own.
 *
 * @throws `value-rejected` (an impossible or future date, bounds that cross),
 * `age-answer-repeated`, `age-recheck-too-soon`, `signal-expired`, `option-invalid` (see
 * `readEvidence`), `not-found`
 */
export async function addEvidence(ctx: Context, input: EvidenceInput): Promise<EvidenceResult> {
  const said = readEvidence(input, ctx.now());
  return retrying(() => addOnce(ctx, input.subject, said));
}

async function addOnce(ctx: Context, subject: SubjectId, said: Said): Promise<EvidenceResult> {
  const { loaded, state, facts } = await person(ctx, subject);
  const nowMs = ctx.now();
  const one: Evidence = { ...said, id: ctx.newId("evidence"), at: nowText(ctx), zone: state.zone };
  const fault = faultInEvidence(one, nowMs);
  if (fault !== undefined) {
    throw new CustodyError("value-rejected", { subject, path: `evidence.${fault}` });
  }
  const answered = await firstAnswer(ctx, one, subject);
  refuseTooSoon(one, facts);
  const evidence = [...state.evidence, one];
  const after: Facts = { ...facts, subject: { ...state, evidence } };
  const mark = { state: "suspect", cause: "found-out", by: subject, at: one.at } as const;
  const { restricted, marked } = await discover(ctx, facts, after, mark);
  const body = { ...loaded.body, evidenceSealed: await sealEvidence(ctx, subject, evidence) };
  const knowledge = knowledgeAt(evidence, nowMs);
  // How it was learned goes on the record (source, kind, assurance); what was said does not.
  const about = {
    subject,
    evidence: one.id,
    kind: one.kind,
    source: one.source,
    assurance: one.assurance,
    verifiable: one.verifiable,
    knowledge,
    restricted,
    suspect: marked.models.length,
  };
  const writes = [changed(loaded, body), ...answered];
  await commitMarked(ctx, "evidence-added", about, writes, marked);
  const band = ctx.policy.audience === "child-directed" ? "child" : bandOf(ageAt(evidence, nowMs));
  return { band, knowledge, restricted, suspect: marked.models as ModelId[] };
}

/** Every record of the person with where it stands by these facts. */
export async function standings(
  ctx: Context,
  facts: Facts,
): Promise<readonly { readonly record: RecordRow; readonly standing: Standing }[]> {
  const result: { record: RecordRow; standing: Standing }[] = [];
  const marks = await marksNow(ctx);
  const bases = new Map<string, Basis>();
  for await (const record of ctx.store.scan({ table: "record", subjects: [facts.subject.id] })) {
    let basis = bases.get(record.basis);
    if (basis === undefined) {
      basis = (await need<Basis>(ctx, "basis", record.basis)).body;
      bases.set(record.basis, basis);
    }
    result.push({ record, standing: standingOf(facts, record, basis, marks(record)) });
  }
  return result;
}

/** One piece of evidence without what it says. */
export interface EvidenceView {
  readonly id: string;
  readonly kind: EvidenceKind;
  readonly source: EvidenceSource;
  readonly at: string;
  /** Absent when nobody stated it. */
  readonly assurance?: AssuranceLevel;
  /** True: a signature was checked. False: the person's device can have forged it. */
  readonly verifiable?: boolean;
  readonly validUntil?: string;
  /** False for what says nothing, was replaced, or was set aside by a confirmed signal. */
  readonly counts: boolean;
}

export interface SubjectView {
  readonly id: SubjectId;
  readonly band: Band;
  readonly knowledge: "actual" | "none";
  readonly jurisdiction: string;
  readonly timeZone: string;
  /** In the order of arrival. */
  readonly evidence: readonly EvidenceView[];
  readonly consents: readonly {
    readonly id: string;
    readonly status: string;
    readonly method: string;
    readonly purposes: readonly string[];
  }[];
  readonly records: { readonly [status: string]: number };
}

/** What custody knows of a person, without a single value. @throws `not-found` */
export async function getSubject(ctx: Context, id: string): Promise<SubjectView> {
  const { state, facts } = await person(ctx, requireId("subject", id, "subject"));
  const records: Record<string, number> = {};
  for (const { standing } of await standings(ctx, facts)) {
    records[standing.status] = (records[standing.status] ?? 0) + 1;
  }
  const child = ctx.policy.audience === "child-directed";
  return {
    id: state.id,
    band: child ? "child" : bandOf(ageAt(state.evidence, ctx.now())),
    knowledge: knowledgeAt(state.evidence, ctx.now()),
    jurisdiction: state.jurisdiction,
    timeZone: state.zone ?? "",
    evidence: evidenceViews(state.evidence),
    consents: state.consents.map((c) => ({
      id: c.id,
      status: c.status,
      method: c.method,
      purposes: c.decisions.filter((d) => d.verdict === "given").map((d) => d.purpose),
    })),
    records,
  };
}

function evidenceViews(evidence: readonly Evidence[]): readonly EvidenceView[] {
  const counting = whatCounts(evidence);
  return evidence.map(({ id, kind, source, at, assurance, verifiable, validUntil }, index) => ({
    id,
    kind,
    source,
    at,
    ...(assurance === undefined ? {} : { assurance }),
    ...(verifiable === undefined ? {} : { verifiable }),
    ...(validUntil === undefined ? {} : { validUntil }),
    counts: counting.some((one) => one === evidence[index]),
  }));
}
