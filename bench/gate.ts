/**
 * The pure gate: decisions on a collection and on a use, for a child with 1, 10 and 100 consents on
 * file. No store, no keys, no clock. The baseline is a bare function with one Map lookup.
 */
import { z } from "zod";
import type { Evidence } from "../src/core/age.js";
import type { ConsentState } from "../src/core/consent.js";
import { type CollectQuestion, decideCollect, type Facts } from "../src/core/gate.js";
import type { Notice } from "../src/core/notice.js";
import { definePolicy, field } from "../src/core/policy.js";
import type { Basis } from "../src/core/record.js";
import type { RecordRow } from "../src/core/row.js";
import { decideUse, type Marks } from "../src/core/standing.js";
import type { BasisId, RecordId, SubjectId } from "../src/lib/id.js";
import { measured, type Task } from "./measure.js";
import type { Suite } from "./suite.js";

const CONSENTS = [1, 10, 100];
const NOW = "2026-05-01T12:00:00.000Z";
const NOW_MS = Date.parse(NOW);
const DAY_MS = 86_400_000;

const POLICY = definePolicy({
  service: "bench",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: { coaching: { use: "service" }, training: { use: "first-party-training" } },
  collections: {
    profile: {
      retain: "P1Y",
      fields: { nick: field(z.string(), "screen-name"), weightKg: field(z.number(), "health") },
    },
  },
});

const NOTICE: Notice = {
  id: "v1",
  version: "v1",
  published: "2025-01-01T00:00:00.000Z",
  covers: ["coaching", "training"],
  uses: { coaching: "service", training: "first-party-training" },
  categories: ["screen-name", "health"],
  recipients: [],
  material: true,
  reviewer: "",
  textHash: "",
  text: "",
  order: 1,
};

const EVIDENCE: Evidence = {
  id: "ev",
  kind: "birth-date",
  source: "parent",
  at: "2026-01-01T00:00:00.000Z",
  zone: "America/New_York",
  value: "2016-05-05",
};

/** Answers of two parents, one a day, each to both purposes. */
function consents(count: number): readonly ConsentState[] {
  return Array.from({ length: count }, (_, index) => {
    const at = new Date(NOW_MS - (count - index) * DAY_MS).toISOString();
    return {
      id: `c${index}`,
      request: `r${index}`,
      regime: "coppa",
      giver: index % 2 === 0 ? "mother" : "father",
      from: "parent",
      notice: "v1",
      method: "signed-form",
      verifier: "form",
      answeredAt: at,
      status: index < count - 2 ? "superseded" : "given",
      decisions: ["coaching", "training"].map((purpose) => ({
        purpose,
        verdict: "given" as const,
        at,
        order: index + 1,
        named: true,
      })),
    };
  });
}

function factsWith(count: number): Facts {
  return {
    policy: POLICY,
    nowMs: NOW_MS,
    notices: new Map([[NOTICE.id, NOTICE]]),
    subject: {
      id: "sub" as SubjectId,
      jurisdiction: "US",
      zone: "America/New_York",
      evidence: [EVIDENCE],
      consents: consents(count),
      suppressedSince: "",
      deletionRequestedAt: "",
      endedPurposes: [],
      parentNotices: {},
    },
  };
}

const QUESTION: CollectQuestion = {
  collection: "profile",
  purpose: "coaching",
  fields: ["nick", "weightKg"],
  atMs: NOW_MS,
};
const MARKS: Marks = { held: false, order: "" };
const RECORD: RecordRow = {
  table: "record",
  id: "rec" as RecordId,
  ordinal: 1,
  subject: "sub" as SubjectId,
  collection: "profile",
  purpose: "coaching",
  basis: "bas" as BasisId,
  source: "app",
  taken: NOW,
  collected: NOW,
  due: "2027-05-01T12:00:00.000Z",
  erasedAt: "",
};

function basisOf(facts: Facts): Basis {
  const ids = facts.subject.consents.map(({ id }) => id);
  return {
    id: "bas" as BasisId,
    subject: "sub" as SubjectId,
    kind: "consent",
    consent: ids.at(-1) ?? "",
    consents: ids,
    exception: "",
    notice: "v1",
    method: "signed-form",
    verifier: "form",
    policy: POLICY.hash,
    band: "child",
    jurisdiction: "US",
    imported: false,
    categories: ["health", "screen-name"],
  };
}

/** A benchmark of refusals would flatter the gate: what it times is a yes. */
function mustAllow(task: Task): Task {
  const answer = task.act() as { readonly allowed: boolean };
  if (!answer.allowed) throw new Error(`${task.name} is refused`);
  return task;
}

function tasks(): readonly Task[] {
  const rows = new Map([["sub", 1]]);
  const found: Task[] = [{ name: "baseline: one Map lookup", act: () => rows.get("sub") }];
  for (const count of CONSENTS) {
    const facts = factsWith(count);
    const basis = basisOf(facts);
    const collect = {
      name: `collect, consents: ${count}`,
      act: () => decideCollect(facts, QUESTION),
    };
    const use = {
      name: `use, consents: ${count}`,
      act: () => decideUse(facts, RECORD, basis, MARKS, "training"),
    };
    found.push(mustAllow(collect), mustAllow(use));
  }
  return found;
}

export const gate: Suite = {
  name: "gate",
  about: "pure decisions for a child with so many consents on file",
  run: (options) => measured(tasks(), options),
};
