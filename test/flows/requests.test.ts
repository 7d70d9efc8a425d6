import { describe, expect, test } from "vitest";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";

describe("a request that nobody answers", () => {
  test("lapses after fourteen days without a sweep, and its contact is erased", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const request = await h.ask(kid, ["play"]);
    h.days(13);
    expect(await h.app.requests.get(request)).toMatchObject({
      status: "requested",
      contact: "held",
    });
    h.days(1);
    expect(await codeOf(h.answer(request))).toBe("request-lapsed");
    expect(await h.app.requests.get(request)).toMatchObject({
      status: "expired",
      contact: "erased",
    });
    expect((await h.keyring.inspect(request)).live).toEqual([]);
    expect(await codeOf(h.score(kid))).toBe("consent-expired");
    expect((await h.answer(await h.ask(kid, ["play"]))).state).toBe("given");
  });

  test("is consent-expired from its day on, swept or not; never asked is consent-required", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const check = (purpose: string) =>
      h.app.records.check({ subject: kid, collection: "scores", purpose });
    expect(await codeOf(h.score(kid))).toBe("consent-required");
    await h.ask(kid, ["play"]);
    h.at("2026-05-15T11:59:59.999Z");
    expect(await codeOf(h.score(kid))).toBe("consent-required");
    expect(await check("play")).toBe("consent-required");
    h.at("2026-05-15T12:00:00.000Z");
    expect(await codeOf(h.score(kid))).toBe("consent-expired");
    expect(await check("play")).toBe("consent-expired");
    expect(await check("stats")).toBe("consent-required");
    await h.app.retention.sweep();
    expect(await codeOf(h.score(kid))).toBe("consent-expired");
  });

  test("is no answer: a no stays a no after it, and a yes a yes", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    await h.answer(await h.ask(kid, ["play"]), { outcome: "refused" });
    await h.ask(kid, ["play"]);
    h.days(15);
    expect(await codeOf(h.score(kid))).toBe("consent-refused");
    await h.agreed(kid, ["play"]);
    await h.ask(kid, ["play"]);
    h.days(15);
    const record = await h.score(kid);
    expect(await h.app.records.read({ record, purpose: "play" })).toEqual({ handle: "ace" });
  });

  test("is named where a record is used for what it asked for, and in what a seal leaves out", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    await h.agreed(kid, ["play"]);
    const record = await h.score(kid);
    const train = () => codeOf(h.app.records.read({ record, purpose: "training" }));
    const sealed = () =>
      h.app.datasets.seal({ name: "t", purpose: "training", select: { collection: "scores" } });
    expect(await train()).toBe("consent-out-of-scope");
    expect((await sealed()).excluded).toEqual({ "consent-out-of-scope": 1 });
    await h.ask(kid, ["training"]);
    expect(await train()).toBe("consent-out-of-scope");
    h.days(14);
    expect(await train()).toBe("consent-expired");
    expect((await sealed()).excluded).toEqual({ "consent-expired": 1 });
    expect((await h.app.records.status(record)).status).toBe("admitted");
  });

  test("is reported by one sweep and by no second one, even when it lapsed before it", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const request = await h.ask(kid, ["play"]);
    expect((await h.app.retention.sweep()).lapsed).toEqual([]);
    h.days(15);
    expect((await h.app.requests.get(request)).status).toBe("expired");
    expect((await h.app.retention.sweep()).lapsed).toEqual([request]);
    expect((await h.app.retention.sweep()).lapsed).toEqual([]);
  });

  test("an answered one does not lapse, and keeps the parent's contact", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const request = await h.ask(kid, ["play"]);
    await h.answer(request);
    h.days(30);
    expect((await h.app.retention.sweep()).lapsed).toEqual([]);
    expect(await h.app.requests.get(request)).toMatchObject({ status: "given", contact: "held" });
  });
});

describe("what a request is refused for", () => {
  const INDIA = {
    audience: "general",
    jurisdiction: "IN",
    regimes: ["india-dpdp"],
    purposes: { play: { use: "service" }, targeting: { use: "advertising" } },
  } as const;

  test("a purpose that is forbidden to a child, and not to a grown-up", async () => {
    const h = await house(INDIA);
    const dev = await h.born("2011-02-14");
    expect(await codeOf(h.ask(dev, ["targeting"]))).toBe("purpose-forbidden");
    await h.agreed(dev, ["play"]);
    const record = await h.score(dev);
    expect(await codeOf(h.app.records.read({ record, purpose: "targeting" }))).toBe(
      "purpose-forbidden",
    );
    expect(await codeOf(h.score(dev, "targeting"))).toBe("purpose-forbidden");
    const grown = await h.born("1990-02-14");
    await h.score(grown, "targeting");
  });

  test("an older notice, and not the newest", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const covers = ["play", "stats", "training"];
    const v2 = await h.app.notices.publish({ version: "v2", text: "Again.", covers });
    const asked = { subject: kid, purposes: ["play"], method: "signed-form" } as const;
    const on = (notice: typeof v2) =>
      h.app.consents.request({ ...asked, contact: "p@example.org", notice });
    expect(await codeOf(on(h.notice))).toBe("notice-outdated");
    await on(v2);
  });

  test("a choice that costs the game, and not one between services", async () => {
    const share = { use: "disclosure", for: "consideration", recipients: ["broker"] } as const;
    const purposes = { play: { use: "service" }, extra: { use: "service" }, share } as const;
    const h = await house({ purposes });
    const subject = await h.app.subjects.register();
    const asked = { subject, method: "signed-form", contact: "p@example.org" } as const;
    const whole = { ...asked, allOrNothing: true };
    expect(await codeOf(h.app.consents.request({ ...whole, purposes: ["play", "share"] }))).toBe(
      "conditioned-on-disclosure",
    );
    await h.app.consents.request({ ...asked, purposes: ["play", "share"] });
    await h.app.consents.request({ ...whole, purposes: ["play", "extra"] });
  });

  test("a regime that the policy does not list", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    expect(await codeOf(h.ask(kid, ["play"], { regime: "ny-cdpa" }))).toBe("option-invalid");
    await h.ask(kid, ["play"], { regime: "coppa" });
  });

  test("the unlisted method, while a vendor's flow is recorded as just that", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    expect(await codeOf(h.ask(kid, ["play"], { method: "unlisted" }))).toBe("method-insufficient");
    const card = await h.ask(kid, ["play"], { method: "payment-transaction" });
    const silent = { reported: undefined };
    expect(await codeOf(h.answer(card, silent, "payment-transaction"))).toBe("method-unreported");
    const flow = await h.ask(kid, ["play"], { method: "vendor-flow" });
    const { consent } = await h.answer(flow, silent, "vendor-flow");
    if (consent === undefined) throw new Error("no consent");
    expect((await h.app.consents.get(consent)).method).toBe("vendor-flow");
  });
});

describe("a notice", () => {
  test("that covers more is material whatever it says of itself; a correction is not", async () => {
    const h = await house();
    const correction = { text: "Comma.", material: false, reviewer: "Privacy desk" } as const;
    const covers = ["play", "stats", "training"];
    const narrow = await h.app.notices.publish({
      version: "v2",
      text: "Less.",
      covers: ["play"],
      categories: ["screen-name"],
    });
    const fixed = await h.app.notices.publish({
      ...correction,
      version: "v2.1",
      covers: ["play"],
      categories: ["screen-name"],
    });
    const wider = await h.app.notices.publish({ ...correction, version: "v3", covers });
    const material = async (id: string) =>
      (await h.store.get({ table: "document", kind: "notice", id }))?.body.material;
    expect(await material(narrow)).toBe(true);
    expect(await material(fixed)).toBe(false);
    expect(await material(wider)).toBe(true);
  });

  test("has to tell of every purpose declared, and of none that is not", async () => {
    const h = await house();
    await h.app.notices.check();
    const unknown = h.app.notices.publish({ version: "v2", text: "?", covers: ["resale"] });
    expect(await codeOf(unknown)).toBe("config/purpose-unknown");
    const silent = await house({}, ["play", "stats"]);
    expect(await codeOf(silent.app.notices.check())).toBe("config/notice-missing-purpose");
  });

  test("covers the categories of the values, not all that the collection could hold", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const told = { covers: ["play"], categories: ["screen-name"] } as const;
    await h.app.notices.publish({ version: "v2", text: "Names.", ...told });
    await h.agreed(kid, ["play"]);
    const record = await h.score(kid);
    expect(await h.app.records.read({ record, purpose: "play" })).toEqual({ handle: "ace" });
    const more = { subject: kid, collection: "scores", purpose: "play" } as const;
    const withAge = h.app.records.collect({ ...more, values: { handle: "ace", age: 8 } });
    expect(await codeOf(withAge)).toBe("notice-outdated");
  });
});
