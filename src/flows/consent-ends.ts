/** How a consent ends: taken back from now on, or found never to have been one. */
import { type Conditioned, conditionedOn, flagged } from "../core/conditioning.js";
import {
  type ConsentState,
  type ConsentStatus,
  INVALIDATION_REASONS,
  type InvalidationReason,
  REVOKED_BY,
  type RevokedBy,
} from "../core/consent.js";
import { endAmong, numbered } from "../core/consent-ending.js";
import type { Mark } from "../core/model.js";
import { requireKnown, requireTexts } from "../core/options.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { type ConsentId, requireId } from "../lib/id.js";
import { recordsUnder } from "./consent-records.js";
import type { Context } from "./context.js";
import { commitMarked, markBelow } from "./marking.js";
import { TRAINING_USES } from "./model-inputs.js";
import { person } from "./person.js";
import { changed, need, nowText, retrying } from "./rows.js";

export interface RevokeInput {
  readonly consent: ConsentId;
  readonly by?: RevokedBy;
  readonly purposes?: readonly string[];
}

export interface Revoked extends Conditioned {
  readonly status: ConsentStatus;
}

/**
 * Ends a consent from now on: records under it are restricted, models made from them before are
 * `since-withdrawn`. Where the operator ends a service whose parent has refused a disclosure that
 * it does not need, `conditionedOn` names the disclosure (16 CFR 312.7).
 * @throws `not-found`, `option-invalid`, `purpose-unknown` for a purpose that it was not asked for
 */
export async function revokeConsent(ctx: Context, input: RevokeInput): Promise<Revoked> {
  requireKnown(input, ["consent", "by", "purposes"], "revoke");
  if (input.purposes !== undefined) requireTexts(input.purposes, "revoke.purposes", 1);
  const by = input.by === undefined ? "parent" : input.by;
  if (!REVOKED_BY.includes(by)) {
    throw new CustodyError("option-invalid", { path: "revoke.by", reason: "not a giver" });
  }
  const verdict = by === "operator" || by === "regulator" ? "revoked" : "withdrawn";
  return end(ctx, input.consent, verdict, by, input.purposes);
}

/**
 * Says that a consent never was one: what came in under it is tainted from the start, models made
 * from it are frozen.
 * @throws `not-found`, `option-invalid`
 */
export async function invalidateConsent(
  ctx: Context,
  input: { readonly consent: ConsentId; readonly reason: InvalidationReason },
): Promise<{ readonly status: ConsentStatus }> {
  requireKnown(input, ["consent", "reason"], "invalidate");
  if (!INVALIDATION_REASONS.includes(input.reason)) {
    throw new CustodyError("option-invalid", { path: "invalidate.reason", reason: "unknown" });
  }
  return end(ctx, input.consent, "invalidated", input.reason);
}

type Verdict = "withdrawn" | "revoked" | "invalidated";

async function end(
  ctx: Context,
  consent: ConsentId,
  verdict: Verdict,
  by: string,
  purposes?: readonly string[],
): Promise<Revoked> {
  requireId("consent", consent, "consent");
  return retrying(async () => {
    const { subject } = (await need<{ subject: string }>(ctx, "consent", consent)).body;
    const { loaded, facts } = await person(ctx, subject);
    const at = nowText(ctx);
    const before = loaded.body.consents;
    const target = before.find((c) => c.id === consent);
    // A name that the consent does not have would end nothing, and nobody would be told.
    const asked = new Set(target?.decisions.map((decision) => decision.purpose));
    if (purposes?.some((purpose) => !asked.has(purpose))) {
      throw new CustodyError("purpose-unknown", { consent, path: "revoke.purposes" });
    }
    const consents = numbered(before, endAmong(before, consent, { verdict, at, purposes }));
    const ended = consents.filter((now, index) => now !== before[index]);
    const status = consents.find((c) => c.id === consent)?.status ?? "requested";
    const trains = (name: string): boolean => {
      const use = facts.policy.purposes.get(name)?.use;
      return use !== undefined && TRAINING_USES.includes(use);
    };
    const ordinals: number[] = [];
    for (const one of ended) {
      if (!marksModels(one, purposes, trains)) continue;
      ordinals.push(...(await recordsUnder(ctx, subject, one.id)));
    }
    const state = verdict === "invalidated" ? "frozen" : "since-withdrawn";
    const cause = verdict === "invalidated" ? "invalidated" : "withdrawn";
    const mark: Mark = { state, cause, by: consent, at };
    const marked = await markBelow(ctx, OrdinalSet.of(ordinals), mark);
    const type = verdict === "invalidated" ? "consent-invalidated" : "consent-revoked";
    const closes = by === "operator" ? (purposes ?? [...asked]) : [];
    const flag = flagged(conditionedOn(facts.policy, before, closes));
    const about = { consent, subject, verdict, by, models: marked.models.length, ...flag };
    const writes = [changed(loaded, { ...loaded.body, consents })];
    await commitMarked(ctx, type, about, writes, marked);
    return { status, ...flag };
  });
}

/** Taken back for some purposes only, models are touched where a training purpose is among them. */
function marksModels(
  ended: ConsentState,
  purposes: readonly string[] | undefined,
  trains: (purpose: string) => boolean,
): boolean {
  return ended.status !== "given" || purposes === undefined || purposes.some(trains);
}
