/**
 * The exceptions to prior consent, 16 CFR 312.5(c)(1) to (9): each with its closed list of fields,
 * its one kind of purpose and its condition. They are never widened and, for (c)(7) to (9), never
 * combined.
 */
import type { Duration } from "../lib/duration.js";
import { type Evidence, yearsBy } from "./age.js";
import type { Collection, Purpose } from "./policy.js";
import type { Exception } from "./record.js";
import type { Citation, Need } from "./regimes/regime.js";
import type { Category, Use } from "./vocabulary.js";

interface ExceptionRule {
  readonly uses: readonly Use[];
  readonly categories: readonly Category[];
  /** The collection may keep it this long at most; undefined where the rule sets no bound. */
  readonly keepsMaxSeconds?: number;
  /** True where the use itself may be to tell somebody: for a child's safety, at a court's word. */
  readonly tells?: true;
}

/** What of a collection an exception looks at. */
type Kept = Pick<Collection, "retain" | "from">;

const DAY_SECONDS = 86_400;
const NAME_AND_CONTACT: readonly Category[] = ["name", "online-contact"];

export const EXCEPTION_RULES: { readonly [E in Exception]: ExceptionRule } = {
  c1: { uses: ["consent-seeking"], categories: NAME_AND_CONTACT },
  c2: { uses: ["service"], categories: ["online-contact"] },
  c3: { uses: ["service"], categories: ["online-contact"], keepsMaxSeconds: DAY_SECONDS },
  c4: { uses: ["service"], categories: ["online-contact"] },
  c5: { uses: ["security"], categories: NAME_AND_CONTACT, tells: true },
  c6: { uses: ["security", "legal"], categories: NAME_AND_CONTACT, tells: true },
  c7: { uses: ["internal-operations"], categories: ["persistent-id"] },
  c8: { uses: ["internal-operations"], categories: ["persistent-id"] },
  c9: { uses: ["service"], categories: ["audio"], keepsMaxSeconds: 60 },
};

/** The paragraph of the Rule that an exception is. */
export function sectionOf(exception: Exception | ""): Citation {
  const section = `16 CFR 312.5(c)(${exception.slice(1)})`;
  return { regime: "coppa", section, firmness: "rule" };
}

/**
 * Who must have agreed although an exception reaches: the exceptions are of the Rule's own consent
 * (312.5(c)), and no other law has them.
 */
export function needsBeside(needs: readonly Need[]): readonly Need[] {
  return needs.filter(({ regime }) => regime !== "coppa");
}

/**
 * "And no other personal information": each of these three excludes the other two for one person.
 */
const BARE: readonly Exception[] = ["c7", "c8", "c9"];
const CHILD_UNDER = 13;

export function faultOfException(
  exception: Exception,
  of: {
    readonly purpose: Purpose;
    readonly kept: Kept;
    readonly categories: readonly Category[];
    readonly held: readonly Exception[];
    readonly evidence: readonly Evidence[];
    /** Epoch milliseconds at which it was taken: the age then counts. */
    readonly atMs: number;
  },
): "exception-not-allowed" | "exception-combined" | undefined {
  if (!exceptionReaches(exception, of)) return "exception-not-allowed";
  if (exception === "c8" && !saidThirteenAtSignUp(of.evidence, of.atMs)) {
    return "exception-not-allowed";
  }
  const clash =
    BARE.includes(exception) && of.held.some((h) => BARE.includes(h) && h !== exception);
  return clash ? "exception-combined" : undefined;
}

/**
 * True when the exception's uses, categories and bound on keeping let it in, whoever the person is.
 */
export function exceptionReaches(
  exception: Exception,
  of: {
    readonly purpose: Purpose;
    readonly kept: Kept;
    readonly categories: readonly Category[];
  },
): boolean {
  const rule = EXCEPTION_RULES[exception];
  if (!exceptionServes(exception, of.purpose)) return false;
  if (!of.categories.every((c) => rule.categories.includes(c))) return false;
  if (rule.keepsMaxSeconds === undefined) return true;
  // Counted from the last use, the next entry would keep the one before it as well.
  return of.kept.from === "collection" && secondsOf(of.kept.retain) <= rule.keepsMaxSeconds;
}

/**
 * True for a purpose of the exception's one kind, as it is practised now. "Not used for any other
 * purpose, and not disclosed" (312.5(c)): whom it reaches besides processors takes it out.
 */
export function exceptionServes(exception: Exception, purpose: Purpose): boolean {
  const { uses, tells } = EXCEPTION_RULES[exception];
  return uses.includes(purpose.use) && (tells === true || !purpose.discloses);
}

function secondsOf(retain: Duration): number {
  // A month or a year is longer than any bound here.
  if (retain.years > 0 || retain.months > 0) return Number.POSITIVE_INFINITY;
  return retain.days * DAY_SECONDS + retain.seconds;
}

/** The condition of (c)(8): the person's own registration says that it is no child's. */
export function saidThirteenAtSignUp(evidence: readonly Evidence[], atMs: number): boolean {
  const answers = evidence.filter((one) => one.source === "sign-up-screen");
  const years = answers.map((one) => yearsBy(one, atMs)).filter((y) => y !== undefined);
  return years.length > 0 && years.every((y) => y >= CHILD_UNDER);
}
