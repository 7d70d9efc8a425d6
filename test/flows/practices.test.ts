import { describe, expect, test } from "vitest";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";

const ADVERTS = { use: "disclosure", for: "advertising", recipients: ["adnet"] } as const;

describe("a practice that begins to disclose", () => {
  test("ends the weak consents and leaves the strong one, and says which", async () => {
    const h = await house();
    const ann = await h.app.subjects.register();
    const weak = await h.agreed(ann, ["play", "stats"], { method: "email-plus" });
    const old = await h.score(ann);
    const ben = await h.app.subjects.register();
    const strong = await h.agreed(ben, ["play", "stats"]);
    const { invalidated } = await h.app.practices.change({ purpose: "stats", ...ADVERTS });
    expect(invalidated).toEqual([weak]);
    expect((await h.app.consents.get(weak)).status).toBe("invalidated");
    expect((await h.app.consents.get(strong)).status).toBe("given");
    expect((await h.app.records.status(old)).status).toBe("restricted");
    expect(await codeOf(h.score(ann))).toBe("consent-invalidated");
    await h.score(ben);
  });

  test("turns the weak methods off for new requests, which a processor does not", async () => {
    const h = await house();
    const ann = await h.app.subjects.register();
    const processor = { recipients: [{ name: "metrics", role: "processor" }] } as const;
    const { invalidated } = await h.app.practices.change({ purpose: "stats", ...processor });
    expect(invalidated).toEqual([]);
    await h.ask(ann, ["play"], { method: "email-plus" });
    await h.app.practices.change({ purpose: "stats", ...ADVERTS });
    expect(await codeOf(h.ask(ann, ["play"], { method: "email-plus" }))).toBe(
      "method-insufficient",
    );
    await h.ask(ann, ["play"]);
  });

  test("is judged by a notice of its own time: an older one named another use", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    await h.agreed(kid, ["play", "stats"]);
    const record = await h.score(kid);
    const hand = (id = record) =>
      h.app.disclosures.make({
        records: [id],
        recipient: "adnet",
        purpose: "stats",
        form: "hashed",
      });
    await h.app.practices.change({ purpose: "stats", ...ADVERTS });
    expect(await codeOf(hand())).toBe("notice-outdated");
    const covers = ["play", "stats", "training"];
    await h.app.notices.publish({ version: "v2", text: "Now with adverts.", covers });
    await h.agreed(kid, ["play", "stats"]);
    expect((await hand(await h.score(kid))).records).toBe(1);
    expect(await codeOf(hand())).toBe("notice-outdated");
  });

  test("a purpose that was never declared is no practice", async () => {
    const h = await house();
    expect(await codeOf(h.app.practices.change({ purpose: "resale", use: "marketing" }))).toBe(
      "purpose-unknown",
    );
    const nobody = h.app.practices.change({ purpose: "stats", use: "disclosure", recipients: [] });
    expect(await codeOf(nobody)).toBe("config/recipient-unnamed");
  });
});

describe("a recipient", () => {
  test("that the notice named is reached; one that joined later waits for a new notice", async () => {
    const captions = { use: "disclosure", for: "service", recipients: ["acme"] } as const;
    const h = await house({ purposes: { play: { use: "service" }, captions } });
    const kid = await h.app.subjects.register();
    await h.agreed(kid, ["play", "captions"]);
    const record = await h.score(kid);
    const to = (recipient: string) =>
      h.app.disclosures.make({ records: [record], recipient, purpose: "captions", form: "plain" });
    await to("acme");
    expect(await codeOf(to("bolt"))).toBe("purpose-forbidden");
    await h.app.practices.change({ purpose: "captions", recipients: ["acme", "bolt"] });
    await to("acme");
    expect(await codeOf(to("bolt"))).toBe("notice-outdated");
  });

  test("gets nothing on one yes for everything", async () => {
    const lab = { use: "disclosure", for: "ai-training", recipients: ["works"] } as const;
    const h = await house({ purposes: { play: { use: "service" }, lab } });
    const kid = await h.app.subjects.register();
    await h.answer(await h.ask(kid, ["play", "lab"]));
    const record = await h.score(kid);
    const hand = { recipient: "works", purpose: "lab", form: "plain" } as const;
    expect(await codeOf(h.app.disclosures.make({ ...hand, records: [record] }))).toBe(
      "separate-consent-required",
    );
    await h.agreed(kid, ["play", "lab"]);
    await h.app.disclosures.make({ ...hand, records: [await h.score(kid)] });
  });
});

describe("a practice that ends", () => {
  test("makes what was collected for it due at once, for that person alone", async () => {
    const h = await house();
    const emre = await h.app.subjects.register();
    const lale = await h.app.subjects.register();
    for (const one of [emre, lale]) await h.agreed(one, ["play", "stats"]);
    const gone = await h.score(emre);
    const other = await h.score(emre, "stats");
    const kept = await h.score(lale);
    expect((await h.app.retention.sweep()).erased).toEqual([]);
    await h.app.practices.change({ purpose: "play", ended: true, subject: emre });
    expect(await codeOf(h.app.records.read({ record: gone, purpose: "play" }))).toBe(
      "purpose-forbidden",
    );
    expect((await h.app.retention.sweep()).erased).toEqual([gone]);
    expect((await h.app.records.status(other)).status).toBe("admitted");
    expect((await h.app.records.status(kept)).status).toBe("admitted");
    expect(await codeOf(h.score(emre))).toBe("purpose-forbidden");
    await h.score(lale);
  });

  test("for everybody takes every record of the purpose and no other", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    await h.agreed(kid, ["play", "stats"]);
    const gone = await h.score(kid);
    const kept = await h.score(kid, "stats");
    await h.app.practices.change({ purpose: "play", ended: true });
    expect((await h.app.retention.sweep()).erased).toEqual([gone]);
    expect(await codeOf(h.app.records.read({ record: gone, purpose: "play" }))).toBe(
      "record-erased",
    );
    expect(await h.app.records.read({ record: kept, purpose: "stats" })).toEqual({ handle: "ace" });
  });

  test("can only end for one person, not change for one", async () => {
    const h = await house();
    const kid = await h.app.subjects.register();
    const change = h.app.practices.change({ purpose: "stats", subject: kid, ...ADVERTS });
    expect(await codeOf(change)).toBe("option-invalid");
  });
});
