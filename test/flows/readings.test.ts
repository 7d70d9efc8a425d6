import { describe, expect, test } from "vitest";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";

describe("a person read as a whole for one purpose", () => {
  test("is every record that a read gives, in the order in which they came in", async () => {
    const h = await house();
    const kid = await h.born("2016-02-03");
    const other = await h.born("2016-02-03");
    await h.agreed(kid, ["play"]);
    await h.agreed(other, ["play"], { contact: "q@example.org" });
    const first = await h.score(kid);
    await h.score(other);
    h.days(1);
    const second = await h.score(kid);
    const readings = await h.app.records.readAll({ subject: kid, purpose: "play" });
    expect(readings.map(({ record }) => record)).toEqual([first, second]);
    expect(readings[0]).toMatchObject({ collection: "scores", values: { handle: "ace" } });
  });

  test("leaves out what a read refuses, and says why where it would refuse all", async () => {
    const h = await house();
    const kid = await h.born("2016-02-03");
    const device = { collection: "devices", purpose: "stats", exception: "c7" } as const;
    await h.app.records.collect({ subject: kid, ...device, values: { device: "d" } });
    const read = (purpose: string) => h.app.records.readAll({ subject: kid, purpose });
    expect(await codeOf(read("play"))).toBe("exception-not-allowed");
    expect(await read("stats")).toHaveLength(1);
    const consent = await h.agreed(kid, ["play"]);
    await h.score(kid);
    expect(await read("play")).toHaveLength(1);
    await h.app.consents.revoke({ consent });
    expect(await codeOf(read("play"))).toBe("record-restricted");
    expect(await read("stats")).toHaveLength(1);
  });

  test("of whom nothing is held says whether the purpose is open", async () => {
    const h = await house();
    const kid = await h.born("2016-02-03");
    const read = (purpose: string) => h.app.records.readAll({ subject: kid, purpose });
    expect(await codeOf(read("play"))).toBe("consent-required");
    expect(await codeOf(read("resale"))).toBe("purpose-unknown");
    await h.agreed(kid, ["play"]);
    expect(await read("play")).toEqual([]);
    const odd = { subject: kid, purpose: "play", values: true };
    expect(await codeOf(h.app.records.readAll(odd))).toBe("option-unknown");
  });
});

describe("a deletion whose account is kept", () => {
  test("is about what was held when it was asked for, and not about what comes later", async () => {
    const h = await house();
    const kid = await h.born("2016-02-03");
    await h.agreed(kid, ["play"]);
    const old = await h.score(kid);
    await h.app.subjects.requestDeletion({ subject: kid, by: "parent", keepAccount: true });
    const fresh = await h.score(kid);
    expect((await h.app.records.status(old)).status).toBe("restricted");
    expect((await h.app.records.status(fresh)).status).toBe("admitted");
    const { id, plan } = await h.app.purges.plan({ subject: kid });
    expect(plan.records).toBe(1);
    await h.app.purges.approve({ purge: id, by: { name: "Robin Example", title: "Officer" } });
    expect((await h.app.purges.run(id)).state).toBe("complete");
    expect((await h.app.records.status(old)).status).toBe("erased");
    expect((await h.app.records.status(fresh)).status).toBe("admitted");
  });

  test("asked for again reaches what came in between, and moves no date", async () => {
    const h = await house();
    const kid = await h.born("2016-02-03");
    await h.agreed(kid, ["play"]);
    const ask = { subject: kid, by: "parent", keepAccount: true } as const;
    const first = await h.app.subjects.requestDeletion(ask);
    h.days(1);
    const between = await h.score(kid);
    expect((await h.app.records.status(between)).status).toBe("admitted");
    expect(await h.app.subjects.requestDeletion(ask)).toEqual(first);
    expect((await h.app.records.status(between)).status).toBe("restricted");
  });
});

describe("a deletion asked for once more", () => {
  test("has thirty days of its own once the first one is carried out, and not before", async () => {
    const h = await house();
    const kid = await h.born("2016-02-03");
    await h.agreed(kid, ["play"]);
    await h.score(kid);
    const ask = { subject: kid, by: "parent", keepAccount: false } as const;
    const first = await h.app.subjects.requestDeletion(ask);
    h.days(3);
    const { id } = await h.app.purges.plan({ subject: kid });
    await h.app.purges.approve({ purge: id, by: { name: "Robin Example", title: "Officer" } });
    expect(await h.app.subjects.requestDeletion(ask)).toEqual(first);
    expect((await h.app.purges.run(id)).state).toBe("complete");
    const again = await h.app.subjects.requestDeletion(ask);
    const later = (Date.parse(again.due.data) - Date.parse(first.due.data)) / 86_400_000;
    expect(later).toBe(3);
  });
});

describe("an answer to a parent's notice", () => {
  test("by somebody who is no parent is refused and leaves what was known", async () => {
    const h = await house({ purposes: { play: { use: "service" } } });
    const kid = await h.born("2016-02-03");
    const letter = { collection: "contacts", purpose: "play", exception: "c4" } as const;
    const values = { email: "k@example.org" };
    const record = await h.app.records.collect({ subject: kid, ...letter, values });
    const said = (outcome: "bounced" | "no-answer" | "not-a-parent") =>
      h.app.records.parentNotice({ record, outcome });
    await said("bounced");
    expect(await codeOf(said("not-a-parent"))).toBe("guardian-unverified");
    const read = () => h.app.records.read({ record, purpose: "play" });
    expect(await codeOf(read())).toBe("notice-undelivered");
    await said("no-answer");
    expect(await read()).toEqual(values);
  });
});
