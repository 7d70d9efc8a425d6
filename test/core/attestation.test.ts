import { expect, test } from "vitest";
import {
  type ConsentStatement,
  type DeletionStatement,
  type ModelPurgeStatement,
  PREDICATE_TYPES,
  readStatement,
  STATEMENT_REASONS,
  STATEMENT_TYPE,
} from "../../src/core/attestation.js";
import { type IdKind, newId } from "../../src/lib/id.js";

const id = (kind: IdKind, byte = 1) =>
  newId(kind, 1_600_000_000_000, (bytes) => new Uint8Array(bytes).fill(byte));
const DIGEST = "ab".repeat(32);
const [FIRST, SECOND, THIRD] = ["2026-01-01", "2026-01-02", "2026-01-03"].map(
  (day) => `${day}T00:00:00.000Z`,
) as [string, string, string];
const who = { issuer: "pace.example", store: id("store") };
const purge = {
  purge: id("purge"),
  plan: DIGEST,
  cause: { kind: "order", id: id("order") },
} as const;

const consent: ConsentStatement = {
  _type: STATEMENT_TYPE,
  subject: [{ name: id("consent"), digest: { sha256: DIGEST } }],
  predicateType: PREDICATE_TYPES.consent,
  predicate: {
    ...who,
    consent: id("consent"),
    person: id("subject"),
    status: "given",
    regime: "coppa",
    method: "signed-form",
    verifier: "form",
    notice: { version: "v1", sha256: DIGEST },
    purposes: [{ purpose: "coaching", status: "given", since: FIRST, separately: false }],
    categories: ["health"],
    answeredAt: FIRST,
    statedAt: SECOND,
  },
};
const deletion: DeletionStatement = {
  _type: STATEMENT_TYPE,
  subject: [
    { name: id("certificate"), digest: { sha256: DIGEST } },
    { name: id("dataset"), digest: { custodyDatasetRoot: DIGEST } },
  ],
  predicateType: PREDICATE_TYPES.deletion,
  predicate: {
    ...who,
    ...purge,
    certificate: id("certificate"),
    connectors: [{ connector: "vault", places: 2, level: "key-destroyed" }],
    counts: {
      records: 3,
      subjects: 1,
      datasets: 1,
      models: 0,
      places: 2,
      retained: 0,
      notProven: 0,
    },
    startedAt: FIRST,
    finishedAt: SECOND,
    issuedAt: THIRD,
  },
};
const models: ModelPurgeStatement = {
  _type: STATEMENT_TYPE,
  subject: [{ name: id("model"), digest: { sha256: DIGEST } }],
  predicateType: PREDICATE_TYPES["model-purge"],
  predicate: {
    ...who,
    ...purge,
    models: [
      {
        model: id("model"),
        places: [{ connector: "files", level: "logical", seenAbsentAt: SECOND }],
      },
    ],
    notProven: [{ model: id("model", 2), code: "place-unknown" }],
    startedAt: FIRST,
    finishedAt: SECOND,
    statedAt: THIRD,
  },
};
const reasonOf = (payload: unknown) => {
  const read = readStatement(payload);
  return "reason" in read ? read.reason : "none";
};
const of = <S extends { readonly predicate: object }>(good: S, predicate: object) => ({
  ...good,
  predicate: { ...good.predicate, ...predicate },
});
const others = (
  statement: { readonly subject: readonly object[] },
  ...subject: readonly unknown[]
) => ({
  ...statement,
  subject,
});

test("the three good statements are read as they are", () => {
  for (const good of [consent, deletion, models]) {
    expect(readStatement(good)).toEqual({ statement: good });
  }
});

const spoiled: readonly (readonly [string, unknown])[] = [
  ["statement", null],
  ["statement", "text"],
  ["statement", { ...consent, _type: "https://in-toto.io/Statement/v0.1" }],
  ["statement", { ...consent, more: 1 }],
  ["predicate-type", { ...consent, predicateType: "https://slsa.dev/provenance/v1" }],
  ["predicate-type", { ...consent, predicateType: PREDICATE_TYPES.consent.replace("v1", "v2") }],
  ["predicate", { ...consent, predicateType: PREDICATE_TYPES.deletion, subject: deletion.subject }],
  ["predicate", of(consent, { email: "p@home.example" })],
  ["predicate", of(consent, { person: "Kip" })],
  ["predicate", of(models, { models: [{ model: id("model"), places: [] }] })],
  ["subjects", others(consent)],
  ["subjects", others(consent, ...consent.subject, ...consent.subject)],
  ["subjects", others(consent, { name: id("consent", 2), digest: { sha256: DIGEST } })],
  ["subjects", others(consent, { name: id("consent"), digest: { md5: DIGEST } })],
  ["subjects", others(deletion, ...[...deletion.subject].reverse())],
  ["subjects", others(models, { name: id("model", 2), digest: { sha256: DIGEST } })],
  ["subjects", of(models, { notProven: [{ model: id("model"), code: "place-unknown" }] })],
  ["subjects", of(models, { models: [] })],
  ["counts", of(deletion, { counts: { ...deletion.predicate.counts, places: 3 } })],
  ["counts", of(deletion, { counts: { ...deletion.predicate.counts, datasets: 0 } })],
  [
    "counts",
    of(deletion, {
      connectors: [
        { connector: "vault", places: 1, level: "logical" },
        { connector: "vault", places: 1, level: "logical" },
      ],
    }),
  ],
  ["instants", of(consent, { answeredAt: THIRD })],
  ["instants", of(deletion, { issuedAt: FIRST })],
  ["instants", of(models, { finishedAt: FIRST, startedAt: SECOND })],
  ["instants", of(models, { startedAt: THIRD, finishedAt: THIRD })],
];

test.each(spoiled)("%s: %#", (reason, payload) => {
  expect(reasonOf(payload)).toBe(reason);
});

test("every reason has its case", () => {
  expect(new Set(spoiled.map(([reason]) => reason))).toEqual(new Set(STATEMENT_REASONS));
});

test("the document names every reason, in the order in which they are looked for", async () => {
  const { readFileSync } = await import("node:fs");
  const { ENVELOPE_REASONS } = await import("../../src/lib/dsse.js");
  const page = readFileSync(new URL("../../docs/attestations.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| /gm)].map(([, reason]) => reason);
  expect(rows).toEqual([...ENVELOPE_REASONS, ...STATEMENT_REASONS]);
  for (const type of Object.values(PREDICATE_TYPES)) expect(page).toContain(`\`${type}\``);
});
