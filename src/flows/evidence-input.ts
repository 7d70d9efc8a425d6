/** What `addEvidence` is given, checked before anything is looked up. */
import {
  EVIDENCE_KINDS,
  EVIDENCE_SOURCES,
  type Evidence,
  type EvidenceKind,
  type EvidenceSource,
  OCCASIONS,
  type Occasion,
} from "../core/age.js";
import { DEVICE_SOURCES, isProven } from "../core/age-signal.js";
import { ASSURANCE_LEVELS, type AssuranceLevel, isForgeableLevel } from "../core/assurance.js";
import { requireBoolean, requireKnown, requireText } from "../core/options.js";
import { CustodyError } from "../errors.js";
import { requireId, type SubjectId } from "../lib/id.js";
import { parseInstant } from "../lib/instant.js";

export interface EvidenceInput {
  readonly subject: SubjectId;
  readonly kind: EvidenceKind;
  readonly source: EvidenceSource;
  readonly value?: string | boolean;
  readonly claim?: string;
  readonly lower?: number;
  readonly upper?: number;
  readonly session?: string;
  readonly confirmed?: boolean;
  readonly occasion?: Occasion;
  /** How sure the method is, by IEEE 2089.1; not stated unless given. */
  readonly assurance?: AssuranceLevel;
  /**
   * Only what a verifier of `custody/age-signals` returned may say true; false is what its readers
   * say of an answer that the person's own device hands over unsigned.
   */
  readonly verifiable?: boolean;
  /** ISO instant until which the token could be presented. */
  readonly validUntil?: string;
  /** SHA-256 of the token, base64url. */
  readonly tokenDigest?: string;
}

const INPUT_KEYS = [
  "subject",
  "kind",
  "source",
  "value",
  "claim",
  "lower",
  "upper",
  "session",
  "confirmed",
  "occasion",
  "assurance",
  "verifiable",
  "validUntil",
  "tokenDigest",
] as const;

/** What is said, without whom it is about and without what nobody gave. */
export type Said = Omit<Evidence, "id" | "at" | "zone">;

/**
 * @throws `option-unknown`, `option-invalid` (a wrong shape; `verifiable` without a proof, an
 * assurance that an unsigned answer cannot have, `confirmed` beside a forgeable signal),
 * `id-invalid`, `instant-invalid`, `signal-expired`
 */
export function readEvidence(input: EvidenceInput, nowMs: number): Said {
  requireKnown(input, INPUT_KEYS, "evidence");
  requireId("subject", input.subject, "evidence.subject");
  requireWord(input.kind, EVIDENCE_KINDS, "kind");
  requireWord(input.source, EVIDENCE_SOURCES, "source");
  if (input.session !== undefined) requireText(input.session, "evidence.session");
  if (input.claim !== undefined) requireText(input.claim, "evidence.claim");
  requireBoolean(input.confirmed, "evidence.confirmed");
  if (input.occasion !== undefined) requireWord(input.occasion, OCCASIONS, "occasion");
  if (input.assurance !== undefined) requireWord(input.assurance, ASSURANCE_LEVELS, "assurance");
  requireBoolean(input.verifiable, "evidence.verifiable");
  if (input.tokenDigest !== undefined) requireText(input.tokenDigest, "evidence.tokenDigest", 100);
  requireTrust(input);
  requireValid(input.validUntil, nowMs);
  const said: { [key: string]: unknown } = {};
  for (const key of INPUT_KEYS) {
    if (key !== "subject" && input[key] !== undefined) said[key] = input[key];
  }
  return said as unknown as Said;
}

function requireTrust(input: EvidenceInput): void {
  const { assurance, confirmed, source, verifiable } = input;
  if (verifiable === true) {
    if (isProven(input)) return;
    throw invalid("verifiable", "only what a verifier returned, unchanged, can say so");
  }
  if (verifiable === false && confirmed === true) {
    throw invalid("confirmed", "a signal that can be forged confirms nothing");
  }
  const forgeable = verifiable === false || DEVICE_SOURCES.includes(source);
  if (forgeable && assurance !== undefined && !isForgeableLevel(assurance)) {
    throw invalid("assurance", "higher than an unsigned answer can have");
  }
}

function requireValid(validUntil: string | undefined, nowMs: number): void {
  if (validUntil === undefined) return;
  const untilMs = parseInstant(validUntil);
  if (untilMs === undefined) {
    throw new CustodyError("instant-invalid", { path: "evidence.validUntil" });
  }
  if (!(nowMs < untilMs)) throw new CustodyError("signal-expired", { reason: "expired" });
}

function requireWord(word: string, words: readonly string[], name: string): void {
  if (!words.includes(word)) throw invalid(name, "not one of the known words");
}

function invalid(name: string, reason: string): CustodyError {
  return new CustodyError("option-invalid", { path: `evidence.${name}`, reason });
}
