/** One service, one child and what was agreed, as plain facts for the pure rooms. */
import { z } from "zod";
import type { Evidence } from "../../src/core/age.js";
import type { ConsentState, Verdict } from "../../src/core/consent.js";
import type { Facts } from "../../src/core/gate.js";
import type { Notice } from "../../src/core/notice.js";
import { definePolicy, field, type Policy, type PolicyDefinition } from "../../src/core/policy.js";
import type { Basis } from "../../src/core/record.js";
import type { RecordRow } from "../../src/core/row.js";
import type { SubjectState } from "../../src/core/subject.js";
import type { BasisId, RecordId, SubjectId } from "../../src/lib/id.js";

/** 2026-05-01T12:00:00Z: where nothing else is said, now. */
export const NOW = "2026-05-01T12:00:00.000Z";
export const NOW_MS = Date.parse(NOW);
export const BEFORE = "2026-04-25T12:00:00.000Z";
export const AFTER = "2026-05-20T12:00:00.000Z";
export const ZONE = "America/New_York";

export const DEFINITION = {
  service: "Pace",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: {
    coaching: { use: "service" },
    training: { use: "first-party-training" },
    upkeep: { use: "internal-operations" },
    asking: { use: "consent-seeking" },
    gate: { use: "age-assurance" },
  },
  collections: {
    profile: {
      retain: "P1Y",
      fields: {
        nick: field(z.string(), "screen-name"),
        weightKg: field(z.number(), "health"),
      },
    },
    ages: { retain: "P30D", fields: { born: field(z.string(), "demographic") } },
    devices: { retain: "P30D", fields: { device: field(z.string(), "persistent-id") } },
  },
} as const satisfies PolicyDefinition;

export const ADVERTS = { use: "disclosure", recipients: ["adnet"], for: "advertising" } as const;

export function policyWith(more: Partial<PolicyDefinition> = {}): Policy {
  const purposes = { ...DEFINITION.purposes, ...more.purposes };
  return definePolicy<PolicyDefinition>({ ...DEFINITION, ...more, purposes });
}

export const disclosing = (): Policy => policyWith({ purposes: { adverts: ADVERTS } });

export function notice(more: Partial<Notice> = {}): Notice {
  return {
    id: "v1",
    version: "v1",
    published: "2026-04-22T00:00:00.000Z",
    covers: ["coaching", "training", "adverts", "gate"],
    uses: {
      coaching: "service",
      training: "first-party-training",
      adverts: "disclosure",
      gate: "age-assurance",
    },
    categories: ["screen-name", "health", "demographic"],
    recipients: ["adnet"],
    material: true,
    reviewer: "",
    textHash: "",
    text: "",
    order: 1,
    ...more,
  };
}

export function says(value: string, more: Partial<Evidence> = {}): Evidence {
  const at = "2026-04-01T12:00:00.000Z";
  return { id: "ev", kind: "birth-date", source: "document", at, zone: ZONE, value, ...more };
}

export const CHILD = says("2016-05-05");
export const TEEN = says("2011-05-05");
export const ADULT = says("1990-05-05");

export function range(lower: number | undefined, more: Partial<Evidence> = {}): Evidence {
  const at = "2026-04-01T12:00:00.000Z";
  const bound = lower === undefined ? {} : { lower };
  return { id: "ev", kind: "age-range", source: "store-apple", at, zone: ZONE, ...bound, ...more };
}

/** A consent by its verdicts; a purpose with a star was granted by name. */
export function consent(
  id: string,
  verdicts: { readonly [purpose: string]: Verdict },
  more: Partial<ConsentState> & { readonly named?: boolean } = {},
): ConsentState {
  const { named = false, ...state } = more;
  const at = state.answeredAt ?? BEFORE;
  return {
    id,
    request: `req-${id}`,
    regime: "coppa",
    giver: "mother",
    from: "parent",
    notice: "v1",
    method: "signed-form",
    verifier: "form",
    answeredAt: at,
    status: "given",
    decisions: Object.entries(verdicts).map(([purpose, verdict]) => ({
      purpose,
      verdict,
      at,
      named,
    })),
    ...state,
  };
}

export function facts(
  evidence: readonly Evidence[],
  consents: readonly ConsentState[] = [],
  more: {
    readonly policy?: Policy;
    readonly notices?: readonly Notice[];
    readonly subject?: Partial<SubjectState>;
  } = {},
): Facts {
  return {
    policy: more.policy ?? policyWith(),
    nowMs: NOW_MS,
    notices: new Map((more.notices ?? [notice()]).map((one) => [one.id, one])),
    subject: {
      id: "sub" as SubjectId,
      jurisdiction: "US",
      zone: ZONE,
      evidence,
      consents,
      suppressedSince: "",
      deletionRequestedAt: "",
      endedPurposes: [],
      parentNotices: {},
      ...more.subject,
    },
  };
}

export function record(more: Partial<RecordRow> = {}): RecordRow {
  return {
    table: "record",
    id: "rec" as RecordId,
    ordinal: 7,
    subject: "sub" as SubjectId,
    collection: "profile",
    purpose: "coaching",
    basis: "bas" as BasisId,
    source: "app",
    taken: NOW,
    collected: NOW,
    due: "2027-05-01T12:00:00.000Z",
    erasedAt: "",
    ...more,
  };
}

export function basis(more: Partial<Basis> = {}): Basis {
  return {
    id: "bas" as BasisId,
    subject: "sub" as SubjectId,
    kind: "consent",
    consent: "c1",
    consents: ["c1"],
    exception: "",
    notice: "v1",
    method: "signed-form",
    verifier: "form",
    policy: "p",
    band: "child",
    jurisdiction: "US",
    imported: false,
    ...more,
  };
}
