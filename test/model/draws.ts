/**
 * What fast-check draws, and how a draw becomes a step: names are picked from what there is by
 * then, so that a list of draws from which some were taken out is still a list of steps.
 */
import fc from "fast-check";
import type { World } from "./reference.js";
import { isoOf, type Step, serviceOf } from "./steps.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const KIDS = ["kim", "lee"] as const;
const PURPOSES = ["play", "train", "stats", "adverts"] as const;
const ZONES = [undefined, "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Etc/GMT+12"];
const PLACES = ["US", "US-NY", "US-CA", "FR", "DE"];
const CONTACTS = ["anna@example.com", "ben@example.com"];
const OTHERS = [
  "parent",
  "support",
  "school",
  "store-apple",
  "store-google",
  "os",
  "document",
  "estimation",
  "eu-av",
  "internal",
];
const BIRTHS = [
  "2013-05-02",
  "2013-05-02",
  "2012-02-29",
  "2013-05-03",
  "2008-05-02",
  "2010-05-02",
  "2016-03-04",
  "2011-06-07",
  "1990-01-01",
  "2030-01-01",
  "2015-02-29",
];
const METHODS = ["signed-form", "payment-transaction", "email-plus", "vendor-flow", "unlisted"];
const MOVES = [0, 0, 0, 0, HOUR, 11 * HOUR, 13 * HOUR, DAY, 5 * DAY, 14 * DAY, 30 * DAY, 400 * DAY];

const some = <T>(from: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...from);
/** Present so many times in ten. */
const maybe = <T>(of: fc.Arbitrary<T>, inTen = 5): fc.Arbitrary<T | undefined> =>
  fc.oneof(
    { weight: 10 - inTen, arbitrary: fc.constant(undefined) },
    { weight: inTen, arbitrary: of },
  );
const pick = fc.nat(11);
const kid = some([KIDS[0], KIDS[0], KIDS[1]]);
const purposes = fc.uniqueArray(some(PURPOSES), { minLength: 1, maxLength: 3 });
const year = some(["2013", "2012", "2008", "2007", "1990"]);
const month = some(["2013-04", "2013-05", "2008-05", "2016-07"]);
const born = fc.record({ kind: some(["birth-date"]), value: some(BIRTHS) });
const said = fc.oneof(
  born,
  born,
  fc.record({ kind: some(["birth-year"]), value: year }),
  fc.record({ kind: some(["birth-month"]), value: month }),
  fc.record({
    kind: some(["age-range", "report"]),
    lower: maybe(some([0, 9, 12, 13, 15, 16, 17, 18, 21])),
    upper: maybe(some([12, 15, 17]), 1),
  }),
  fc.record({ kind: some(["age-range"]), claim: some(["declined", "not-shared", "unsupported"]) }),
  fc.record({ kind: some(["credential"]), claim: some(["age-over-18"]), value: fc.boolean() }),
  fc.record({ kind: some(["statement"]), claim: some(["adult-or-has-permission"]) }),
);
const CONDITIONS: {
  readonly [method: string]: readonly Record<string, string | number | boolean>[];
} = {
  "signed-form": [{ "returned-by": "scan" }, { "returned-by": "in-app" }],
  "payment-transaction": [
    { "holder-notified": true },
    { "holder-notified": false },
    { monetary: false },
  ],
  "email-plus": [
    { "plus-step-done": true },
    { "plus-step-done": false },
    { "revocation-notice": false },
  ],
  "face-match-photo-id": [{ "id-deleted-after": "PT5M" }, { "id-deleted-after": "P2D" }],
  "knowledge-based-authentication": [
    { attempts: 3, questions: 5, options: 5 },
    { attempts: "unlimited" },
    { questions: 3 },
  ],
};

/** One step as drawn; `kind` says which the rest is for. */
const SINGLE = {
  register: fc.record({ kid, zone: some(ZONES), place: maybe(some(PLACES), 7) }),
  evidence: fc.record({
    kid,
    said,
    source: some(["sign-up-screen", "sign-up-screen", "profile", ...OTHERS]),
    session: maybe(some(["s1", "s2"])),
    confirmed: maybe(fc.boolean(), 1),
    occasion: maybe(some(["routine", "download"]), 1),
  }),
  notice: fc.record({
    covers: purposes,
    all: fc.boolean(),
    few: fc.boolean(),
    alone: maybe(fc.boolean(), 1),
  }),
  practice: fc.record({
    purpose: some(PURPOSES),
    how: some(["disclose", "disclose", "processor", "end", "end-for"]),
    kid,
  }),
  request: fc.record({
    kid,
    purposes,
    own: fc.boolean(),
    method: some(METHODS),
    contact: some(CONTACTS),
    regime: maybe(some(["coppa", "ny-cdpa", "ccpa-minors", "gdpr-art8"]), 2),
    older: maybe(pick, 1),
    tied: maybe(fc.boolean(), 1),
  }),
  answer: fc.record({
    pick,
    outcome: some([
      "verified",
      "verified",
      "verified",
      "verified",
      "verified",
      "refused",
      "bounced",
      "no-answer",
      "not-a-parent",
    ]),
    grants: maybe(purposes, 7),
    refuses: maybe(purposes, 1),
    reported: some([
      "asked",
      "asked",
      "asked",
      "absent",
      "face-match-photo-id",
      "knowledge-based-authentication",
      "email-plus",
    ]),
    condition: maybe(pick, 1),
  }),
  revoke: fc.record({
    pick,
    by: maybe(some(["other-parent", "subject", "operator", "regulator"])),
    purposes: maybe(purposes, 1),
  }),
  invalidate: fc.record({ pick, reason: some(["not-the-parent", "method-not-met"]) }),
  collect: fc.record({
    kid,
    purpose: some(PURPOSES),
    fields: fc.uniqueArray(some(["nick", "weight"]), { minLength: 1 }),
    diary: maybe(some(["app", "background"]), 1),
    cited: maybe(pick, 1),
    taken: maybe(some([0, HOUR, DAY, 20 * DAY]), 1),
    wrong: maybe(fc.boolean(), 1),
  }),
  read: fc.record({ pick, purpose: some(PURPOSES) }),
  seal: fc.record({ purpose: some(PURPOSES), kid: maybe(kid) }),
  sweep: fc.record({}),
  deletion: fc.record({
    kid,
    by: some(["parent", "subject", "unverified"]),
    keep: maybe(fc.boolean()),
  }),
};
const DRAWS = {
  ...SINGLE,
  agreement: fc.record({ request: SINGLE.request, answer: SINGLE.answer }),
};
type Draws = typeof DRAWS;
type Of<K extends keyof Draws> = Draws[K] extends fc.Arbitrary<infer T> ? T : never;
export type Draw = {
  [K in keyof Draws]: { readonly kind: K; readonly move: number; readonly of: Of<K> };
}[keyof Draws];

const WEIGHTS: { readonly [K in keyof Draws]: number } = {
  register: 2,
  evidence: 8,
  notice: 2,
  practice: 2,
  request: 3,
  answer: 5,
  agreement: 12,
  revoke: 4,
  invalidate: 2,
  collect: 16,
  read: 2,
  seal: 2,
  sweep: 2,
  deletion: 0.4,
};

const draw = fc.oneof(
  ...(Object.keys(DRAWS) as (keyof Draws)[]).map((kind) => ({
    weight: WEIGHTS[kind] * 5,
    arbitrary: fc.record({
      kind: fc.constant(kind),
      move: some(MOVES),
      of: DRAWS[kind] as fc.Arbitrary<never>,
    }) as fc.Arbitrary<Draw>,
  })),
);
export const STEPS_MAX = 60;

export const runs = fc.record({
  service: fc
    .record({
      audience: some(["mixed", "mixed", "general", "child-directed"] as const),
      sells: fc.boolean(),
      leap: fc.boolean(),
    })
    .map(serviceOf),
  births: fc.tuple(maybe(some(BIRTHS.slice(0, 8)), 8), maybe(some(BIRTHS.slice(0, 8)), 8)),
  draws: fc.array(draw, { minLength: 1, maxLength: STEPS_MAX, size: "max" }),
});

/** What is drawn for one run. */
export type Drawn = typeof runs extends fc.Arbitrary<infer T> ? T : never;

/** The steps that stand at the head of a run: two people, one of whose zone is known. */
export function opening({ service, births }: Drawn): readonly Step[] {
  const { start: at } = service;
  const born = births.flatMap((value, index): readonly Step[] => {
    const subject = KIDS[index] ?? "";
    const body = { subject, kind: "birth-date", value: value ?? "", source: "sign-up-screen" };
    return value === undefined ? [] : [{ at, verb: "evidence", body }];
  });
  return [
    { at, verb: "register", body: { subject: KIDS[0], timeZone: "America/New_York" } },
    { at, verb: "register", body: { subject: KIDS[1] } },
    ...born,
  ];
}

/** A request that is answered next: most of what happens needs somebody's yes. */
export function unfolded(drawn: Draw): readonly Draw[] {
  if (drawn.kind !== "agreement") return [drawn];
  const { request, answer } = drawn.of;
  return [
    { kind: "request", move: drawn.move, of: request },
    { kind: "answer", move: 0, of: { ...answer, pick: 0 } },
  ];
}

const at = <T>(of: readonly T[], index: number): T | undefined =>
  of[index % Math.max(1, of.length)];

/** The same without what was left out. */
export function given<T extends object>(body: T): T {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as T;
}

/** Undefined when there is nothing yet that the step could be about. */
export function stepOf(drawn: Draw, world: World): Step | undefined {
  const now = world.now + drawn.move;
  const named = bodyOf(drawn, world, now);
  return named === undefined
    ? undefined
    : ({ at: now, verb: named.verb, body: given(named.body) } as Step);
}

function bodyOf(drawn: Draw, world: World, now: number): Pick<Step, "verb" | "body"> | undefined {
  const has = (names: readonly string[]) => names.filter((name) => world.purposes.has(name));
  const as = `${drawn.kind}-${world.n}`;
  switch (drawn.kind) {
    case "register": {
      const { kid: subject, zone, place } = drawn.of;
      return { verb: "register", body: { subject, timeZone: zone, jurisdiction: place } as never };
    }
    case "evidence": {
      const { kid: subject, said: what, session, ...rest } = drawn.of;
      const { kind, claim } = what as { kind: string; claim?: string };
      const signal = kind === "age-range" && claim !== undefined;
      const source = signal ? "store-google" : rest.source;
      const own = source === "sign-up-screen" && kind !== "statement" ? session : undefined;
      return {
        verb: "evidence",
        body: { subject, ...rest, ...given(what), source, session: own } as never,
      };
    }
    case "notice": {
      const { covers, all, few, alone } = drawn.of;
      const told = all ? [...world.purposes.keys()] : has(covers);
      if (told.length === 0) return undefined;
      const categories = few ? ["screen-name", "other-personal"] : undefined;
      const recipients = alone === true ? ["host"] : undefined;
      return {
        verb: "notice",
        body: { version: `v${world.n}`, covers: told, categories, recipients } as never,
      };
    }
    case "practice": {
      const { purpose, how, kid: subject } = drawn.of;
      if (has([purpose]).length === 0) return undefined;
      const recipients = how === "disclose" ? ["partner"] : [{ name: "host", role: "processor" }];
      if (how === "end") return { verb: "practice", body: { purpose, ended: true } };
      if (how === "end-for") return { verb: "practice", body: { purpose, ended: true, subject } };
      return { verb: "practice", body: { purpose, recipients } as never };
    }
    case "request": {
      const { kid: subject, own, method, contact, regime, older, tied, ...rest } = drawn.of;
      const asked = has(rest.purposes);
      if (asked.length === 0) return undefined;
      const who = own ? { from: "subject" } : { method, contact };
      const notice = older === undefined ? undefined : at(world.notices, older)?.version;
      return {
        verb: "request",
        body: {
          subject,
          purposes: asked,
          ...who,
          regime,
          notice,
          "all-or-nothing": tied,
          as,
        } as never,
      };
    }
    case "agreement":
      return undefined;
    case "answer":
      return answerOf(drawn.of, world, as);
    case "revoke": {
      const consent = at(world.consents, drawn.of.pick);
      if (consent === undefined) return undefined;
      const named = drawn.of.purposes?.filter((p) => consent.said.has(p)) ?? [];
      const body = {
        consent: consent.alias,
        by: drawn.of.by,
        purposes: named.length === 0 ? undefined : named,
      };
      return { verb: "revoke", body: body as never };
    }
    case "invalidate": {
      const consent = at(world.consents, drawn.of.pick)?.alias;
      return consent === undefined
        ? undefined
        : { verb: "invalidate", body: { consent, reason: drawn.of.reason } };
    }
    case "collect": {
      const { kid: subject, purpose, fields, diary, cited, taken, wrong } = drawn.of;
      if (has([purpose]).length === 0) return undefined;
      const values =
        diary === undefined
          ? Object.fromEntries(
              fields.map((f) => [f, f === "nick" ? as : wrong ? "heavy" : world.n]),
            )
          : { note: as };
      const consent = cited === undefined ? undefined : at(world.consents, cited)?.alias;
      const collection = diary === undefined ? "profile" : "diary";
      const earlier = taken === undefined ? undefined : isoOf(now - taken);
      return {
        verb: "collect",
        body: {
          subject,
          collection,
          purpose,
          values,
          as,
          consent,
          taken: earlier,
          source: diary,
        } as never,
      };
    }
    case "read": {
      const record = at(world.records, drawn.of.pick)?.alias;
      if (record === undefined || has([drawn.of.purpose]).length === 0) return undefined;
      return { verb: "read", body: { record, purpose: drawn.of.purpose } };
    }
    case "seal": {
      const { purpose, kid: subject } = drawn.of;
      if (has([purpose]).length === 0) return undefined;
      const select = subject === undefined ? {} : { subjects: [subject] };
      return { verb: "seal", body: { dataset: as, purpose, select, as } };
    }
    case "sweep":
      return { verb: "sweep", body: {} };
    case "deletion": {
      const { kid: subject, by, keep } = drawn.of;
      return { verb: "request-deletion", body: { subject, by, "keep-account": keep, as } as never };
    }
  }
}

function answerOf(
  of: Of<"answer">,
  world: World,
  as: string,
): Pick<Step, "verb" | "body"> | undefined {
  const open = [...world.requests].filter(([, r]) => r.body.from !== "subject" || !r.consent);
  // The newest requests are answered most.
  const [alias, request] = at(open.reverse(), of.pick % 4) ?? [];
  if (alias === undefined || request === undefined) return undefined;
  const { purposes: asked, from, method } = request.body;
  const within = (names: readonly string[] | undefined) => names?.filter((p) => asked.includes(p));
  const grants = within(of.grants);
  const refuses = within(of.refuses);
  if (from === "subject") {
    const outcome = of.outcome === "refused" ? "refused" : "verified";
    return {
      verb: "answer",
      body: {
        request: alias,
        outcome,
        grants: outcome === "refused" ? undefined : grants,
        refuses: outcome === "refused" ? undefined : refuses,
        as,
      } as never,
    };
  }
  const reported =
    of.reported === "asked" ? method : of.reported === "absent" ? undefined : of.reported;
  const known = CONDITIONS[reported ?? ""] ?? [];
  const conditions = of.condition === undefined ? undefined : at(known, of.condition);
  const choice = of.outcome === "verified" ? { grants, refuses } : {};
  return {
    verb: "answer",
    body: { request: alias, outcome: of.outcome, reported, conditions, ...choice, as } as never,
  };
}
