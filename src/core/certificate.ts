/**
 * The certificate of a purge: what was to go, who approved it, where absence was seen, at which
 * level, what was kept and what is not proven. It holds ids, counts and instants; the only persons
 * on it are those who approved and signed.
 */
import { z } from "zod";
import { kindOfId } from "../lib/id.js";
import { parseInstant } from "../lib/instant.js";
import { EVIDENCE_LEVELS, type EvidenceLevel } from "./evidence-level.js";

/** The `typ` of the JWS, so that no other token of the same key passes for a certificate. */
export const CERTIFICATE_TYPE = "custody-certificate+jwt";
export const CERTIFICATE_PLACES_MAX = 1_000_000;
/** A retained record is named one by one, because orders ask for it. */
export const CERTIFICATE_RETAINED_MAX = 1_000_000;
/**
 * Why something is on the list of what is not proven: a model whose bytes nobody said where they
 * are; a store that could not rewrite its own file; a backup whose copies are not gone yet; a
 * recipient that refused or stayed silent; one to whom a recipient says it passed the data on.
 */
export const NOT_PROVEN_CODES = [
  "place-unknown",
  "scrub-logical",
  "backup-unexpired",
  "recipient-refused",
  "recipient-silent",
  "onward-copy",
] as const;
const TEXT_CHARACTERS_MAX = 1_000;
const SENTENCES_MAX = 100;
const VAULT = "vault";

const text = z.string().min(1).max(TEXT_CHARACTERS_MAX);
const count = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.string().refine((given) => parseInstant(given) !== undefined, "not an instant");
const id = (kind: string) =>
  z.string().refine((given) => kindOfId(given) === kind, `not a ${kind}`);

const Cause = z.strictObject({
  kind: z.enum(["order", "subject"]),
  id: text,
  title: text.optional(),
  citation: text.optional(),
});

const Approval = z.strictObject({ by: text, title: text, at: instant, plan: digest });

const Place = z.strictObject({
  node: text,
  connector: text,
  /** For the vault the basis: a ref carries no personal data. */
  ref: text,
  records: count,
  level: z.enum(EVIDENCE_LEVELS),
  /**
   * Instant at which `inspect` saw nothing there. "" can be written down and never passes
   * `checkConsistency`.
   */
  seenAbsentAt: z.union([instant, z.literal("")]),
  notLookedAt: z.array(text).max(SENTENCES_MAX),
});

const Technique = z.enum(["cryptographic-erase", "clear", "delete"]);

/**
 * The fields of a NIST SP 800-88r2 certificate that a program can fill. Make, model, serial number,
 * media type and destination describe a device that leaves its owner; here records leave a device
 * that stays.
 */
const Sanitization = z.strictObject({
  standard: z.literal("NIST SP 800-88r2"),
  media: z.literal("not-applicable"),
  methods: z.array(z.strictObject({ connector: text, technique: Technique })),
  verification: z.literal("inspect"),
  tool: text,
  /** Null where nobody signs: a person's own request needs no officer. */
  performedBy: z.strictObject({ name: text, title: text }).nullable(),
});

const Retained = z.strictObject({ record: text, hold: text, authority: text, instrument: text });

const NotProven = z.strictObject({
  node: text,
  connector: text,
  ref: text.optional(),
  code: z.enum(NOT_PROVEN_CODES),
  /** Of a backup: the moment from which its copies are gone. */
  until: instant.optional(),
});

/** Somebody out of reach who was told to destroy, and what they said. */
const Told = z.strictObject({
  instruction: text,
  kind: z.enum(["recipient", "key-escrow"]),
  name: text,
  scope: z.array(text).max(SENTENCES_MAX),
  instructedAt: instant,
  state: z.enum(["confirmed", "refused", "no-answer", "open"]),
});

/** A model that the order's sworn exit let live: not destroyed, not served. */
const Exit = z.strictObject({
  model: text,
  product: text,
  swornAt: instant,
  by: z.strictObject({ name: text, title: text }),
});

/**
 * What an order about notices to parents wants to be told; the first is the sum of the next four.
 */
export const Campaign = z.strictObject({
  noticed: count,
  consented: count,
  "school-authorised": count,
  declined: count,
  "no-answer": count,
  "deletion-requested": count,
  asked: count,
});
export type Campaign = z.infer<typeof Campaign>;

export const Certificate = z.strictObject({
  version: z.literal(1),
  id: id("certificate"),
  /** The name under which the signer's key signs; whose name that is, the reader must know. */
  issuer: z.string().regex(/^[^\s+]+$/u),
  store: id("store"),
  cause: Cause,
  purge: id("purge"),
  /** SHA-256 of the plan. */
  plan: digest,
  plannedAt: instant,
  approvedAt: instant,
  startedAt: instant,
  finishedAt: instant,
  approvals: z.array(Approval).max(SENTENCES_MAX),
  places: z.array(Place).max(CERTIFICATE_PLACES_MAX),
  sanitization: Sanitization,
  retained: z.array(Retained).max(CERTIFICATE_RETAINED_MAX),
  /** Absent where nobody was told. */
  told: z.array(Told).max(CERTIFICATE_PLACES_MAX).optional(),
  /** Absent where no exit was sworn. */
  exits: z.array(Exit).max(CERTIFICATE_PLACES_MAX).optional(),
  notProven: z.array(NotProven).max(CERTIFICATE_PLACES_MAX),
  counts: z.strictObject({
    /** Records whose payloads were seen absent in the vault. */
    records: count,
    subjects: count,
    datasets: count,
    models: count,
    places: count,
    retained: count,
    notProven: count,
  }),
  campaign: Campaign.nullable(),
  /** The ledger as it was just before the certificate: a signed note. */
  checkpoint: z.string().min(1).max(10_000),
  /** A draft: it binds nobody until the person named signs it by hand or as the court accepts. */
  statement: z.strictObject({ form: z.literal("28-usc-1746"), text: z.string() }).nullable(),
  /** Null where nobody signs: only an order that asks for an oath needs a person. */
  signer: z.strictObject({ name: text, title: text, human: z.literal(true) }).nullable(),
  issuedAt: instant,
});
export type Certificate = z.infer<typeof Certificate>;

/** The counts that follow from the lists; subjects and datasets stand in no list in full. */
export function countsOf(
  lists: Pick<Certificate, "places" | "retained" | "notProven">,
): Omit<Certificate["counts"], "subjects" | "datasets"> {
  const { places, retained, notProven } = lists;
  const vault = places.filter(({ connector }) => connector === VAULT);
  return {
    records: vault.reduce((sum, { records }) => sum + records, 0),
    models: nodesOf("model", [...places, ...notProven]),
    places: places.length,
    retained: retained.length,
    notProven: notProven.length,
  };
}

/**
 * The technique that a level amounts to. Deleting through an interface is not a technique of SP
 * 800-88, and the word says so. Key destruction is not called a Purge: that a cipher module is
 * validated is not ours to claim.
 */
export function techniquesOf(
  places: Certificate["places"],
): Certificate["sanitization"]["methods"] {
  const weakest = new Map<string, EvidenceLevel>();
  for (const { connector, level } of places) {
    const known = weakest.get(connector) ?? level;
    const weaker = EVIDENCE_LEVELS.indexOf(level) < EVIDENCE_LEVELS.indexOf(known);
    weakest.set(connector, weaker ? level : known);
  }
  return [...weakest].map(([connector, level]) => ({ connector, technique: TECHNIQUES[level] }));
}

const TECHNIQUES: { readonly [L in EvidenceLevel]: z.infer<typeof Technique> } = {
  logical: "delete",
  pruned: "delete",
  rewritten: "clear",
  "key-destroyed": "cryptographic-erase",
};

/**
 * The form of 28 U.S.C. 1746(1), which serves within and outside the United States. The day is the
 * day in UTC.
 */
export function statementText(
  person: { readonly name: string; readonly title: string },
  issuedAt: string,
): string {
  return [
    "I declare under penalty of perjury under the laws of the United States of America",
    `that the foregoing is true and correct. Executed on ${issuedAt.slice(0, 10)}.`,
    "",
    "(Signature)",
    person.name,
    person.title,
  ].join("\n");
}

/** True when the answers add up to the notices. */
export function isCampaign(campaign: Campaign): boolean {
  const answers =
    campaign.consented + campaign["school-authorised"] + campaign.declined + campaign["no-answer"];
  return campaign.noticed === answers;
}

/** How many models or datasets the entries are about. */
export function nodesOf(
  kind: "model" | "dataset",
  entries: readonly { readonly node: string }[],
): number {
  return new Set(entries.map(({ node }) => node).filter((node) => kindOfId(node) === kind)).size;
}
