/**
 * What each refusal says to a person, and what would change it: one sentence and one help for each
 * code of the closed list. The compiler demands a row for every code. `{purpose}` and `{consent}`
 * are filled by core/explanation.ts with a name of the policy's or an id; nothing else is.
 */
import type { RefusalCode } from "../errors.js";
import type { StandingCause } from "./record.js";

/** Who would have to do something for the answer to be another one. */
export const CHANGE_ACTS = [
  "age-evidence",
  "consent",
  "notice",
  "policy",
  "other-input",
  "registration",
  "nothing",
] as const;
export type ChangeAct = (typeof CHANGE_ACTS)[number];

export interface RefusalWords {
  readonly sentence: string;
  readonly act: ChangeAct;
  readonly help: string;
}

const words = (sentence: string, act: ChangeAct, help: string): RefusalWords =>
  Object.freeze({ sentence, act, help });

/** The answers of the gate: to a collection, and to a use of what is held. */
const OF_THE_GATE = {
  "age-unknown": words(
    "Nothing held says how old the person is, and unknown is never adult.",
    "age-evidence",
    "An age from a neutral screen, a document, a store's signal or a parent.",
  ),
  "consent-expired": words(
    "The consent {consent} for {purpose} has run out.",
    "consent",
    "Ask again, on the newest notice.",
  ),
  "consent-invalidated": words(
    "The consent {consent} for {purpose} turned out to be none, or its method is off.",
    "consent",
    "Ask the real parent, by a method that does.",
  ),
  "consent-out-of-scope": words(
    "The consent {consent} stands, but it does not cover {purpose} for this.",
    "consent",
    "Ask for the purpose by name; a yes does not reach back to what is held already.",
  ),
  "consent-refused": words(
    "One whose agreement is needed said no to {purpose}.",
    "consent",
    "Only a new yes of the one who said no; do not ask until something has changed.",
  ),
  "consent-required": words(
    "Nobody whose agreement is needed has consented to {purpose}.",
    "consent",
    "Send a consent request and wait for the answer before anything is collected.",
  ),
  "consent-withdrawn": words(
    "The consent {consent} for {purpose} was taken back.",
    "consent",
    "Only a new yes of the one who took it back; stop the use.",
  ),
  "exception-combined": words(
    "Data of the person is held under another of the exceptions of 16 CFR 312.5(c)(7) to (9).",
    "consent",
    "Ask for consent; these three exceptions exclude each other.",
  ),
  "exception-not-allowed": words(
    "The exception does not reach {purpose}, these fields or this retention.",
    "other-input",
    "Ask for consent, or collect and use only what the exception lists.",
  ),
  "field-unknown": words(
    "The policy declares no such collection, or no such field in it.",
    "policy",
    "Declare it in the policy with its category, and publish a notice.",
  ),
  "method-insufficient": words(
    "The method of the consent {consent} does not do for {purpose}.",
    "consent",
    "Ask by a stronger method.",
  ),
  "notice-outdated": words(
    "The notice of the consent {consent} did not name all that {purpose} uses or reaches.",
    "notice",
    "Publish a notice that names it, and ask again on that one.",
  ),
  "notice-undelivered": words(
    "The notice that the exception requires did not reach the parent.",
    "notice",
    "Reach the parent.",
  ),
  "purpose-forbidden": words(
    "The purpose {purpose} is closed here, whatever anybody agrees to.",
    "nothing",
    "No consent opens it: leave it.",
  ),
  "purpose-unknown": words(
    "The policy declares no such purpose.",
    "policy",
    "Declare it in the policy, and publish a notice that names it.",
  ),
  "record-erased": words("The record was erased.", "nothing", "Nothing brings it back."),
  "record-restricted": words(
    "The record may not be used: it lacks a basis that holds today, or a hold keeps it.",
    "consent",
    "Look at its standing: a consent that reaches back, the end of a hold, or its erasure.",
  ),
  "record-tainted": words(
    "The record was unlawful from the start, or an order has selected it.",
    "nothing",
    "Plan its purge; no later consent cleans it, unless the order's own text says so.",
  ),
  "separate-consent-required": words(
    "The disclosure {purpose} is not integral to the service and was not agreed to by name.",
    "consent",
    "Ask for it apart from everything else, unticked (16 CFR 312.5(a)(2)).",
  ),
  "subject-suppressed": words(
    "The person's data was asked to be deleted, and nothing new is taken.",
    "registration",
    "A new registration with a new consent.",
  ),
  "wrong-subject": words(
    "The consent {consent} was not given for this person.",
    "other-input",
    "Cite a consent that was given for this person, or none.",
  ),
} as const;

/** The refusals of other acts: of requests, answers, evidence, models, purges and certificates. */
const OF_OTHER_ACTS = {
  "age-answer-repeated": words(
    "The same session answers the age screen a second time.",
    "age-evidence",
    "Keep the first answer; ask for evidence of another source.",
  ),
  "age-recheck-too-soon": words(
    "A routine age signal comes sooner than the law in force allows.",
    "age-evidence",
    "Wait, or name the occasion that it really has.",
  ),
  "conditioned-on-disclosure": words(
    "Taking part is made to depend on a disclosure that the service does not need (16 CFR 312.7).",
    "consent",
    "Ask for the disclosure apart, and keep the service open when it is refused.",
  ),
  "counts-inconsistent": words("The counts do not add up.", "other-input", "Correct the counts."),
  "exit-not-allowed": words(
    "The order leaves this way out to nobody, or not to this signer.",
    "nothing",
    "Complete the purge.",
  ),
  "guardian-unverified": words(
    "Whoever asks or answers is not known to be the parent.",
    "other-input",
    "Reach the parent at the contact that gave the consent, with a fresh challenge.",
  ),
  "hold-too-broad": words(
    "The hold names no records, or no instrument that demands it.",
    "other-input",
    "Name each record, the authority and the instrument.",
  ),
  "lineage-missing": words(
    "Nobody has said what the model was made from.",
    "other-input",
    "Name the datasets and models it was made from.",
  ),
  "method-unreported": words(
    "The verifier did not say which method ran.",
    "consent",
    "Use a verifier that reports its method.",
  ),
  "model-frozen": words(
    "The model is made from data that was unlawful from the start.",
    "nothing",
    "Destroy it, and train again without what is tainted.",
  ),
  "plan-changed": words(
    "What is selected has changed since the plan was approved.",
    "other-input",
    "Plan again and have that plan approved.",
  ),
  "plan-unapproved": words(
    "The plan has no approval by a human.",
    "other-input",
    "Have it approved.",
  ),
  "purge-incomplete": words(
    "Not every place was seen empty.",
    "other-input",
    "Run the purge again when the places can be reached.",
  ),
  "request-lapsed": words(
    "The request was not answered in time.",
    "consent",
    "Send a new request.",
  ),
  "retained-unlisted": words(
    "The list of what is kept is not what the plan kept.",
    "other-input",
    "List exactly what the plan retained.",
  ),
  "school-commercial-use": words(
    "A school cannot agree to something commercial.",
    "consent",
    "Ask the parent.",
  ),
  "school-representative-required": words(
    "No representative with a name and a title attests the school's authority.",
    "other-input",
    "Name one.",
  ),
  "signer-not-human": words(
    "A statement is signed by something that is not a person.",
    "other-input",
    "A named human signs.",
  ),
  "statement-incomplete": words(
    "The statement lacks its words, a name, an office or its counts.",
    "other-input",
    "Complete it.",
  ),
  "untagged-input": words(
    "Something without provenance is among the inputs.",
    "other-input",
    "Record where it came from, or leave it out.",
  ),
  "value-rejected": words(
    "A value does not satisfy its field.",
    "other-input",
    "Correct it where it was entered.",
  ),
} as const;

export const REFUSAL_WORDS: { readonly [C in RefusalCode]: RefusalWords } = {
  ...OF_THE_GATE,
  ...OF_OTHER_ACTS,
};

/** The codes that a collection or a use can be refused with by the gate. */
export const GATE_CODES = Object.keys(OF_THE_GATE) as readonly (keyof typeof OF_THE_GATE)[];

/** What a record's own standing says, and what would change it; the code speaks for the others. */
export const STANDING_WORDS: { readonly [C in StandingCause]?: RefusalWords } = Object.freeze({
  held: words(
    "The record is kept under a hold, and for nothing else.",
    "nothing",
    "The release of the hold; whatever else is against the record stays.",
  ),
  order: words(
    "An order has selected the record.",
    "nothing",
    "Plan its purge; no later consent cleans it, unless the order's own text says so.",
  ),
  invalidated: words(
    "What the record came in under turned out never to have been a consent.",
    "nothing",
    "Plan its purge; no later consent cleans it, unless an order's own text says so.",
  ),
  withdrawn: words(
    "What the record came in under was taken back, or the other parent has said no.",
    "consent",
    "A new yes is for what comes after it; the record opens only to a yes that stood when it " +
      "came in, once nobody says no any more.",
  ),
  "deletion-requested": words(
    "The deletion of the record was asked for.",
    "nothing",
    "Carry the deletion out: its plan, its approval, its run.",
  ),
  "found-out": words(
    "By what is known now of the age, the record lacked a consent that it needed to come in.",
    "age-evidence",
    "Only confirmed evidence of another age; a later consent does not reach back, unless the law " +
      "or an order says so. Else erase it.",
  ),
  "age-unknown": words(
    "The record was held since before custody came, and nobody learned the age in time.",
    "age-evidence",
    "Evidence of the age; without it the record is erased twelve months later.",
  ),
});
