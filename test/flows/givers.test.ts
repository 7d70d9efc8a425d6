import { describe, expect, test } from "vitest";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";

const FRANCE = {
  audience: "general",
  jurisdiction: "FR",
  regimes: ["gdpr-art8"],
  purposes: { fanmail: { use: "marketing" } },
} as const;

describe("the person's own consent", () => {
  test("counts beside the parent's in France below fifteen, and only there", async () => {
    const h = await house(FRANCE);
    const zoe = await h.born("2011-10-01");
    await h.agreed(zoe, ["fanmail"]);
    expect(await codeOf(h.score(zoe, "fanmail"))).toBe("consent-required");
    const request = await h.app.consents.request({
      subject: zoe,
      purposes: ["fanmail"],
      from: "subject",
    });
    const { consent, state } = await h.app.consents.agree({ request, grants: ["fanmail"] });
    expect(state).toBe("given");
    expect(await h.app.consents.get(consent)).toMatchObject({ from: "subject", method: "" });
    await h.score(zoe, "fanmail");
    const jan = await h.born("2011-10-01", "DE");
    await h.agreed(jan, ["fanmail"]);
    await h.score(jan, "fanmail");
  });

  test("has no contact and no method, and cannot answer a parent's request", async () => {
    const h = await house(FRANCE);
    const zoe = await h.born("2011-10-01");
    const own = { subject: zoe, purposes: ["fanmail"], from: "subject" } as const;
    expect(await codeOf(h.app.consents.request({ ...own, contact: "z@example.org" }))).toBe(
      "option-invalid",
    );
    expect(await codeOf(h.app.consents.request({ ...own, method: "signed-form" }))).toBe(
      "option-invalid",
    );
    const parents = await h.ask(zoe, ["fanmail"]);
    expect(await codeOf(h.app.consents.agree({ request: parents }))).toBe("guardian-unverified");
    const request = await h.app.consents.request(own);
    const { consent } = await h.app.consents.agree({ request, refuses: ["fanmail"] });
    expect((await h.app.consents.get(consent)).status).toBe("refused");
    expect(await codeOf(h.app.consents.agree({ request }))).toBe("state-conflict");
  });

  test("stays what it was when the person moves to where the age is higher", async () => {
    const h = await house(FRANCE);
    const lou = await h.born("2011-01-20");
    const request = await h.app.consents.request({
      subject: lou,
      purposes: ["fanmail"],
      from: "subject",
    });
    const { consent } = await h.app.consents.agree({ request });
    await h.score(lou, "fanmail");
    expect(await h.app.subjects.register({ subject: lou, jurisdiction: "NL" })).toBe(lou);
    expect(await codeOf(h.score(lou, "fanmail"))).toBe("consent-required");
    expect((await h.app.consents.get(consent)).status).toBe("given");
  });
});

describe("a school", () => {
  const SCHOOL = {
    regimes: ["coppa", "school-authorization"],
    purposes: { play: { use: "service" }, offers: { use: "advertising" } },
  } as const;
  const signed = { name: "Ana Ortiz", title: "Principal", attests: true };

  test("needs somebody who signs, and stands in for lessons only", async () => {
    const h = await house(SCHOOL);
    const subject = await h.app.subjects.register();
    const by = { subject, school: "Oak Elementary" };
    const { authorizeSchool } = h.app.consents;
    expect(await codeOf(authorizeSchool({ ...by, purposes: ["play"] }))).toBe(
      "school-representative-required",
    );
    const unsworn = { ...signed, attests: false };
    expect(
      await codeOf(authorizeSchool({ ...by, purposes: ["play"], representative: unsworn })),
    ).toBe("school-representative-required");
    const wide = { ...by, purposes: ["play", "offers"], representative: signed };
    expect(await codeOf(authorizeSchool(wide))).toBe("school-commercial-use");
    expect(await codeOf(h.score(subject))).toBe("consent-required");
    await authorizeSchool({ ...by, purposes: ["play"], representative: signed });
    const record = await h.score(subject);
    const read = h.app.records.read({ record, purpose: "offers" });
    expect(await codeOf(read)).toBe("consent-out-of-scope");
  });

  test("speaks for nobody where the pack is not in force", async () => {
    const h = await house();
    const subject = await h.app.subjects.register();
    const given = { subject, school: "Oak", representative: signed, purposes: ["play"] };
    expect(await codeOf(h.app.consents.authorizeSchool(given))).toBe("option-invalid");
  });
});

describe("two parents", () => {
  test("a refusal by one outweighs the other's yes, for what is held too", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    await h.agreed(kid, ["play"], { contact: "anna@example.org" });
    const record = await h.score(kid);
    const request = await h.ask(kid, ["play"], { contact: "ben@example.org" });
    await h.answer(request, { outcome: "refused" });
    expect(await codeOf(h.score(kid))).toBe("consent-refused");
    expect((await h.app.records.status(record)).status).toBe("restricted");
  });

  test("an answer that never was a parent's takes nothing from the other's yes", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const consent = await h.agreed(kid, ["play"], { contact: "bro@example.org" });
    const tainted = await h.score(kid);
    await h.app.consents.invalidate({ consent, reason: "not-the-parent" });
    expect(await codeOf(h.score(kid))).toBe("consent-invalidated");
    await h.agreed(kid, ["play"], { contact: "mum@example.org" });
    await h.score(kid);
    expect((await h.app.records.status(tainted)).status).toBe("tainted");
  });

  test("a newer yes takes the older one's place, of the same giver only, and ends with it", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const first = await h.agreed(kid, ["play"]);
    const record = await h.score(kid);
    await h.agreed(kid, ["play", "training"], { contact: "other@example.org" });
    expect((await h.app.consents.get(first)).status).toBe("given");
    const second = await h.agreed(kid, ["play", "training"]);
    expect((await h.app.consents.get(first)).status).toBe("superseded");
    expect(await codeOf(h.app.records.read({ record, purpose: "training" }))).toBe(
      "consent-out-of-scope",
    );
    await h.app.consents.revoke({ consent: second });
    expect((await h.app.consents.get(first)).status).toBe("withdrawn");
    expect((await h.app.records.status(record)).status).toBe("restricted");
  });

  test("withdrawn for some purposes only leaves the record admitted", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const consent = await h.agreed(kid, ["play", "training"]);
    const record = await h.score(kid);
    await h.app.consents.revoke({ consent, purposes: ["play"] });
    expect((await h.app.records.status(record)).status).toBe("admitted");
    const read = (purpose: string) => h.app.records.read({ record, purpose });
    expect(await codeOf(read("play"))).toBe("consent-withdrawn");
    expect(await read("training")).toEqual({ handle: "ace" });
    await h.app.consents.revoke({ consent, by: "regulator" });
    expect((await h.app.consents.get(consent)).status).toBe("revoked");
    expect((await h.app.records.status(record)).status).toBe("restricted");
  });
});

describe("a withdrawal for some purposes", () => {
  test("touches models where a training purpose is among them, and else none", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const consent = await h.agreed(kid, ["play", "stats", "training"]);
    await h.score(kid);
    const select = { collection: "scores" };
    const { id } = await h.app.datasets.seal({ name: "all", purpose: "training", select });
    const from = [{ id, relation: "trained-on" }] as const;
    const model = await h.app.models.begin({ name: "toss", purpose: "training", from });
    await h.app.models.complete({ model, digest: "a".repeat(64), places: [] });
    await h.app.consents.revoke({ consent, purposes: ["stats"] });
    expect((await h.app.models.get(model)).state).toBe("clean");
    await h.app.consents.revoke({ consent, purposes: ["training"] });
    expect((await h.app.models.get(model)).state).toBe("since-withdrawn");
  });
});

describe("California's second opt-in", () => {
  const ads = { use: "disclosure", for: "advertising", recipients: ["adnet"] } as const;
  const CALIFORNIA = {
    jurisdiction: "US-CA",
    regimes: ["coppa", "ccpa-minors"],
    purposes: { play: { use: "service" }, ads },
  } as const;
  const hand = { recipient: "adnet", purpose: "ads", form: "plain" } as const;

  test("comes on top of the federal consent and covers what is held", async () => {
    const h = await house(CALIFORNIA);
    const kid = await h.born("2014-01-09");
    await h.agreed(kid, ["play", "ads"]);
    const records = [await h.score(kid)];
    expect(await codeOf(h.app.disclosures.make({ ...hand, records }))).toBe("consent-required");
    await h.agreed(kid, ["ads"], { regime: "ccpa-minors" });
    await h.app.disclosures.make({ ...hand, records });
  });

  test("takes a card check only with money, which the federal consent does not ask", async () => {
    const h = await house(CALIFORNIA);
    const kid = await h.born("2014-01-09");
    const method = "payment-transaction" as const;
    const script = { conditions: { "holder-notified": true, monetary: false } };
    const federal = await h.ask(kid, ["ads"], { method, regime: "coppa" });
    expect((await h.answer(federal, script, method)).state).toBe("given");
    const state = await h.ask(kid, ["ads"], { method, regime: "ccpa-minors" });
    expect(await codeOf(h.answer(state, script, method))).toBe("method-insufficient");
    const paid = { conditions: { "holder-notified": true, monetary: true } };
    expect((await h.answer(state, paid, method)).state).toBe("given");
  });
});
