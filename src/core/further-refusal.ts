/** A parent's refusal of further use and of future collection (16 CFR 312.6(a)(2)). */
import type { Exception } from "./record.js";
import type { Citation } from "./regimes/regime.js";
import type { SubjectState } from "./subject.js";

export const REFUSED_FURTHER: Citation = {
  regime: "coppa",
  section: "16 CFR 312.6(a)(2)",
  firmness: "rule",
};

/** To ask the parent again, for a child's safety, and for the law: these wait for nobody's yes. */
const IN_SPITE_OF_A_NO: readonly Exception[] = ["c1", "c5", "c6"];

/** True when the parent has refused the purpose, and the exception is no way around. */
export function furtherRefused(
  subject: Pick<SubjectState, "furtherRefused">,
  purpose: string,
  exception: Exception | "",
): boolean {
  if (exception !== "" && IN_SPITE_OF_A_NO.includes(exception)) return false;
  return subject.furtherRefused?.includes(purpose) === true;
}
