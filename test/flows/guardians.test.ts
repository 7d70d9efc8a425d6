import { describe, expect, test } from "vitest";
import type { GuardianAct } from "../../src/core/guardian.js";
import type { CustodyError } from "../../src/errors.js";
import type { RequestId, SubjectId } from "../../src/lib/id.js";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";

type House = Awaited<ReturnType<typeof house>>;
const PARENT = "p@example.org";
const OTHER = "o@example.org";
const NOBODY = "sub_01jd0000000000000000000000" as SubjectId;
const METHOD = "signed-form" as const;
const YES = { outcome: "verified", reported: METHOD } as const;
const REFUSED = ["guardian-unverified", ["id", "rule", "subject"]] as const;

/** A child of ten with a record, whose parent has agreed to all. */
async function family(h: House) {
  const kid = await h.born("2016-02-03");
  const consent = await h.agreed(kid, ["play", "stats", "training"]);
  return { kid, consent, record: await h.score(kid) };
}

const asks = (h: House, subject: SubjectId, act: GuardianAct, contact = PARENT) =>
  h.app.guardians.ask({ subject, act, contact, method: METHOD });
const answerTo = (h: House, request: RequestId, script: object = YES) =>
  h.verifier(METHOD).answer(request, script as typeof YES);

async function proof(h: House, subject: SubjectId, act: GuardianAct, contact = PARENT) {
  const request = await asks(h, subject, act, contact);
  return { request, response: answerTo(h, request) };
}

/** What a caller can see of a refusal: its code and the keys of its details. */
async function seen(promise: Promise<unknown>): Promise<readonly unknown[]> {
  try {
    return [await promise];
  } catch (error) {
    const { code, details, cause } = error as CustodyError;
    expect(cause).toBeUndefined();
    return [code, Object.keys(details).sort()];
  }
}

describe("a review", () => {
  test("shows each record with how it got in, and no value unless asked for", async () => {
    const h = await house();
    const { kid, consent, record } = await family(h);
    const told = await h.app.guardians.review({
      subject: kid,
      proof: await proof(h, kid, "review"),
    });
    expect(told).toMatchObject({
      state: "done",
      categories: ["screen-name"],
      records: [
        {
          record,
          collection: "scores",
          purpose: "play",
          fields: ["handle"],
          status: "admitted",
          basis: { kind: "consent", consent, method: METHOD, notice: "v1" },
          recipients: [],
          disclosed: [],
        },
      ],
      evidence: [{ kind: "birth-date", source: "document" }],
    });
    expect(JSON.stringify(told)).not.toMatch(/ace|2016|example\.org/);
    const whole = await h.app.guardians.review({
      subject: kid,
      proof: await proof(h, kid, "review"),
      values: true,
    });
    expect(whole).toMatchObject({
      records: [{ values: { handle: "ace" } }],
      evidence: [{ said: { value: "2016-02-03" } }],
    });
  });

  test("shows neither the brother's data nor the other parent's contact", async () => {
    const h = await house();
    const { kid } = await family(h);
    await h.agreed(kid, ["play"], { contact: OTHER });
    const brother = await h.born("2015-01-01");
    await h.agreed(brother, ["play"]);
    const his = await h.score(brother);
    const shown = { subject: kid, proof: await proof(h, kid, "review"), values: true };
    const told = JSON.stringify(await h.app.guardians.review(shown));
    expect(told).not.toContain(his);
    expect(told).not.toContain(brother);
    expect(told).not.toContain("example.org");
    const crossed = { subject: brother, proof: await proof(h, kid, "review") };
    expect(await codeOf(h.app.guardians.review(crossed))).toBe("guardian-unverified");
    const second = { subject: kid, proof: await proof(h, kid, "review", OTHER) };
    expect(await h.app.guardians.review(second)).toMatchObject({ state: "done" });
  });

  test("names who receives it and who has, and leaves out what is erased", async () => {
    const share = { use: "disclosure", for: "service", recipients: ["coach"] } as const;
    const h = await house({ purposes: { play: { use: "service" }, share } });
    const kid = await h.born("2016-02-03");
    await h.agreed(kid, ["play", "share"]);
    const record = await h.score(kid, "share");
    const sent = {
      records: [record],
      recipient: "coach",
      purpose: "share",
      form: "plain",
    } as const;
    await h.app.disclosures.make(sent);
    const told = await h.app.guardians.review({
      subject: kid,
      proof: await proof(h, kid, "review"),
    });
    expect(told).toMatchObject({
      records: [{ recipients: ["coach"], disclosed: [{ recipient: "coach" }] }],
    });
    h.days(400);
    await h.app.retention.sweep();
    const later = { subject: kid, proof: await proof(h, kid, "review") };
    expect(await h.app.guardians.review(later)).toMatchObject({ records: [], categories: [] });
  });
});

describe("a refusal of anything further", () => {
  test("withdraws what was agreed and refuses what was not asked; nothing is deleted", async () => {
    const h = await house();
    const kid = await h.born("2016-02-03");
    await h.agreed(kid, ["play"]);
    const record = await h.score(kid);
    expect(
      await h.app.guardians.refuseFurther({
        subject: kid,
        proof: await proof(h, kid, "refuse-further"),
      }),
    ).toMatchObject({ state: "done", purposes: ["play", "stats", "training"] });
    expect(await codeOf(h.score(kid))).toBe("consent-withdrawn");
    expect(await codeOf(h.score(kid, "training"))).toBe("consent-refused");
    expect(await codeOf(h.app.records.read({ record, purpose: "play" }))).toBe("record-restricted");
    expect(await h.app.records.status(record)).toMatchObject({ cause: "withdrawn" });
    const shown = { subject: kid, proof: await proof(h, kid, "review"), values: true };
    const told = await h.app.guardians.review(shown);
    expect(told).toMatchObject({ records: [{ status: "restricted", values: { handle: "ace" } }] });
    const reached = await h.agreed(kid, ["play"]);
    expect(await h.app.records.check({ subject: kid, collection: "scores", purpose: "play" })).toBe(
      "allowed",
    );
    expect((await h.app.consents.get(reached)).status).toBe("given");
  });

  test("is not got around by an exception, save for safety, the law and asking again", async () => {
    const h = await house({
      purposes: { play: { use: "service" }, safety: { use: "security" } },
    });
    const kid = await h.born("2016-02-03");
    await h.agreed(kid, ["play"]);
    const reply = (purpose: string, exception: "c4" | "c5") =>
      h.app.records.collect({
        ...{ subject: kid, collection: "contacts", purpose, exception },
        values: { email: "kid@example.org" },
      });
    const held = await reply("play", "c4");
    const refused = { subject: kid, proof: await proof(h, kid, "refuse-further") };
    await h.app.guardians.refuseFurther(refused);
    expect(await codeOf(reply("play", "c4"))).toBe("consent-refused");
    expect((await h.app.records.status(held)).status).toBe("restricted");
    await reply("safety", "c5");
    await h.agreed(kid, ["play"]);
    await reply("play", "c4");
    expect((await h.app.records.status(held)).status).toBe("admitted");
  });

  test("can be of one purpose, and then leaves the others; it outweighs the other parent", async () => {
    const h = await house();
    const { kid } = await family(h);
    await h.agreed(kid, ["training"], { contact: OTHER });
    const one = { subject: kid, proof: await proof(h, kid, "refuse-further") };
    await h.app.guardians.refuseFurther({ ...one, purposes: ["training"] });
    await h.score(kid);
    expect(await codeOf(h.score(kid, "training"))).toBe("consent-withdrawn");
    const unknown = { ...one, purposes: ["resale"] };
    expect(await codeOf(h.app.guardians.refuseFurther(unknown))).toBe("purpose-unknown");
  });
});

test("a deletion asked for by a proven parent is due as any other", async () => {
  const h = await house();
  const { kid, record } = await family(h);
  const asked = { subject: kid, proof: await proof(h, kid, "delete") };
  expect(await h.app.guardians.requestDeletion(asked)).toEqual({
    state: "done",
    due: { data: "2026-05-31" },
  });
  expect(await h.app.records.status(record)).toMatchObject({ cause: "deletion-requested" });
  expect(await codeOf(h.score(kid))).toBe("subject-suppressed");
});

describe("an answer proves one act, once", () => {
  test("an answer for one act is good for no other, and the other act is untouched", async () => {
    const h = await house();
    const { kid, record } = await family(h);
    const acts = {
      review: h.app.guardians.review,
      "refuse-further": h.app.guardians.refuseFurther,
      delete: h.app.guardians.requestDeletion,
    } as const;
    for (const asked of ["review", "refuse-further", "delete"] as const) {
      for (const [act, run] of Object.entries(acts)) {
        if (act === asked) continue;
        const crossed = { subject: kid, proof: await proof(h, kid, asked) };
        expect(await seen(run(crossed)), `${asked} for ${act}`).toEqual(REFUSED);
      }
    }
    expect((await h.app.records.status(record)).status).toBe("admitted");
    const own = { subject: kid, proof: await proof(h, kid, "review") };
    expect(await h.app.guardians.review(own)).toMatchObject({ state: "done" });
    expect(await seen(h.app.guardians.review(own))).toEqual(REFUSED);
  });

  test("an answer to a consent request proves no act, and an act's gives no consent", async () => {
    const h = await house();
    const { kid } = await family(h);
    const request = await h.ask(kid, ["play"]);
    const misused = { subject: kid, proof: { request, response: answerTo(h, request) } };
    expect(await seen(h.app.guardians.review(misused))).toEqual(REFUSED);
    const act = await proof(h, kid, "review");
    expect(await codeOf(h.app.consents.confirm(act))).toBe("challenge-unknown");
    expect(await codeOf(h.app.consents.resend(act.request))).toBe("challenge-unknown");
  });

  test("a late one proves nothing, and the request does not lapse once it was answered", async () => {
    const h = await house();
    const { kid } = await family(h);
    const late = await proof(h, kid, "review");
    h.days(14);
    expect(await seen(h.app.guardians.review({ subject: kid, proof: late }))).toEqual(REFUSED);
    expect((await h.app.requests.get(late.request)).status).toBe("expired");
    const good = await proof(h, kid, "review");
    await h.app.guardians.review({ subject: kid, proof: good });
    h.days(20);
    expect((await h.app.requests.get(good.request)).status).toBe("given");
    expect((await h.app.retention.sweep()).lapsed).not.toContain(good.request);
  });
});

describe("a stranger learns nothing", () => {
  test("an unknown person, one without a parent, another contact, a wrong answer: all alike", async () => {
    const h = await house();
    const { kid } = await family(h);
    const orphan = await h.born("2016-02-03");
    const refusedOnly = await h.born("2016-02-03");
    await h.answer(await h.ask(refusedOnly, ["play"]), { outcome: "refused" });
    const fraud = await h.born("2016-02-03");
    const never = await h.agreed(fraud, ["play"]);
    await h.app.consents.invalidate({ consent: never, reason: "not-the-parent" });
    const cases: readonly (readonly [string, SubjectId, string])[] = [
      ["unknown", NOBODY, PARENT],
      ["without a parent", orphan, PARENT],
      ["a parent who only refused", refusedOnly, PARENT],
      ["who turned out to be no parent", fraud, PARENT],
      ["another contact", kid, "stranger@example.org"],
    ];
    for (const act of ["review", "refuse-further", "delete"] as const) {
      const told: unknown[] = [];
      for (const [name, subject, contact] of cases) {
        const before = await h.events();
        const sentBefore = h.sent.length;
        const request = await asks(h, subject, act, contact);
        expect(request, name).toMatch(/^req_/);
        expect(h.sent.length, name).toBe(sentBefore);
        const response = answerTo(h, request);
        const run = {
          review: "review",
          "refuse-further": "refuseFurther",
          delete: "requestDeletion",
        };
        const verb = run[act] as "review";
        const answer = await seen(h.app.guardians[verb]({ subject, proof: { request, response } }));
        const view = await h.app.requests.get(request);
        told.push([answer, view, (await h.events()).slice(before.length)]);
      }
      // The parent's own contact, and an answer that is not theirs: the same again.
      const before = await h.events();
      const sentBefore = h.sent.length;
      const request = await asks(h, kid, act);
      expect(h.sent.length).toBe(sentBefore + 1);
      const response = { token: "guessed" };
      const run = {
        review: "review",
        "refuse-further": "refuseFurther",
        delete: "requestDeletion",
      };
      const verb = run[act] as "review";
      const answer = await seen(
        h.app.guardians[verb]({ subject: kid, proof: { request, response } }),
      );
      told.push([
        answer,
        await h.app.requests.get(request),
        (await h.events()).slice(before.length),
      ]);
      expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
      expect(told[0]).toEqual([
        REFUSED,
        { status: "requested", contact: "erased", consent: "" },
        [{ type: "guardian-asked", about: ["act", "method", "request", "subject"] }],
      ]);
    }
  });

  test("what cannot be sent is not told to the caller, and the ledger says it", async () => {
    const h = await house();
    const { kid } = await family(h);
    h.broken.mail = true;
    const before = (await h.events()).length;
    const request = await asks(h, kid, "review");
    expect(request).toMatch(/^req_/);
    expect((await h.events()).slice(before).map(({ type }) => type)).toEqual([
      "guardian-challenge-failed",
      "guardian-asked",
    ]);
    const proved = { request, response: answerTo(h, request) };
    expect(await seen(h.app.guardians.review({ subject: kid, proof: proved }))).toEqual(REFUSED);
    h.broken.mail = false;
    const again = { subject: kid, proof: await proof(h, kid, "review") };
    expect(await h.app.guardians.review(again)).toMatchObject({ state: "done" });
  });

  test("a no, somebody else's answer and a method that was not met prove nothing", async () => {
    const h = await house();
    const { kid } = await family(h);
    const scripts = [
      { outcome: "refused", reported: METHOD },
      { outcome: "not-a-parent", reported: METHOD },
      { outcome: "bounced" },
      { outcome: "verified" },
      { ...YES, conditions: { "returned-by": "in-app" } },
    ];
    for (const script of scripts) {
      const request = await asks(h, kid, "delete");
      const response = answerTo(h, request, script);
      const asked = { subject: kid, proof: { request, response } };
      expect(await seen(h.app.guardians.requestDeletion(asked))).toEqual(REFUSED);
    }
    expect((await h.app.subjects.get(kid)).records).toEqual({ admitted: 1 });
  });

  test("a mistake of the caller is said before anybody is looked for", async () => {
    const h = await house();
    const asked = { subject: NOBODY, act: "review", contact: PARENT, method: METHOD } as const;
    for (const odd of [{ act: "erase" }, { method: "owl" }, { contact: "" }]) {
      const given = { ...asked, ...odd } as typeof asked;
      expect(await codeOf(h.app.guardians.ask(given))).toBe("option-invalid");
    }
    await h.app.guardians.ask(asked);
  });
});
