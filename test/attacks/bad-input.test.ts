import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { emailPlus } from "../../src/adapters/email-plus.js";
import { createKeyringFile, openKeyringFile } from "../../src/adapters/keyring-file.js";
import { createKeyringMemory } from "../../src/adapters/keyring-memory.js";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import { definePolicy, field } from "../../src/core/policy.js";
import { createCustody } from "../../src/custody.js";
import { CustodyError } from "../../src/errors.js";
import { compactJws } from "../../src/lib/jws.js";
import { verifyCertificate } from "../../src/verify.js";
import { type MailServer, mailServer } from "../adapters/mail-server.js";
import { policy, random, type World, world } from "../world.js";

const SIGNER = { name: "Gina Halloran", title: "General Counsel", human: true } as const;
/** What a program could mistake for a day: none of it is one. */
const NO_DAYS = [
  "2015-02-29",
  "2021-04-31",
  "31.04.2011",
  "NaN",
  "NaN-NaN-NaN",
  "",
  "2011-4-3",
  "2011-00-10",
  "2011-13-01",
  "2011-01-00",
  "2011-02-30",
  "20110503",
  "2011-05-03T00:00:00Z",
  " 2011-05-03",
  "２０１１-05-03",
  "-2011-05-03",
] as const;
const NOT_A_TEXT = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  20110503,
  null,
  true,
  [],
  {},
  new Date(0),
];
const NOT_A_NUMBER = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  "41.5",
  "NaN",
  null,
  undefined,
  true,
  [41.5],
  { valueOf: () => 41.5 },
  41n,
  new Date(0),
];

let open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open) await close();
  open = [];
});

async function opened(store: "memory" | "sqlite" = "memory"): Promise<World> {
  const w = await world({ store });
  open.push(w.dispose);
  return w;
}

type Anything = Record<string, Record<string, (...given: unknown[]) => Promise<unknown>>>;

/** The code with which a call is refused, after a look that it wrote nothing; "" when it was not refused. */
async function refusal(w: Pick<World, "store">, call: () => unknown): Promise<string> {
  const before = await w.store.size();
  try {
    await call();
  } catch (error) {
    if ((await w.store.size()) !== before) return `written before: ${error}`;
    return error instanceof CustodyError ? error.code : `no code: ${error}`;
  }
  return "";
}

/** Everything there is to name in calls that are otherwise right. */
async function furnished(w: World) {
  const subject = await w.born("2011-05-03");
  const consent = await w.agreed(subject);
  const record = await w.weigh(subject);
  const set = await w.app.datasets.seal({ name: "all", purpose: "training", select: {} });
  const from = [{ id: set.id, relation: "trained-on" }] as const;
  const model = await w.app.models.begin({ name: "nudge", purpose: "training", from });
  const contact = "parent@example.org";
  const asked = { subject, purposes: ["coaching"], method: "signed-form", contact } as const;
  const request = await w.app.consents.request(asked);
  const script = { outcome: "verified", reported: "signed-form" } as const;
  const response = () => w.form.answer(request, script);
  return { subject, consent, record, dataset: set.id, model, asked, request, response, from };
}

const WORDS = ["contact-collected", "no-other-use", "opt-out", "silence-continues"] as const;
const URL_OF_NOTICE = "https://pace.example/privacy";
const SAFETY = {
  text: `Hello. ${URL_OF_NOTICE}`,
  form: "direct",
  direct: "safety",
  items: [
    ...WORDS.map((item) => ({ item, says: "Hello." })),
    { item: "online-notice", url: URL_OF_NOTICE },
  ],
} as const;

const ORDER = {
  title: "United States v. Kurbo, Inc.",
  citation: "N.D. Cal. 3:22-cv-00946-TSH",
  opened: "2021-02-10",
  select: { "band-at-collection": "child" },
  remedy: { data: { destroy: "P30D" }, attest: { due: "P90D", form: "28-usc-1746" } },
} as const;

describe("an option that nobody reads", () => {
  test("is refused by every verb, at every depth, before anything is written", async () => {
    const w = await opened();
    const app = w.app as unknown as Anything;
    const { subject, consent, record, dataset, model, asked, request, response, from } =
      await furnished(w);
    const by = { name: "A", title: "B" };
    const purge = (await w.app.purges.plan({ subject })).id;
    const taken = { subject, collection: "intake", purpose: "coaching" };
    const odd = { hurry: true };
    const teacher = { name: "A", title: "B", attests: true };
    const school = { subject, school: "Oak", representative: teacher, purposes: ["coaching"] };
    const handed = { recipient: "A", purpose: "coaching", form: "plain" };
    const copy = { name: "x", relation: "copied", from: [record] };
    const calls: readonly (readonly [string, string, object])[] = [
      ["subjects", "register", odd],
      ["subjects", "addEvidence", { subject, kind: "statement", source: "profile", ...odd }],
      ["notices", "publish", { version: "v2", text: "Hello.", covers: ["coaching"], ...odd }],
      ["notices", "check", odd],
      ["consents", "request", { ...asked, ...odd }],
      ["consents", "confirm", { request, response: response(), ...odd }],
      ["consents", "confirm", { request, response: { ...response(), ...odd } }],
      ["consents", "confirm", { request, response: response(), verified: true }],
      ["consents", "confirm", { request, response: { ...response(), verdict: "verified" } }],
      ["consents", "revoke", { consent, ...odd }],
      ["consents", "invalidate", { consent, reason: "not-the-parent", ...odd }],
      ["records", "collect", { ...taken, values: { weightKg: 41.5 }, ...odd }],
      ["records", "collect", { ...taken, values: { weightKg: 41.5 }, now: 0 }],
      ["records", "check", { ...taken, ...odd }],
      ["records", "explain", { ...taken, ...odd }],
      ["records", "read", { record, purpose: "coaching", ...odd }],
      ["datasets", "seal", { name: "x", purpose: "training", select: {}, ...odd }],
      ["datasets", "seal", { name: "x", purpose: "training", select: odd }],
      ["datasets", "export", { dataset, connector: "filesystem", ref: "x", ...odd }],
      ["datasets", "prove", { dataset, record, ...odd }],
      ["datasets", "rebuild", { dataset, name: "x", ...odd }],
      ["models", "begin", { name: "x", purpose: "training", from, ...odd }],
      ["models", "begin", { name: "x", purpose: "training", from: [{ ...from[0], ...odd }] }],
      ["models", "complete", { model, digest: "a".repeat(64), places: [], ...odd }],
      ["models", "complete", { model, digest: "a".repeat(64), places: [placeWith(odd)] }],
      ["models", "clear", { model, by: SIGNER, reason: "x", ...odd }],
      ["models", "clear", { model, by: { ...SIGNER, ...odd }, reason: "x" }],
      ["models", "report", { name: "x", digest: "a".repeat(64), places: [], ...odd }],
      ["models", "report", { name: "x", digest: "a".repeat(64), places: [placeWith(odd)] }],
      ["artifacts", "derive", { ...copy, ...odd }],
      ["artifacts", "derive", { ...copy, places: [placeWith(odd)] }],
      ["artifacts", "derive", { ...copy, deidentified: { method: "x", ...odd } }],
      ["holds", "place", { records: [record], authority: "Court", instrument: "x", ...odd }],
      ["purges", "plan", { subject, ...odd }],
      ["purges", "approve", { purge, by, ...odd }],
      ["purges", "approve", { purge, by: { ...by, ...odd } }],
      ["certificates", "issue", { purge, signer: SIGNER, ...odd }],
      ["certificates", "issue", { purge, signer: { ...SIGNER, ...odd } }],
      ["subjects", "requestDeletion", { subject, by: "parent", ...odd }],
      ["screens", "declare", { neutral: true, ...odd }],
      ["practices", "change", { purpose: "coaching", use: "service", ...odd }],
      ["consents", "agree", { request, ...odd }],
      ["consents", "authorizeSchool", { ...school, ...odd }],
      ["consents", "authorizeSchool", { ...school, representative: { ...teacher, ...odd } }],
      ["records", "parentNotice", { record, outcome: "bounced", ...odd }],
      ["disclosures", "make", { ...handed, records: [record], ...odd }],
    ];
    for (const [noun, verb, given] of calls) {
      const code = await refusal(w, () => app[noun]?.[verb]?.(given));
      expect(code, `${noun}.${verb} ${JSON.stringify(given)}`).toBe("option-unknown");
    }
    for (const given of [odd, { ...ORDER, ...odd }, { ...ORDER, select: odd }]) {
      expect(await refusal(w, () => app.orders?.open?.(given))).toBe("order-invalid");
    }
  });

  test("is refused by the client and the policy before either exists", async () => {
    const w = await opened();
    const { store, keyring, signer } = w;
    const parts = { policy, store, keyring, signer };
    const made = (more: object) => refusal(w, () => createCustody({ ...parts, ...more } as never));
    expect(await made({})).toBe("");
    expect(await made({ clock: Date.now })).toBe("option-unknown");
    for (const part of ["policy", "store", "keyring", "signer"]) {
      expect(await made({ [part]: undefined }), part).toBe("option-invalid");
    }
    expect(await made({ actor: "" })).toBe("option-invalid");
    expect(await made({ verifiers: [w.form, w.form] })).toBe("option-invalid");
    const { definition } = policy;
    const defined = (more: object) =>
      refusal(w, () => definePolicy({ ...definition, ...more } as never));
    expect(await defined({})).toBe("");
    expect(await defined({ audiences: "mixed" })).toBe("option-unknown");
    expect(await defined({ audience: "everybody" })).toBe("option-invalid");
    expect(await defined({ regimes: ["copa"] })).toBe("option-invalid");
    expect(await defined({ requestsLapseAfter: "soon" })).toBe("option-invalid");
    const fields = { kg: { schema: z.number() } };
    const collected = (more: object) =>
      defined({ collections: { intake: { retain: "P3Y", fields: {}, ...more } } });
    expect(await collected({})).toBe("");
    expect(await collected({ fields })).toBe("config/field-category-required");
    expect(await collected({ retain: undefined })).toBe("config/retention-required");
    for (const retain of ["forever", "", "P", "PNaND", "P-3Y", "-P3Y", "3Y", Number.NaN, null]) {
      expect(await collected({ retain }), String(retain)).toBe("config/retention-unbounded");
    }
  });
});

function placeWith(more: object): object {
  return { connector: "filesystem", ref: "nudge.json", ...more };
}

describe("a day that is none", () => {
  test("is no birth date, in whatever way it is written; a leap day of a leap year is one", async () => {
    const w = await opened();
    const app = w.app as unknown as Anything;
    const subject = await w.app.subjects.register();
    const said = (kind: string, value: unknown) =>
      refusal(w, () => app.subjects?.addEvidence?.({ subject, kind, source: "profile", value }));
    for (const value of [...NO_DAYS, ...NOT_A_TEXT, undefined, "2021-02-13"]) {
      expect(await said("birth-date", value), String(value)).toBe("value-rejected");
    }
    for (const value of ["2011-13", "2011-00", "NaN", "2011", "", 201105, "2021-03"]) {
      expect(await said("birth-month", value), String(value)).toBe("value-rejected");
    }
    for (const value of ["11", "NaN", "", "20111", 2011, "2022"]) {
      expect(await said("birth-year", value), String(value)).toBe("value-rejected");
    }
    expect((await w.app.subjects.get(subject)).band).toBe("unknown");
    expect(await said("birth-date", "2016-02-29")).toBe("");
    expect((await w.app.subjects.get(subject)).band).toBe("child");
  });

  test("opens no order, and no instant without a zone or a day dates a record", async () => {
    const w = await opened();
    const { subject } = await furnished(w);
    const app = w.app as unknown as Anything;
    for (const day of [...NO_DAYS, ...NOT_A_TEXT]) {
      const opening = () => app.orders?.open?.({ ...ORDER, opened: day });
      expect(await refusal(w, opening), String(day)).toBe("order-invalid");
      const collected = { from: day };
      const selecting = () => app.orders?.open?.({ ...ORDER, select: { collected } });
      expect(await refusal(w, selecting), String(day)).toBe("order-invalid");
    }
    for (const destroy of ["P30", "30 days", "PNaND", "", Number.NaN, null]) {
      const remedy = { data: { destroy } };
      const opening = () => app.orders?.open?.({ ...ORDER, remedy });
      expect(await refusal(w, opening), String(destroy)).toBe("order-invalid");
    }
    const values = { weightKg: 41.5 };
    const taken = (at: unknown) =>
      refusal(w, () =>
        app.records?.collect?.({
          subject,
          collection: "intake",
          purpose: "coaching",
          values,
          taken: at,
        }),
      );
    const never = ["2021-02-29T10:00:00Z", "2021-01-31T25:00:00Z", "2021-01-31T10:00:00"];
    for (const at of [...NO_DAYS, ...never, ...NOT_A_TEXT]) {
      if (at === "2011-05-03T00:00:00Z") continue;
      expect(await taken(at), String(at)).toBe("instant-invalid");
    }
  });

  test("is what a broken clock gives, and then nothing is written", async () => {
    const w = await opened();
    const subject = await w.born("1980-05-03");
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 60]) {
      const right = w.clock.ms;
      w.clock.ms = ms;
      expect(await refusal(w, () => w.app.subjects.register()), String(ms)).toBe("clock-invalid");
      expect(await refusal(w, () => w.weigh(subject)), String(ms)).not.toBe("");
      w.clock.ms = right;
    }
    expect(await refusal(w, () => w.weigh(subject))).toBe("");
  });
});

describe("a value of another kind", () => {
  test("than its field's is rejected and named by its path", async () => {
    const w = await opened();
    const { subject } = await furnished(w);
    const app = w.app as unknown as Anything;
    const collect = (values: unknown) => () =>
      app.records?.collect?.({ subject, collection: "intake", purpose: "coaching", values });
    for (const weightKg of [...NOT_A_NUMBER, 0, -41.5]) {
      expect(await refusal(w, collect({ weightKg })), String(weightKg)).toBe("value-rejected");
    }
    for (const nickname of ["", 5, Number.NaN, null, ["otter"]]) {
      expect(await refusal(w, collect({ nickname })), String(nickname)).toBe("value-rejected");
    }
    await expect(collect({ weightKg: Number.NaN })()).rejects.toMatchObject({
      details: { path: "values.weightKg" },
    });
    expect(await refusal(w, collect({}))).toBe("value-rejected");
    expect(await refusal(w, collect({ shoeSize: 36 }))).toBe("field-unknown");
    for (const key of ["constructor", "toString", "hasOwnProperty"]) {
      expect(await refusal(w, collect({ [key]: 1 })), key).toBe("field-unknown");
    }
    const ownProto = JSON.parse('{"__proto__": {"weightKg": 1}}') as unknown;
    expect(await refusal(w, collect(ownProto))).toBe("field-unknown");
    for (const values of [undefined, null, "weightKg", 5, [41.5]]) {
      expect(await refusal(w, collect(values)), String(values)).toBe("option-invalid");
    }
    expect(await refusal(w, collect({ weightKg: 41.5, nickname: "otter" }))).toBe("");
  });

  test("that no schema forbids and JSON cannot say is rejected all the same", async () => {
    const w = await opened();
    const { store, keyring, signer } = w;
    const loose = definePolicy({
      ...policy.definition,
      collections: { notes: { retain: "P1Y", fields: { note: field(z.any(), "other-personal") } } },
    });
    const app = await createCustody({
      policy: loose,
      store,
      keyring,
      signer,
      now: () => w.clock.ms,
    });
    const subject = await w.born("1980-05-03");
    const collect = (note: unknown) => () =>
      app.records.collect({ subject, collection: "notes", purpose: "coaching", values: { note } });
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(await refusal(w, collect(circle))).toBe("limit-exceeded");
    const unsayable = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      undefined,
      41n,
      () => 41,
      Symbol("otter"),
      "\ud800",
      { a: [Number.NaN] },
      new Map([["a", 1]]),
      new Date(0),
    ];
    for (const note of unsayable) {
      const code = await refusal(w, collect(note));
      expect(code, String(Object.prototype.toString.call(note))).toBe("value-rejected");
    }
    expect(await refusal(w, collect({ a: [1, "b", null, true] }))).toBe("");
  });

  test("ends no consent: a purpose it was not asked for is refused, not passed over", async () => {
    const w = await opened();
    const { consent, record } = await furnished(w);
    const app = w.app as unknown as Anything;
    const revoke = (purposes: unknown) => () => app.consents?.revoke?.({ consent, purposes });
    for (const purposes of [["couching"], ["coaching", "advertising"], ["constructor"]]) {
      expect(await refusal(w, revoke(purposes)), String(purposes)).toBe("purpose-unknown");
    }
    expect(await refusal(w, revoke([]))).toBe("option-invalid");
    expect((await w.app.records.status(record)).status).toBe("admitted");
    expect(await refusal(w, revoke(["coaching"]))).toBe("");
    const read = w.app.records.read({ record, purpose: "coaching" });
    await expect(read).rejects.toMatchObject({ code: "consent-withdrawn" });
  });

  test("bounds an age or measures a model in no way", async () => {
    const w = await opened();
    const { subject, model } = await furnished(w);
    const app = w.app as unknown as Anything;
    const range = { subject, kind: "age-range", source: "store-apple" };
    for (const lower of [...NOT_A_NUMBER.filter((n) => n !== undefined), -1, 151, 12.5]) {
      const call = () => app.subjects?.addEvidence?.({ ...range, lower });
      expect(await refusal(w, call), String(lower)).toBe("value-rejected");
    }
    const crossed = () => app.subjects?.addEvidence?.({ ...range, lower: 18, upper: 12 });
    expect(await refusal(w, crossed)).toBe("value-rejected");
    const whole = { model, digest: "a".repeat(64), places: [] };
    for (const error of NOT_A_NUMBER) {
      const call = () => app.models?.complete?.({ ...whole, measures: { error } });
      expect(await refusal(w, call), String(error)).toBe("option-invalid");
    }
    for (const digest of [
      "",
      ["a".repeat(64)],
      "A".repeat(64),
      "a".repeat(63),
      `${"a".repeat(64)}\n`,
      null,
      5,
    ]) {
      const call = () => app.models?.complete?.({ ...whole, digest });
      expect(await refusal(w, call), String(digest)).toBe("option-invalid");
    }
    const call = () => app.models?.complete?.({ ...whole, measures: { error: 0.5 } });
    expect(await refusal(w, call)).toBe("");
  });

  test("is no input of any verb: each answers with a code and writes nothing", async () => {
    const w = await opened();
    const app = w.app as unknown as Anything;
    await furnished(w);
    const faults: string[] = [];
    for (const [noun, verbs] of Object.entries(app)) {
      if (noun === "close" || noun === "ledger") continue;
      const named = typeof verbs === "function" ? [[noun, verbs] as const] : Object.entries(verbs);
      for (const [verb, call] of named) {
        if (verb === "due" || verb === "mayServe" || verb === "find") continue;
        // These take nothing: whatever is given is not looked at.
        if (verb === "sweep" || verb === "calendar") continue;
        for (const given of [null, 5, Number.NaN, true, [], "", "\n", { toString: null }]) {
          const run = async () => {
            const answer = (call as (given: unknown) => unknown)(given);
            if (noun === "datasets" && verb === "read") for await (const _ of answer as []);
            return answer;
          };
          const code = await refusal(w, run);
          if (!/^[a-z-]+$/.test(code)) {
            faults.push(`${noun}.${verb} ${JSON.stringify(given)}: ${code}`);
          }
        }
      }
    }
    expect(faults).toEqual([]);
    expect((await w.app.models.mayServe(null as never)).mayServe).toBe(false);
  });
});

describe("a member of another kind", () => {
  const NONSENSE = [
    null,
    5,
    Number.NaN,
    Symbol("x"),
    true,
    "",
    "\ud800",
    [],
    [null],
    {},
    [[]],
    () => 1,
  ];

  /** What is meant, although it is in the list above. */
  const SENSE = [
    "subjects.addEvidence lower=5",
    "subjects.addEvidence upper=5",
    "subjects.addEvidence confirmed=true",
    "records.check fields=[]",
    "notices.publish covers=[]",
    "notices.publish categories=[]",
    "notices.publish recipients=[]",
    "notices.publish material=true",
    "notices.check forms=[]",
    "datasets.seal select={}",
    "models.complete measures={}",
    "models.complete places=[]",
    "models.report places=[]",
    "artifacts.derive places=[]",
    "artifacts.derive tagged=true",
    "orders.open select={}",
    "practices.change recipients=[]",
    "practices.change ended=true",
    "consents.request allOrNothing=true",
    "subjects.requestDeletion keepAccount=true",
    "orders.open remedy={}",
  ];

  test("in place of any member of any input is refused with a code before anything is written", async () => {
    const w = await opened();
    const app = w.app as unknown as Anything;
    const { subject, consent, record, dataset, model, asked, request, response, from } =
      await furnished(w);
    const by = { name: "A", title: "B" };
    const purge = (await w.app.purges.plan({ subject: await w.born("1980-01-01") })).id;
    const taken = { subject, collection: "intake", purpose: "coaching" };
    const said = { subject, kind: "age-range", source: "store-apple", lower: 5, upper: 9 };
    const place = { connector: "filesystem", ref: "nudge.json" };
    const notice = { version: "v9", text: "Hello.", covers: ["coaching"] };
    const teacher = { name: "A", title: "B", attests: true };
    const school = { subject, school: "Oak", representative: teacher, purposes: ["coaching"] };
    const handed = { recipient: "A", purpose: "coaching", form: "plain" };
    const right: readonly (readonly [string, string, object])[] = [
      ["subjects", "register", { externalId: "a", timeZone: "Asia/Tokyo", jurisdiction: "US" }],
      ["subjects", "addEvidence", { ...said, session: "s", claim: "c", occasion: "download" }],
      ["subjects", "addEvidence", { ...said, confirmed: true }],
      ["notices", "publish", { ...notice, categories: ["health"], recipients: ["A"] }],
      ["notices", "publish", { ...notice, material: false, reviewer: "A" }],
      ["notices", "publish", { ...notice, ...SAFETY }],
      ["notices", "check", { forms: ["direct"] }],
      ["consents", "request", { ...asked, notice: `not_${"0".repeat(26)}`, regime: "coppa" }],
      ["consents", "confirm", { request, response: response() }],
      ["consents", "revoke", { consent, by: "parent", purposes: ["coaching"] }],
      ["consents", "invalidate", { consent, reason: "not-the-parent" }],
      ["records", "collect", { ...taken, values: { weightKg: 41.5 }, source: "app" }],
      ["records", "check", { ...taken, fields: ["weightKg"] }],
      ["records", "read", { record, purpose: "coaching" }],
      ["datasets", "seal", { name: "x", purpose: "training", select: {} }],
      ["datasets", "export", { dataset, connector: "filesystem", ref: "x" }],
      ["datasets", "prove", { dataset, record }],
      ["datasets", "rebuild", { dataset, name: "x" }],
      ["models", "begin", { name: "x", purpose: "training", from }],
      ["models", "complete", { model, digest: "a".repeat(64), places: [place], measures: {} }],
      ["models", "report", { name: "x", digest: "a".repeat(64), places: [place] }],
      ["artifacts", "derive", { name: "x", relation: "copied", from: [record], tagged: true }],
      ["artifacts", "derive", { name: "x", relation: "copied", from: [record], places: [place] }],
      ["models", "clear", { model, by: SIGNER, reason: "x" }],
      ["orders", "open", ORDER],
      ["holds", "place", { records: [record], authority: "Court", instrument: "x" }],
      ["purges", "plan", { subject }],
      ["purges", "approve", { purge, by }],
      ["certificates", "issue", { purge, signer: SIGNER }],
      ["screens", "declare", { neutral: true, text: "When?", latestYear: 2030, default: "x" }],
      ["practices", "change", { purpose: "coaching", use: "service", recipients: ["A"] }],
      ["practices", "change", { purpose: "coaching", for: "service" }],
      ["practices", "change", { purpose: "coaching", ended: true, subject }],
      ["consents", "request", { ...asked, from: "parent", allOrNothing: true }],
      ["consents", "agree", { request, grants: ["coaching"], refuses: [] }],
      ["consents", "authorizeSchool", { ...school, purposes: ["coaching"] }],
      ["records", "parentNotice", { record, outcome: "bounced" }],
      ["disclosures", "make", { ...handed, records: [record] }],
      ["disclosures", "make", { ...handed, dataset }],
      ["subjects", "requestDeletion", { subject, by: "parent", keepAccount: true }],
    ];
    const faults: string[] = [];
    for (const [noun, verb, input] of right) {
      for (const key of Object.keys(input)) {
        for (const nonsense of NONSENSE) {
          const code = await refusal(w, () => app[noun]?.[verb]?.({ ...input, [key]: nonsense }));
          if (/^(config\/)?[a-z-]+$/.test(code)) continue;
          const shown = JSON.stringify(nonsense) ?? String(nonsense);
          const fault = `${noun}.${verb} ${key}=${shown}`;
          if (code !== "" || !SENSE.includes(fault)) faults.push(`${fault}: ${code}`);
        }
      }
    }
    expect(faults).toEqual([]);
  });
});

describe("a link's token through the client", () => {
  const CONTACT = "parent@example.org";
  const secret = random(32);

  async function asked() {
    const server: MailServer = await mailServer();
    open.push(server.close);
    const w = await opened();
    const verifier = (key: Uint8Array) =>
      emailPlus({
        transport: { host: "127.0.0.1", port: server.port },
        from: "privacy@pace.example",
        linkBase: "https://pace.example/consent",
        secret: key,
      });
    const { store, keyring, signer } = w;
    const parts = { policy, store, keyring, signer, now: () => w.clock.ms };
    const app = await createCustody({ ...parts, verifiers: [verifier(secret)] });
    const other = await createCustody({ ...parts, verifiers: [verifier(random(32))] });
    const ask = async (by: typeof app) => {
      const subject = await w.born("2011-05-03");
      const question = { subject, purposes: ["coaching"], method: "email-plus" } as const;
      const request = await by.consents.request({ ...question, contact: CONTACT });
      return { subject, request, token: newest(server) };
    };
    const confirm = (request: string, token: string) => () =>
      app.consents.confirm({ request: request as never, response: { token } });
    return { w, app, other, server, ask, confirm };
  }

  function newest(server: MailServer): string {
    const [link = ""] = server.links(CONTACT);
    return new URL(link).searchParams.get("token") ?? "";
  }

  test("forged in any part, unsigned, of another key or another request is invalid", async () => {
    const { w, app, other, ask, confirm } = await asked();
    const mine = await ask(app);
    const theirs = await ask(app);
    const foreign = await ask(other);
    const [head = "", body = "", signature = ""] = mine.token.split(".");
    const none = Buffer.from('{"alg":"none"}').toString("base64url");
    const flipped = (part: string) => `${part.startsWith("A") ? "B" : "A"}${part.slice(1)}`;
    const forged = [
      "x",
      "a.b.c",
      `${head}.${body}.`,
      `${none}.${body}.`,
      `${none}.${body}.${signature}`,
      `${flipped(head)}.${body}.${signature}`,
      `${head}.${flipped(body)}.${signature}`,
      `${head}.${body}.${flipped(signature)}`,
      `${mine.token}=`,
      ` ${mine.token}`,
      theirs.token,
      foreign.token,
    ];
    for (const token of forged) {
      expect(await refusal(w, confirm(mine.request, token)), token).toBe("token-invalid");
    }
    expect(await refusal(w, confirm(foreign.request, foreign.token))).not.toBe("");
    expect(await refusal(w, confirm(mine.request, mine.token))).toBe("");
  });

  test("used is used: neither step can be taken twice", async () => {
    const { w, app, server, ask, confirm } = await asked();
    const { subject, request, token } = await ask(app);
    expect(await confirm(request, token)()).toEqual({ state: "requested" });
    expect(await refusal(w, confirm(request, token))).toBe("token-used");
    const second = newest(server);
    expect(second).not.toBe(token);
    expect(await confirm(request, second)()).toMatchObject({ state: "given" });
    for (const again of [token, second]) {
      expect(await refusal(w, confirm(request, again))).toBe("token-used");
    }
    expect((await app.subjects.get(subject)).consents).toHaveLength(1);
  });

  test("expires with its request, to the millisecond", async () => {
    const { w, app, ask, confirm } = await asked();
    const early = await ask(app);
    const late = await ask(app);
    const lapses = w.clock.ms + 14 * 86_400_000;
    w.clock.ms = lapses - 1;
    expect(await refusal(w, confirm(early.request, early.token))).toBe("");
    w.clock.ms = lapses;
    // The first that comes too late is told so once the lapse is written and the contact erased.
    const first = confirm(late.request, late.token)();
    await expect(first).rejects.toMatchObject({ code: "request-lapsed" });
    expect(await app.requests.get(late.request)).toMatchObject({ contact: "erased" });
    // Nor does it come back to life with a clock that is set back.
    for (const ms of [lapses, lapses + 1, lapses + 1e12, lapses - 1]) {
      w.clock.ms = ms;
      expect(await refusal(w, confirm(late.request, late.token))).toBe("request-lapsed");
    }
  });
});

describe("keys of somebody else", () => {
  test("a keyring of another store opens no client, in memory or in a file", async () => {
    const w = await opened("sqlite");
    const { store, signer } = w;
    const other = await createMemoryStore({ now: () => w.clock.ms, random });
    const storeId = other.identity.id;
    const inMemory = createKeyringMemory({ storeId, random });
    const made = () => createCustody({ policy, store, keyring: inMemory, signer });
    expect(await refusal(w, made)).toBe("keyring-foreign");
    const path = `${w.folder}/other.keys`;
    const epochPath = `${w.folder}/other.epoch`;
    const inFile = await createKeyringFile({ path, epochPath, storeId, random });
    open.push(() => inFile.close());
    expect(await refusal(w, () => createCustody({ policy, store, keyring: inFile, signer }))).toBe(
      "keyring-foreign",
    );
    const wrong = { path, epochPath, storeId: store.identity.id, random };
    expect(await refusal(w, () => openKeyringFile(wrong))).toBe("keyring-foreign");
    expect(
      await refusal(w, () => createCustody({ policy, store, keyring: w.keyring, signer })),
    ).toBe("");
  });

  test("a certificate of another key, of none, or with a key of its own inside does not verify", async () => {
    const w = await opened();
    const subject = await w.born("1980-05-03");
    await w.weigh(subject);
    const { id: purge } = await w.app.purges.plan({ subject });
    await w.app.purges.approve({ purge, by: { name: "A", title: "B" } });
    await w.app.purges.run(purge);
    const { jws } = await w.app.certificates.issue({ purge, signer: SIGNER });
    const ours = await w.signer.publicJwk();
    const thief = createSignerMemory({ name: "pace.example" });
    const theirs = await thief.publicJwk();
    const payload = JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString());
    const typ = JSON.parse(Buffer.from(jws.split(".")[0] ?? "", "base64url").toString()).typ;
    const resigned = (header: object) =>
      compactJws({ header: header as never, payload, sign: (bytes) => thief.sign(bytes) });
    const verdict = (text: string, keys = [ours]) =>
      refusal(w, () => verifyCertificate(text, { keys }));

    expect(await verdict(jws)).toBe("");
    expect(await verdict(jws, [theirs])).toBe("certificate-wrong-key");
    expect(await verdict(jws, [])).toBe("option-invalid");
    const own = await resigned({ alg: "EdDSA", kid: theirs.kid, typ });
    expect(await verdict(own)).toBe("certificate-wrong-key");
    const named = await resigned({ alg: "EdDSA", kid: ours.kid, typ });
    expect(await verdict(named)).toBe("certificate-invalid");
    const unsigned = Buffer.from(JSON.stringify({ alg: "none", kid: ours.kid, typ }));
    const none = unsigned.toString("base64url");
    const body = jws.split(".")[1];
    expect(await verdict(`${none}.${body}.`)).toBe("certificate-unsigned");
    expect(await verdict(`${none}.${body}.${jws.split(".")[2]}`)).toBe("certificate-unsigned");
    const inside = Buffer.from(JSON.stringify({ alg: "EdDSA", kid: theirs.kid, typ, jwk: theirs }));
    expect(
      await verdict(`${inside.toString("base64url")}.${own.split(".").slice(1).join(".")}`),
    ).not.toBe("");
  });
});
