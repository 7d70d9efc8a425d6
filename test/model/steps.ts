/** The steps of the model in the words of the scenario format, and the services they run on. */
export interface Bodies {
  register: { subject: string; timeZone?: string; jurisdiction?: string };
  evidence: {
    subject: string;
    kind: string;
    source: string;
    value?: string | boolean;
    claim?: string;
    lower?: number;
    upper?: number;
    session?: string;
    confirmed?: boolean;
    occasion?: string;
  };
  notice: { version: string; covers: string[]; categories?: string[]; recipients?: string[] };
  practice: { purpose: string; recipients?: Recipient[]; ended?: true; subject?: string };
  request: {
    subject: string;
    purposes: string[];
    as: string;
    from?: "subject";
    method?: string;
    contact?: string;
    regime?: string;
    notice?: string;
    "all-or-nothing"?: boolean;
  };
  answer: {
    request: string;
    outcome: string;
    as: string;
    grants?: string[];
    refuses?: string[];
    reported?: string;
    conditions?: Record<string, string | number | boolean>;
  };
  revoke: { consent: string; by?: string; purposes?: string[] };
  invalidate: { consent: string; reason: string };
  collect: {
    subject: string;
    collection: string;
    purpose: string;
    values: Record<string, string | number>;
    as: string;
    consent?: string;
    taken?: string;
    source?: string;
  };
  read: { record: string; purpose: string };
  seal: { dataset: string; purpose: string; select: { subjects?: string[] }; as: string };
  sweep: Record<string, never>;
  "request-deletion": { subject: string; by: string; as: string; "keep-account"?: boolean };
}
export type Verb = keyof Bodies;
/** `at` in epoch milliseconds: every step says when it is. */
export type Step = {
  [V in Verb]: { readonly at: number; readonly verb: V; readonly body: Bodies[V] };
}[Verb];

export type Recipient = string | { name: string; role?: "processor" };

export interface ModelService {
  readonly audience: "mixed" | "general" | "child-directed";
  readonly jurisdiction: string;
  readonly regimes: readonly string[];
  readonly purposes: {
    readonly [name: string]: {
      readonly use: string;
      readonly recipients?: Recipient[];
      for?: string;
    };
  };
  readonly collections: {
    readonly [name: string]: {
      readonly retain: string;
      readonly from?: "last-use";
      readonly fields: {
        readonly [name: string]: { readonly type: string; readonly category: string };
      };
    };
  };
  readonly start: number;
}

/** What an outcome or a look says: the keys of `expect`. */
export type Said = { readonly [key: string]: unknown };

/**
 * One of the services that the model runs on: quiet (nobody else is told anything, until a practice
 * changes) or selling, for one of three audiences, from one of two days.
 */
export function serviceOf(draw: {
  readonly audience: ModelService["audience"];
  readonly sells: boolean;
  readonly leap: boolean;
}): ModelService {
  const adverts = { use: "disclosure", recipients: ["adnet"], for: "advertising" };
  return {
    audience: draw.audience,
    jurisdiction: "US",
    regimes: ["coppa", "ny-cdpa", "ccpa-minors", "gdpr-art8"],
    purposes: {
      play: { use: "service" },
      train: { use: "first-party-training" },
      stats: { use: "internal-operations", recipients: [{ name: "host", role: "processor" }] },
      ...(draw.sells ? { adverts } : {}),
    },
    collections: {
      profile: {
        retain: "P30D",
        fields: {
          nick: { type: "string", category: "screen-name" },
          weight: { type: "number", category: "health" },
        },
      },
      diary: {
        retain: "P20D",
        from: "last-use",
        fields: { note: { type: "string", category: "other-personal" } },
      },
    },
    start: Date.parse(draw.leap ? "2025-02-27T12:00:00Z" : "2026-05-01T12:00:00Z"),
  };
}

/** The notice that every service of the model starts with. */
export const FIRST_NOTICE = "v0";

export const isoOf = (ms: number): string => new Date(ms).toISOString();
