/** Bases: the facts on which a record got in, interned, each with its own keys. */
import type { Decision } from "../core/gate.js";
import {
  type Basis,
  type BasisFacts,
  basisFingerprint,
  type Closure,
  closureOf,
  type Exception,
} from "../core/record.js";
import type { Category } from "../core/vocabulary.js";
import { fromHex } from "../lib/bytes.js";
import { type BasisId, newId, type SubjectId } from "../lib/id.js";
import { instantText, parseInstant } from "../lib/instant.js";
import type { Expectation } from "../ports/store.js";
import type { Context } from "./context.js";
import type { Person } from "./person.js";
import { IMPORT } from "./retention-due.js";
import { commit, list, load, nowText, retrying } from "./rows.js";

/** What of a collected entry its basis remembers. */
interface Entry {
  readonly subject: SubjectId;
  readonly collection: string;
  readonly values: { readonly [field: string]: unknown };
  readonly exception?: Exception;
  readonly source?: string;
}

export function basisFacts(
  ctx: Context,
  who: Person,
  input: Entry,
  decision: Extract<Decision, { allowed: true }>,
  takenMs: number | undefined,
): BasisFacts {
  const before = takenMs === undefined ? nowText(ctx) : instantText(takenMs);
  const stood = who.state.consents.filter(
    ({ status, answeredAt }) =>
      (status === "given" || status === "superseded") &&
      input.source !== IMPORT &&
      (takenMs === undefined || answeredAt < before),
  );
  const consent = who.state.consents.find((c) => c.id === decision.consent);
  return {
    subject: input.subject,
    kind: decision.kind,
    consent: decision.consent,
    consents: stood.map((c) => c.id),
    exception: decision.kind === "exception" ? (input.exception ?? "") : "",
    notice: consent?.notice ?? "",
    method: consent?.method ?? "",
    verifier: consent?.verifier ?? "",
    policy: ctx.policy.hash,
    band: decision.band,
    jurisdiction: who.state.jurisdiction,
    imported: input.source === IMPORT,
    categories: categoriesOf(ctx, input),
  };
}

function categoriesOf(ctx: Context, input: Entry): readonly Category[] {
  const fields = ctx.policy.collections.get(input.collection)?.fields;
  const found = Object.keys(input.values).map((name) => fields?.get(name)?.category);
  return [...new Set(found)].filter((c): c is Category => c !== undefined).sort();
}

/**
 * Named by its facts, beside its subject: the same facts are the same basis, and its rows lie
 * together.
 */
export function basisOf(facts: BasisFacts): Basis {
  const print = fromHex(basisFingerprint(facts)) ?? new Uint8Array(32);
  const id = newId("basis", 0, (n) => print.slice(0, n));
  return { ...facts, id: `bas_${facts.subject.slice(4, 14)}${id.slice(14)}` as BasisId };
}

/** A basis that took records at the moment it was looked at. `open` says it to the commit. */
export interface OpenBasis {
  readonly basis: Basis;
  /** False: it is to be written with its first record. */
  readonly stored: boolean;
  /** What must still be true when the record is committed, else what it was sealed with is gone. */
  readonly open: Expectation;
}

/** The basis of these facts, or where it was closed the one that took its place. */
export async function openBasis(ctx: Context, facts: BasisFacts): Promise<OpenBasis> {
  const basis = basisOf(facts);
  const stored = (await load<Basis>(ctx, "basis", basis.id)) !== undefined;
  if (stored && (await isClosed(ctx, basis.id))) return renewed(ctx, facts);
  return { basis, stored, open: openOf(basis.id) };
}

/**
 * The same facts under keys that live: the newest basis of them that is open and has any, or a new
 * one. Keys that were destroyed are never made again.
 */
export async function renewed(ctx: Context, facts: BasisFacts): Promise<OpenBasis> {
  const print = basisFingerprint(facts);
  let newest: Basis | undefined;
  for (const { body } of await list<Basis>(ctx, "basis", { owner: facts.subject })) {
    const { id: _, renewedAt = "", ...same } = body;
    if (renewedAt === "" || basisFingerprint(same) !== print) continue;
    if (renewedAt > (newest?.renewedAt ?? "")) newest = body;
  }
  if (newest !== undefined && !(await isClosed(ctx, newest.id))) {
    const keys = await ctx.keyring.inspect(newest.id);
    if (keys.live.length > 0 && keys.destroyed.length === 0) {
      return { basis: newest, stored: true, open: openOf(newest.id) };
    }
  }
  const basis = basisOf({ ...facts, renewedAt: after(newest?.renewedAt, nowText(ctx)) });
  return { basis, stored: false, open: openOf(basis.id) };
}

/** A moment names one renewal: where the clock has not moved since the last, the next moment. */
function after(last: string | undefined, now: string): string {
  if (last === undefined || last < now) return now;
  return instantText((parseInstant(last) ?? 0) + 1);
}

function openOf(basis: string): Expectation {
  return { kind: "closure", id: basis, version: 0 };
}

async function isClosed(ctx: Context, basis: string): Promise<boolean> {
  return (await load<Closure>(ctx, "closure", basis)) !== undefined;
}

/**
 * No record is committed under the basis from here on; those that are there are read as before. It
 * comes before its keys are destroyed. Doing it again changes nothing.
 */
export async function closeBasis(ctx: Context, basis: string): Promise<void> {
  await retrying(async () => {
    if (await isClosed(ctx, basis)) return;
    const about = { basis, cause: "retention" };
    await commit(ctx, "basis-closed", about, [{ put: closureOf(basis, nowText(ctx)) }]);
  });
}
