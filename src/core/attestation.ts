/**
 * Attestations: what custody has signed already, said again as in-toto Statements v1, so that
 * supply-chain tools find it by the digest of a model, a dataset, a receipt or a certificate.
 * `docs/attestations.md` is the description of the predicates. They hold ids, codes, counts,
 * digests and instants: no value, no contact, no name of a person.
 */
import { z } from "zod";
import { kindOfId } from "../lib/id.js";
import { parseInstant } from "../lib/instant.js";
import { EVIDENCE_LEVELS } from "./evidence-level.js";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";
/**
 * Names, not addresses. in-toto asks for a URI with a version in it and lets it be unresolvable;
 * a `tag:` (RFC 4151) under a domain reserved for examples (RFC 2606) can become nobody's page.
 */
export const PREDICATE_TYPES = {
  consent: "tag:custody.example,2026:attestation/consent/v1",
  deletion: "tag:custody.example,2026:attestation/deletion/v1",
  "model-purge": "tag:custody.example,2026:attestation/model-purge/v1",
} as const;
export const ATTESTATION_SUBJECTS_MAX = 100_000;

/** Why a model of the plan is not attested as destroyed. */
export const MODEL_DOUBTS = ["place-unknown", "digest-unknown", "infeasible"] as const;

/** What can be wrong with a statement that was signed. */
export const STATEMENT_REASONS = [
  "statement",
  "predicate-type",
  "predicate",
  "subjects",
  "counts",
  "instants",
] as const;
export type StatementReason = (typeof STATEMENT_REASONS)[number];

const ENTRIES_MAX = 1_000;
const word = z.string().min(1).max(1_000);
const maybe = z.string().max(1_000);
const count = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.string().refine((given) => parseInstant(given) !== undefined, "not an instant");
const id = (kind: string) =>
  z.string().refine((given) => kindOfId(given) === kind, `not a ${kind}`);

/** `sha256` is over the bytes of what is named; a dataset's root is over a tree of its own. */
const ByBytes = <T extends z.ZodType<string>>(name: T) =>
  z.strictObject({ name, digest: z.strictObject({ sha256: digest }) });
const ByRoot = z.strictObject({
  name: id("dataset"),
  digest: z.strictObject({ custodyDatasetRoot: digest }),
});

const Consent = z.strictObject({
  issuer: word,
  store: id("store"),
  consent: id("consent"),
  person: id("subject"),
  status: word,
  regime: maybe,
  method: maybe,
  verifier: maybe,
  notice: z.strictObject({ version: word, sha256: digest }),
  purposes: z
    .array(z.strictObject({ purpose: word, status: word, since: instant, separately: z.boolean() }))
    .max(ENTRIES_MAX),
  categories: z.array(word).max(ENTRIES_MAX),
  answeredAt: instant,
  statedAt: instant,
});

const Cause = z.strictObject({ kind: z.enum(["order", "subject"]), id: word });

const Deletion = z.strictObject({
  issuer: word,
  store: id("store"),
  certificate: id("certificate"),
  purge: id("purge"),
  plan: digest,
  cause: Cause,
  /** Each connector with the number of its places and the weakest level among them. */
  connectors: z
    .array(z.strictObject({ connector: word, places: count, level: z.enum(EVIDENCE_LEVELS) }))
    .max(ENTRIES_MAX),
  counts: z.strictObject({
    records: count,
    subjects: count,
    datasets: count,
    models: count,
    places: count,
    retained: count,
    notProven: count,
  }),
  startedAt: instant,
  finishedAt: instant,
  issuedAt: instant,
});

const ModelPurge = z.strictObject({
  issuer: word,
  store: id("store"),
  purge: id("purge"),
  plan: digest,
  cause: Cause,
  models: z
    .array(
      z.strictObject({
        model: id("model"),
        places: z
          .array(
            z.strictObject({
              connector: word,
              level: z.enum(EVIDENCE_LEVELS),
              seenAbsentAt: instant,
            }),
          )
          .min(1)
          .max(ENTRIES_MAX),
      }),
    )
    .max(ATTESTATION_SUBJECTS_MAX),
  /** Models of the plan of which no absence was seen, with why not. */
  notProven: z
    .array(z.strictObject({ model: id("model"), code: z.enum(MODEL_DOUBTS) }))
    .max(ATTESTATION_SUBJECTS_MAX),
  startedAt: instant,
  finishedAt: instant,
  statedAt: instant,
});

const statement = <T extends string, S extends z.ZodType, P extends z.ZodType>(
  predicateType: T,
  subject: S,
  predicate: P,
) =>
  z.strictObject({
    _type: z.literal(STATEMENT_TYPE),
    subject: z.array(subject).min(1).max(ATTESTATION_SUBJECTS_MAX),
    predicateType: z.literal(predicateType),
    predicate,
  });

const ConsentStatement = statement(PREDICATE_TYPES.consent, ByBytes(id("consent")), Consent);
const DeletionStatement = statement(
  PREDICATE_TYPES.deletion,
  z.union([ByBytes(id("certificate")), ByRoot]),
  Deletion,
);
const ModelPurgeStatement = statement(
  PREDICATE_TYPES["model-purge"],
  ByBytes(id("model")),
  ModelPurge,
);
export const AttestationStatement = z.discriminatedUnion("predicateType", [
  ConsentStatement,
  DeletionStatement,
  ModelPurgeStatement,
]);
export type AttestationStatement = z.infer<typeof AttestationStatement>;
export type ConsentStatement = z.infer<typeof ConsentStatement>;
export type DeletionStatement = z.infer<typeof DeletionStatement>;
export type ModelPurgeStatement = z.infer<typeof ModelPurgeStatement>;

/** The statement in signed JSON, or why it is none of ours. Signatures are not looked at. */
export function readStatement(
  payload: unknown,
): { readonly statement: AttestationStatement } | { readonly reason: StatementReason } {
  const { _type, predicateType } = (payload ?? {}) as { readonly [name: string]: unknown };
  if (_type !== STATEMENT_TYPE) return { reason: "statement" };
  if (!(Object.values(PREDICATE_TYPES) as unknown[]).includes(predicateType)) {
    return { reason: "predicate-type" };
  }
  const read = AttestationStatement.safeParse(payload);
  if (!read.success) {
    const [at] = read.error.issues[0]?.path ?? [];
    if (at === "subject") return { reason: "subjects" };
    return { reason: at === "predicate" ? "predicate" : "statement" };
  }
  const reason = contradictionIn(read.data);
  return reason === undefined ? { statement: read.data } : { reason };
}

/** The first way in which a statement contradicts itself, or undefined. */
export function contradictionIn(statement: AttestationStatement): StatementReason | undefined {
  const names = statement.subject.map(({ name }) => name);
  if (new Set(names).size !== names.length) return "subjects";
  switch (statement.predicateType) {
    case PREDICATE_TYPES.consent: {
      const { consent, answeredAt, statedAt } = statement.predicate;
      if (names.length !== 1 || names[0] !== consent) return "subjects";
      return rising([answeredAt, statedAt]) ? undefined : "instants";
    }
    case PREDICATE_TYPES.deletion:
      return contradictionInDeletion(statement, names);
    default:
      return contradictionInModelPurge(statement, names);
  }
}

function contradictionInDeletion(
  { predicate }: DeletionStatement,
  names: readonly string[],
): StatementReason | undefined {
  const { certificate, counts, connectors, startedAt, finishedAt, issuedAt } = predicate;
  const [first, ...datasets] = names;
  if (first !== certificate || datasets.some((name) => kindOfId(name) !== "dataset")) {
    return "subjects";
  }
  const places = connectors.reduce((sum, one) => sum + one.places, 0);
  const once = new Set(connectors.map(({ connector }) => connector)).size === connectors.length;
  if (places !== counts.places || datasets.length > counts.datasets || !once) return "counts";
  return rising([startedAt, finishedAt, issuedAt]) ? undefined : "instants";
}

function contradictionInModelPurge(
  { predicate }: ModelPurgeStatement,
  names: readonly string[],
): StatementReason | undefined {
  const { models, notProven, startedAt, finishedAt, statedAt } = predicate;
  const gone = models.map(({ model }) => model);
  if (JSON.stringify(gone) !== JSON.stringify(names)) return "subjects";
  if (notProven.some(({ model }) => names.includes(model))) return "subjects";
  if (!rising([startedAt, finishedAt, statedAt])) return "instants";
  const inTime = models.every(({ places }) =>
    places.every(({ seenAbsentAt }) => rising([startedAt, seenAbsentAt, statedAt])),
  );
  return inTime ? undefined : "instants";
}

function rising(instants: readonly string[]): boolean {
  const moments = instants.map((written) => parseInstant(written) ?? Number.NaN);
  return moments.every((ms, index) => ms >= (moments[index - 1] ?? ms));
}
