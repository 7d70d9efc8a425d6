/**
 * A signal about an age, as an adapter hands it to `subjects.addEvidence`: what it says, how sure
 * its method is, and whether anybody but the person's own device vouches for it.
 *
 * That a signature was checked cannot be written down by hand: `verifiedSignal` leaves a proof in
 * the signal that only this file can make, and `isProven` compares every field with it. There is no
 * `verified: true` argument, and a signal that was changed, or that came out of a queue as JSON, is
 * not proven any more: it is verified where it is added.
 */
import type { EvidenceKind, EvidenceSource } from "./age.js";
import type { AssuranceLevel } from "./assurance.js";

/** Why a signal brought nothing (FORMAT.md, `evidence`); bounds beside it mean nothing. */
export const SILENT_CLAIMS = ["declined", "not-shared", "unsupported"] as const;
export type SilentClaim = (typeof SILENT_CLAIMS)[number];

/** Sources whose answer passes through the person's device: unproven, they are forgeable. */
export const DEVICE_SOURCES: readonly EvidenceSource[] = [
  "store-apple",
  "store-google",
  "os",
  "eu-av",
];

const PROOF: unique symbol = Symbol("custody.age-signal");

export interface AgeSignal {
  readonly kind: Extract<EvidenceKind, "age-range" | "credential" | "birth-date">;
  readonly source: EvidenceSource;
  readonly value?: string | boolean;
  readonly claim?: string;
  readonly lower?: number;
  readonly upper?: number;
  readonly assurance: AssuranceLevel;
  /** False: anybody who holds the device can have written it. */
  readonly verifiable: boolean;
  /** ISO instant until which the token could be presented; what it showed is not undone then. */
  readonly validUntil?: string;
  /** SHA-256 of the token as presented, base64url. */
  readonly tokenDigest?: string;
  readonly [PROOF]?: object;
}

/** What a verifier found in a token whose signatures hold. */
export type Verified = Omit<AgeSignal, "verifiable" | typeof PROOF> & {
  readonly validUntil: string;
  readonly tokenDigest: string;
};

const SIGNAL_KEYS = [
  "kind",
  "source",
  "value",
  "claim",
  "lower",
  "upper",
  "assurance",
  "validUntil",
  "tokenDigest",
] as const;

type SignalFields = { readonly [key in (typeof SIGNAL_KEYS)[number]]?: unknown };

class Proof {
  readonly #said: SignalFields;

  constructor(said: SignalFields) {
    this.#said = { ...said };
  }

  static of(value: unknown, signal: SignalFields): boolean {
    if (typeof value !== "object" || value === null || !(#said in value)) return false;
    const said = value.#said;
    return SIGNAL_KEYS.every((key) => said[key] === signal[key]);
  }
}

/** For the verifiers of `custody/age-signals` alone: the caller has checked every signature. */
export function verifiedSignal(found: Verified): AgeSignal {
  return Object.freeze({ ...found, verifiable: true, [PROOF]: new Proof(found) });
}

/** True when a verifier made this signal and nothing that it says was changed since. */
export function isProven(signal: object): boolean {
  return Proof.of((signal as { readonly [PROOF]?: unknown })[PROOF], signal);
}
