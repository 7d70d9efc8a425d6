/**
 * Who asks a parent, and says which method really ran.
 *
 * The application never says "verified". It hands over what came back (a token from a link, an
 * upload's reference, a provider's call-back body) and the verifier that issued the challenge
 * judges it. A verifier keeps no state of its own: custody stores what it returns, sealed, with the
 * request.
 */
import type { ConsentMethod } from "../core/consent.js";
import type { GuardianAct } from "../core/guardian.js";
import type { Json } from "../lib/canonical.js";

export interface Challenge {
  /** `req_…`: one challenge per consent request, or per request of a parent's own act. */
  readonly request: string;
  /**
   * What a parent asks for themselves (16 CFR 312.6); absent when a consent is asked for. The
   * letter says so, `purposes` has one entry that names the act, and a token is good for no other
   * act: a yes says that whoever reads at this contact has asked for it, and that is all there is
   * to prove.
   */
  readonly act?: GuardianAct;
  /**
   * Where the parent is reached, as given by the caller. Personal data: never in an error, a log or
   * a token.
   */
  readonly contact: string;
  readonly purposes: readonly ChallengePurpose[];
  /** The direct notice the parent is to read before answering (plain text). */
  readonly noticeText: string;
  /** Epoch milliseconds at which the request lapses: no token may live longer. */
  readonly lapsesAt: number;
}

export interface ChallengePurpose {
  readonly name: string;
  /**
   * True for a disclosure that needs a yes of its own: it must be offered apart and never
   * pre-selected.
   */
  readonly separate: boolean;
}

/** What the verifier wants kept. JSON; custody seals it and hands it back at the next step. */
export type VerifierState = { readonly [key: string]: Json | undefined };

/**
 * What came back from the parent's side, as the application received it. Judged by the verifier,
 * not by the caller.
 */
export interface ParentResponse {
  /** A link's token, an upload's id, a provider's signed body. */
  readonly token: string;
  /**
   * The choices that came with it, where the verifier's page offers any. Absent: one yes to the
   * request as a whole.
   */
  readonly grants?: readonly string[];
  readonly refuses?: readonly string[];
}

export type VerifierOutcome =
  /** More is needed before there is an answer (the confirming second step, say). */
  | { readonly state: "pending" }
  | {
      readonly state: "answered";
      readonly verdict: "verified" | "refused" | "not-a-parent";
      /**
       * The method that really ran; absent when the provider does not say. Never what was asked
       * for.
       */
      readonly method?: ConsentMethod;
      /**
       * The conditions of 16 CFR 312.5(b)(2) that the method has, as they were met; see
       * core/consent.ts.
       */
      readonly conditions: { readonly [condition: string]: string | number | boolean | undefined };
      readonly grants?: readonly string[];
      readonly refuses?: readonly string[];
    }
  | { readonly state: "undelivered"; readonly reason: "bounced" | "no-answer" };

export interface ParentVerifier {
  /** Short, kebab-case, unique in a client: it is written into consents. */
  readonly name: string;
  /** The method it runs when all goes well. A client has at most one verifier for a method. */
  readonly method: ConsentMethod;
  /**
   * Sends the challenge. Called again for the same request after a crash: it then sends the same
   * links.
   * @throws `verifier-failed` when nothing was sent.
   */
  start(challenge: Challenge, moment: VerifierMoment): Promise<VerifierState>;
  /**
   * Judges a response. The same response twice is `token-used`; a forged one `token-invalid`; a
   * late one `token-expired`; in each case the state is unchanged.
   */
  respond(
    challenge: Challenge,
    state: VerifierState,
    response: ParentResponse,
    moment: VerifierMoment,
  ): Promise<{ readonly state: VerifierState; readonly outcome: VerifierOutcome }>;
}

/** The injected clock, as an epoch in milliseconds. */
export interface VerifierMoment {
  readonly nowMs: number;
}
