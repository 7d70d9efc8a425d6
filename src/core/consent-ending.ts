/** What becomes of a consent after its answer: ended by somebody, or followed by a newer one. */
import type { ConsentState, ConsentStatus, PurposeDecision } from "./consent.js";

/**
 * The consents after a change, with every decision that it made numbered as the newest: two changes
 * of one instant stay in the order in which they came.
 */
export function numbered(
  before: readonly ConsentState[],
  after: readonly ConsentState[],
): readonly ConsentState[] {
  const all = before.flatMap(({ decisions }) => decisions);
  const order = 1 + all.reduce((last, decision) => Math.max(last, decision.order ?? 0), 0);
  const old = new Set(all);
  return after.map((consent) => {
    if (consent.decisions.every((decision) => old.has(decision))) return consent;
    const decisions = consent.decisions.map((one) => (old.has(one) ? one : { ...one, order }));
    return { ...consent, decisions };
  });
}

/** What the consent as a whole is, given what became of its purposes. */
export function statusOf(decisions: readonly PurposeDecision[]): ConsentStatus {
  const verdicts = new Set(decisions.map((decision) => decision.verdict));
  for (const verdict of ["invalidated", "given", "revoked", "withdrawn", "expired"] as const) {
    if (verdicts.has(verdict)) return verdict;
  }
  return "refused";
}

/**
 * Applies an ending to a consent: to the named purposes, or to all. Only what was given ends as
 * withdrawn or revoked; an invalidation covers everything, for it says the consent never was one.
 */
export function endConsent(
  consent: ConsentState,
  verdict: "withdrawn" | "revoked" | "invalidated" | "expired",
  at: string,
  purposes?: readonly string[],
): ConsentState {
  const decisions = consent.decisions.map((decision) => {
    const named = purposes === undefined || purposes.includes(decision.purpose);
    const ends = verdict === "invalidated" || decision.verdict === "given";
    return named && ends ? { ...decision, verdict, at } : decision;
  });
  const status = statusOf(decisions);
  const stays = consent.status === "superseded" && status === "given";
  const ended = { ...consent, decisions, status: stays ? ("superseded" as const) : status };
  // A practice ended it as good until then; found to be none, it never was good.
  return verdict === "invalidated" ? { ...ended, endedByPractice: false } : ended;
}

/** True when the newer one, of the same giver and regime, was asked for all that the older was. */
function replaces(newer: ConsentState, older: ConsentState): boolean {
  const asked = new Set(newer.decisions.map((decision) => decision.purpose));
  const same = older.giver === newer.giver && older.regime === newer.regime;
  return same && older.decisions.every((decision) => asked.has(decision.purpose));
}

/**
 * Marks older consents of the same giver and regime as superseded when the newer one was asked for
 * all their purposes. A superseded consent stays the basis of what came in under it.
 */
export function supersede(
  consents: readonly ConsentState[],
  newer: ConsentState,
): readonly ConsentState[] {
  return consents.map((older) => {
    const both = older.status === "given" && newer.status === "given";
    return both && replaces(newer, older) ? { ...older, status: "superseded" as const } : older;
  });
}

/**
 * A weak method ends when the operator begins to disclose (16 CFR 312.5(b)(2)(viii), (ix)). Only
 * what was given ends, and it was good until then. Undefined when there was nothing left to end.
 */
export function endByPractice(consent: ConsentState, at: string): ConsentState | undefined {
  if (!consent.decisions.some((decision) => decision.verdict === "given")) return undefined;
  const decisions = consent.decisions.map((decision) =>
    decision.verdict === "given" ? { ...decision, verdict: "invalidated" as const, at } : decision,
  );
  return { ...consent, decisions, status: "invalidated", endedByPractice: true };
}

/**
 * The subject's consents with one of them ended, and with it those whose place it had taken: the
 * older ones of the same giver and regime whose purposes were all asked again. Ending an older one
 * alone leaves the newer as it is, and an invalidation reaches no other.
 */
export function endAmong(
  consents: readonly ConsentState[],
  id: string,
  ending: {
    readonly verdict: "withdrawn" | "revoked" | "invalidated";
    readonly at: string;
    readonly purposes?: readonly string[] | undefined;
  },
): readonly ConsentState[] {
  const place = consents.findIndex((consent) => consent.id === id);
  const target = consents[place];
  if (target === undefined) return consents;
  const { verdict, at, purposes } = ending;
  return consents.map((consent, index) => {
    const replaced =
      index < place &&
      target.status === "given" &&
      consent.status === "superseded" &&
      replaces(target, consent);
    const ends = index === place || (replaced && verdict !== "invalidated");
    return ends ? endConsent(consent, verdict, at, purposes) : consent;
  });
}
