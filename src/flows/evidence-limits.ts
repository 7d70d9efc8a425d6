/** Evidence that is refused for when or how often it comes, not for what it says. */
import type { Evidence, EvidenceSource } from "../core/age.js";
import type { Write } from "../core/event.js";
import type { Facts } from "../core/gate.js";
import { regimesFor } from "../core/regimes/index.js";
import { CustodyError } from "../errors.js";
import { utf8 } from "../lib/bytes.js";
import { addDuration } from "../lib/duration.js";
import { parseInstant } from "../lib/instant.js";
import type { Context } from "./context.js";
import { created, load } from "./rows.js";

/**
 * The first answer at a screen stands for its session, whoever is asked: a new account behind the
 * back button is no second try (FTC COPPA FAQ D, H.3). A statement is no answer.
 *
 * @returns what marks the session as answered, to be committed with the evidence: a keyed hash of
 * its name, never what was said
 * @throws `age-answer-repeated`
 */
export async function firstAnswer(
  ctx: Context,
  one: Evidence,
  subject: string,
): Promise<readonly Write[]> {
  const { session } = one;
  if (one.source !== "sign-up-screen" || one.kind === "statement") return [];
  if (session === undefined) return [];
  const id = await ctx.keyring.index("age-session", utf8(session));
  if ((await load(ctx, "session", id)) !== undefined) {
    throw new CustodyError("age-answer-repeated", { subject, rule: "FTC COPPA FAQ H.3" });
  }
  return [created("session", id, {}, { owner: subject })];
}

const SIGNALS: readonly EvidenceSource[] = ["store-apple", "store-google", "os"];

/**
 * Where a law in force counts the months between routine checks, a store or OS signal asked for as
 * a routine waits for them, from the last such signal whatever its occasion.
 *
 * @throws `age-recheck-too-soon`
 */
export function refuseTooSoon(one: Evidence, facts: Facts): void {
  if (one.occasion !== "routine" || !SIGNALS.includes(one.source)) return;
  const { policy, subject } = facts;
  const last = subject.evidence.filter((e) => SIGNALS.includes(e.source)).at(-1);
  const lastMs = last === undefined ? undefined : parseInstant(last.at);
  if (lastMs === undefined) return;
  for (const { routineRecheck } of regimesFor(policy.regimes, subject.jurisdiction)) {
    if (routineRecheck === undefined) continue;
    const wait = { years: 0, months: routineRecheck.months, days: 0, seconds: 0 };
    if (facts.nowMs >= addDuration(lastMs, wait)) continue;
    const { section, regime } = routineRecheck.because;
    throw new CustodyError("age-recheck-too-soon", { subject: subject.id, rule: section, regime });
  }
}
