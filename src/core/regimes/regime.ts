/**
 * A law as data and pure rules. One file per law; the gate asks every regime in force for the
 * subject's jurisdiction and the most protective answer wins.
 */
import type { ConsentMethod } from "../consent.js";
import type { Audience, DisclosedFor, Use } from "../vocabulary.js";

/**
 * How firm a rule is: an order of a court or authority, the rule's text, guidance, or custody's
 * protective choice.
 */
export const FIRMNESS = ["order", "rule", "guidance", "design"] as const;
export type Firmness = (typeof FIRMNESS)[number];

export interface Citation {
  readonly regime: string;
  readonly section: string;
  readonly firmness: Firmness;
}

const JURISDICTION = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/;

/** The form of an ISO 3166-1 alpha-2 code, or of an ISO 3166-2 code below it (US, US-CA). */
export function isJurisdiction(text: unknown): boolean {
  return typeof text === "string" && JURISDICTION.test(text);
}

export interface RegimeQuestion {
  readonly use: Use;
  readonly for: DisclosedFor | undefined;
  readonly discloses: boolean;
  /**
   * Whole years, or undefined when unknown. A child-directed service asks with a child's age for
   * everybody.
   */
  readonly years: number | undefined;
  readonly audience: Audience;
  readonly jurisdiction: string;
}

/** Somebody must have agreed. */
export interface Need {
  readonly giver: "parent" | "subject";
  readonly regime: string;
  readonly because: Citation;
  /** True for the one opt-in that also covers what is held already (ccpa-minors). */
  readonly reachesBack: boolean;
}

export interface Regime {
  readonly name: string;
  readonly title: string;
  /** True when the law binds for subjects of this jurisdiction. */
  readonly governs: (jurisdiction: string) => boolean;
  /** Who must have agreed; none when the law asks for nobody's consent. */
  readonly needs: (question: RegimeQuestion) => readonly Need[];
  /** The rule that forbids the use whatever anybody agrees to, if there is one. */
  readonly forbids: (question: RegimeQuestion) => Citation | undefined;
  /**
   * A condition that this law adds to a method for consents under it: reported false, the method
   * does not do.
   */
  readonly alsoRequires?: { readonly [M in ConsentMethod]?: string };
  /** A routine store or OS signal sooner than this many months after the last one is refused. */
  readonly routineRecheck?: { readonly months: number; readonly because: Citation };
  /** Uses for which a school's named representative stands in for the parent. */
  readonly schoolUses?: readonly Use[];
}

/** What of a law there is to ask of everybody: nobody's consent, and nothing forbidden. */
export const ASKS_NOTHING = {
  needs: (): readonly Need[] => [],
  forbids: () => undefined,
} as const satisfies Pick<Regime, "needs" | "forbids">;

/** True for a law under which somebody's consent can be sought. */
export function asksForConsent(regime: Regime): boolean {
  return regime.needs !== ASKS_NOTHING.needs;
}

/** True for the jurisdiction itself and for its parts: US and US-CA for US, US-CA for US-CA. */
export function within(jurisdiction: string, place: string): boolean {
  return jurisdiction === place || jurisdiction.startsWith(`${place}-`);
}
