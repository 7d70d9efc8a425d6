import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { verifyCertificate } from "../../src/verify.js";
import { worldStores } from "../postgres-server.js";
import { codeOf, type StoreName, type World, world } from "../world.js";

const stores = await worldStores();

const KURBO = {
  title: "United States v. Kurbo, Inc. and WW International",
  citation: "N.D. Cal. 3:22-cv-00946-TSH",
  opened: "2022-03-03",
  select: { "band-at-collection": "child", basis: "none" },
  remedy: {
    data: { destroy: "P30D" },
    models: { relation: "in-whole-or-in-part", destroy: "P90D" },
    attest: { due: "P90D", form: "28-usc-1746" },
    freeze: "immediately",
  },
} as const;

let open: World[] = [];
afterEach(async () => {
  for (const w of open) await w.dispose();
  open = [];
});

async function trained(store: StoreName) {
  const w = await world({ store });
  open.push(w);
  const child = await w.born("2011-11-11");
  await w.agreed(child);
  const kept = await w.weigh(child, 36.5);
  const liar = await w.born("2007-05-05");
  const tainted = await w.weigh(liar, 47.125);
  const adult = await w.born("1980-01-05");
  await w.weigh(adult, 80);
  const set = await w.app.datasets.seal({
    name: "all",
    purpose: "training",
    select: { collection: "intake" },
  });
  const file = await w.app.datasets.export({
    dataset: set.id,
    connector: "filesystem",
    ref: "exports/all.jsonl",
  });
  const model = await w.app.models.begin({
    name: "nudge",
    purpose: "training",
    from: [{ id: set.id, relation: "trained-on" }],
  });
  writeFileSync(join(w.folder, "nudge.json"), '{"weights":[1,2,3]}');
  const digest = createHash("sha256").update('{"weights":[1,2,3]}').digest("hex");
  await w.app.models.complete({
    model,
    digest,
    places: [{ connector: "filesystem", ref: "nudge.json" }],
  });
  return { w, child, kept, liar, tainted, adult, set, file, model };
}

describe.each(stores)("the whole way on %s", (store) => {
  test("a statement changes nothing and a child's value is refused before it is stored", async () => {
    const w = await world({ store });
    open.push(w);
    const kid = await w.app.subjects.register({ timeZone: "America/Chicago" });
    const said = { subject: kid, kind: "statement", source: "sign-up-screen" } as const;
    const { band } = await w.app.subjects.addEvidence({
      ...said,
      claim: "adult-or-has-permission",
    });
    expect(band).toBe("unknown");
    expect(await codeOf(w.weigh(kid))).toBe("age-unknown");
    const found = { subject: kid, kind: "birth-date", source: "sign-up-screen" } as const;
    expect((await w.app.subjects.addEvidence({ ...found, value: "2011-01-02" })).band).toBe(
      "child",
    );
    expect(await codeOf(w.weigh(kid))).toBe("consent-required");
    await w.agreed(kid);
    const record = await w.weigh(kid, 31.5);
    expect(await w.app.records.read({ record, purpose: "coaching" })).toEqual({
      weightKg: 31.5,
      nickname: "otter",
    });
  });

  test("late discovery, order, freeze, purge, certificate", async () => {
    const { w, kept, liar, tainted, set, file, model } = await trained(store);
    expect(set.count).toBe(3);
    expect(file.lines).toBe(3);
    expect((await w.app.models.mayServe(model)).mayServe).toBe(true);

    const edit = {
      subject: liar,
      kind: "birth-date",
      source: "profile",
      value: "2010-05-05",
    } as const;
    const found = await w.app.subjects.addEvidence(edit);
    expect(found).toMatchObject({
      band: "child",
      knowledge: "actual",
      restricted: 1,
      suspect: [model],
    });
    expect((await w.app.models.mayServe(model)).mayServe).toBe(false);
    expect((await w.app.records.status(tainted)).status).toBe("restricted");
    expect((await w.app.records.status(kept)).status).toBe("admitted");

    w.clock.ms = Date.parse("2022-03-03T15:00:00Z");
    const order = await w.app.orders.open(KURBO);
    expect(order.due).toEqual({ data: "2022-04-02", models: "2022-06-01", attest: "2022-06-01" });
    expect(order).toMatchObject({ selected: 1, frozen: [model] });
    expect((await w.app.models.mayServe(model)).state).toBe("frozen");
    expect(await codeOf(w.app.records.read({ record: tainted, purpose: "coaching" }))).toBe(
      "record-tainted",
    );
    const below = await w.app.trace(order.id);
    expect(below).toMatchObject({ records: [tainted], datasets: [set.id], models: [model] });
    expect(below).toMatchObject({ artifacts: [], recipients: [] });
    expect(below.paths[model]).toEqual([order.id, set.id, model]);

    const { id: purge, plan } = await w.app.purges.plan({ order: order.id });
    expect(plan).toMatchObject({ records: 1, subjects: 1, models: [model], datasets: [set.id] });
    expect(await codeOf(w.app.purges.run(purge))).toBe("plan-unapproved");
    await w.app.purges.approve({ purge, by: { name: "Gina Halloran", title: "General Counsel" } });
    const signer = { name: "Gina Halloran", title: "General Counsel", human: true } as const;
    const issue = () => w.app.certificates.issue({ purge, signer, statement: "28-usc-1746" });
    expect(await codeOf(issue())).toBe("purge-incomplete");
    expect(await w.app.purges.run(purge)).toMatchObject({ state: "complete", open: [] });

    expect((await w.app.records.status(tainted)).status).toBe("erased");
    expect((await w.app.models.get(model)).state).toBe("destroyed");
    expect(existsSync(join(w.folder, "nudge.json"))).toBe(false);
    expect(existsSync(join(w.folder, "exports/all.jsonl"))).toBe(false);
    expect(await w.app.records.read({ record: kept, purpose: "coaching" })).toMatchObject({
      weightKg: 36.5,
    });

    const clean = await w.app.datasets.rebuild({ dataset: set.id, name: "clean" });
    expect(clean.count).toBe(2);
    const { jws } = await issue();
    const certificate = await verifyCertificate(jws, { keys: [await w.signer.publicJwk()] });
    const vault = certificate.places.filter((place) => place.connector === "vault");
    expect(vault.map((place) => place.level)).toEqual(["key-destroyed"]);
    expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
  });

  test("a plan is for what was selected: a change before the first run is refused, one approved again runs", async () => {
    const { w, liar } = await trained(store);
    const edit = {
      subject: liar,
      kind: "birth-date",
      source: "profile",
      value: "2010-05-05",
    } as const;
    await w.app.subjects.addEvidence(edit);
    const order = await w.app.orders.open(KURBO);
    const first = await w.app.purges.plan({ order: order.id });
    const by = { name: "Ada Quist", title: "Chief Executive Officer" };
    await w.app.purges.approve({ purge: first.id, by });
    const other = await w.born("2006-05-05");
    await w.weigh(other, 50.5);
    await w.app.subjects.addEvidence({ ...edit, subject: other });
    expect(await codeOf(w.app.purges.run(first.id))).toBe("plan-changed");
    const second = await w.app.purges.plan({ order: order.id });
    await w.app.purges.approve({ purge: second.id, by });
    expect(await w.app.purges.run(second.id)).toMatchObject({ state: "complete" });
  });

  test("a hold keeps its record, and the certificate names it", async () => {
    const { w, liar, tainted } = await trained(store);
    const edit = {
      subject: liar,
      kind: "birth-date",
      source: "profile",
      value: "2010-05-05",
    } as const;
    await w.app.subjects.addEvidence(edit);
    const hold = {
      records: [tainted],
      authority: "County Court 22-CIV-00871",
      instrument: "subpoena-7",
    };
    expect(await codeOf(w.app.holds.place({ ...hold, instrument: "" }))).toBe("hold-too-broad");
    await w.app.holds.place(hold);
    const order = await w.app.orders.open(KURBO);
    const { id: purge, plan } = await w.app.purges.plan({ order: order.id });
    expect(plan.retained.map((item) => item.record)).toEqual([tainted]);
    await w.app.purges.approve({ purge, by: { name: "A", title: "B" } });
    expect((await w.app.purges.run(purge)).state).toBe("complete");
    expect((await w.app.records.status(tainted)).status).toBe("held");
    const { jws } = await w.app.certificates.issue({
      purge,
      signer: { name: "A", title: "B", human: true },
      statement: "28-usc-1746",
    });
    const certificate = await verifyCertificate(jws, { keys: [await w.signer.publicJwk()] });
    expect(certificate.retained.map((item) => item.record)).toEqual([tainted]);
  });

  test("withdrawn marks later models, invalidated freezes them", async () => {
    const { w, model } = await trained(store);
    const two = await w.born("2012-12-12");
    const consent = await w.agreed(two);
    const record = await w.weigh(two, 33.5);
    const set = await w.app.datasets.seal({
      name: "two",
      purpose: "training",
      select: { subjects: [two] },
    });
    const mine = await w.app.models.begin({
      name: "two",
      purpose: "training",
      from: [{ id: set.id, relation: "trained-on" }],
    });
    await w.app.models.complete({ model: mine, digest: "a".repeat(64), places: [] });
    expect((await w.app.consents.revoke({ consent })).status).toBe("withdrawn");
    expect((await w.app.records.status(record)).status).toBe("restricted");
    expect(await w.app.models.mayServe(mine)).toMatchObject({
      mayServe: true,
      state: "since-withdrawn",
    });
    expect(
      await codeOf(
        w.app.models.begin({
          name: "again",
          purpose: "training",
          from: [{ id: set.id, relation: "trained-on" }],
        }),
      ),
    ).toBe("record-restricted");
    await w.app.consents.invalidate({ consent, reason: "not-the-parent" });
    expect((await w.app.records.status(record)).status).toBe("tainted");
    expect((await w.app.models.mayServe(mine)).mayServe).toBe(false);
    expect((await w.app.models.mayServe(model)).mayServe).toBe(true);
  });

  test("a person's own deletion takes record, evidence and export, and no model", async () => {
    const { w, child, kept, model } = await trained(store);
    const { id: purge } = await w.app.purges.plan({ subject: child });
    expect(await codeOf(w.app.records.read({ record: kept, purpose: "coaching" }))).toBe(
      "record-restricted",
    );
    await w.app.purges.approve({ purge, by: { name: "A", title: "B" } });
    expect(await w.app.purges.run(purge)).toMatchObject({ state: "complete" });
    expect(await codeOf(w.app.records.read({ record: kept, purpose: "coaching" }))).toBe(
      "record-erased",
    );
    expect(await codeOf(w.weigh(child))).toBe("subject-suppressed");
    expect(existsSync(join(w.folder, "exports/all.jsonl"))).toBe(false);
    expect((await w.app.models.get(model)).state).toBe("since-withdrawn");
    const jws = (
      await w.app.certificates.issue({ purge, signer: { name: "A", title: "B", human: true } })
    ).jws;
    await verifyCertificate(jws, { keys: [await w.signer.publicJwk()] });
    expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
  });
});

test("what is exported is only what may still be used, and the manifest says how many", async () => {
  const { w, child, set } = await trained("memory");
  const all = readFileSync(join(w.folder, "exports/all.jsonl"), "utf8");
  expect(all.split("\n").filter((line) => line.includes("weightKg"))).toHaveLength(3);
  const subject = await w.app.subjects.get(child);
  await w.app.consents.revoke({ consent: subject.consents[0]?.id as never });
  const later = await w.app.datasets.export({
    dataset: set.id,
    connector: "filesystem",
    ref: "later.jsonl",
  });
  expect(later.lines).toBe(2);
  const manifest = JSON.parse(readFileSync(join(w.folder, later.manifest), "utf8"));
  expect(manifest).toMatchObject({ sealed: 3, lines: 2, root: set.root });
  expect(
    await codeOf(
      w.app.datasets.export({ dataset: set.id, connector: "filesystem", ref: "later.jsonl" }),
    ),
  ).toBe("export-exists");
});

describe("an order's duty to destroy models outlives the records behind them", () => {
  test("a child deletes their data first: the order's plan still names the model, and the duty stays open", async () => {
    const { w, liar, model } = await trained("memory");
    const edit = {
      subject: liar,
      kind: "birth-date",
      source: "profile",
      value: "2010-05-05",
    } as const;
    await w.app.subjects.addEvidence(edit);
    const order = await w.app.orders.open(KURBO);
    const by = { name: "A", title: "B" };
    const own = await w.app.purges.plan({ subject: liar });
    await w.app.purges.approve({ purge: own.id, by });
    await w.app.purges.run(own.id);
    expect((await w.app.models.get(model)).state).toBe("frozen");
    const state = async (duty: string) =>
      (await w.app.orders.due()).find((one) => one.duty === duty)?.state;
    expect(await state("models")).not.toBe("done");
    const { id: purge, plan } = await w.app.purges.plan({ order: order.id });
    expect(plan).toMatchObject({ records: 0, models: [model] });
    await w.app.purges.approve({ purge, by });
    expect((await w.app.purges.run(purge)).state).toBe("complete");
    expect((await w.app.models.get(model)).state).toBe("destroyed");
    expect(existsSync(join(w.folder, "nudge.json"))).toBe(false);
    expect(await state("models")).toBe("done");
  });

  test("an order opened after the person was erased still reaches what was made from them", async () => {
    const { w, liar, model, tainted } = await trained("memory");
    const edit = {
      subject: liar,
      kind: "birth-date",
      source: "profile",
      value: "2010-05-05",
    } as const;
    await w.app.subjects.addEvidence(edit);
    const by = { name: "A", title: "B" };
    const own = await w.app.purges.plan({ subject: liar });
    await w.app.purges.approve({ purge: own.id, by });
    await w.app.purges.run(own.id);
    const order = await w.app.orders.open(KURBO);
    expect(order).toMatchObject({ selected: 1, frozen: [model] });
    expect((await w.app.trace(order.id)).records).toEqual([tainted]);
    const teens = { ...KURBO.select, "band-at-collection": "teen" } as const;
    const other = await w.app.orders.open({ ...KURBO, select: teens });
    expect(other.selected).toBe(0);
  });

  test("an order that keeps the data, or does not freeze, destroys the models all the same", async () => {
    for (const remedy of [
      { data: "keep", models: KURBO.remedy.models, freeze: "immediately" },
      { data: KURBO.remedy.data, models: KURBO.remedy.models },
    ] as const) {
      const { w, liar, tainted, model } = await trained("memory");
      const edit = {
        subject: liar,
        kind: "birth-date",
        source: "profile",
        value: "2010-05-05",
      } as const;
      await w.app.subjects.addEvidence(edit);
      const order = await w.app.orders.open({ ...KURBO, remedy });
      const { id: purge, plan } = await w.app.purges.plan({ order: order.id });
      expect(plan.models).toEqual([model]);
      await w.app.purges.approve({ purge, by: { name: "A", title: "B" } });
      await w.app.purges.run(purge);
      expect((await w.app.models.get(model)).state).toBe("destroyed");
      const { status } = await w.app.records.status(tainted);
      // What an order keeps it does not touch: the record is what the edit had made of it.
      expect(status).toBe(remedy.data === "keep" ? "restricted" : "erased");
    }
  });

  test("an order that keeps the models does not touch them, nor their bytes", async () => {
    const { w, liar, model } = await trained("memory");
    const edit = {
      subject: liar,
      kind: "birth-date",
      source: "profile",
      value: "2010-05-05",
    } as const;
    await w.app.subjects.addEvidence(edit);
    const order = await w.app.orders.open({
      ...KURBO,
      remedy: { ...KURBO.remedy, models: "keep" },
    });
    const { id: purge, plan } = await w.app.purges.plan({ order: order.id });
    expect(plan.models).toEqual([]);
    await w.app.purges.approve({ purge, by: { name: "A", title: "B" } });
    await w.app.purges.run(purge);
    // In doubt since the edit, and neither frozen nor destroyed by the order.
    expect((await w.app.models.get(model)).state).toBe("suspect");
    expect(existsSync(join(w.folder, "nudge.json"))).toBe(true);
  });

  test("unless: consent spares the record of whom a parent agreed for in time, and no model", async () => {
    const { w, liar, tainted, model } = await trained("memory");
    const edit = {
      subject: liar,
      kind: "birth-date",
      source: "profile",
      value: "2010-05-05",
    } as const;
    await w.app.subjects.addEvidence(edit);
    w.clock.ms = Date.parse("2022-03-03T15:00:00Z");
    const data = { destroy: "P30D", unless: "consent" } as const;
    const order = await w.app.orders.open({ ...KURBO, remedy: { ...KURBO.remedy, data } });
    const read = () => w.app.records.read({ record: tainted, purpose: "coaching" });
    expect(await codeOf(read())).toBe("record-tainted");
    w.clock.ms += 86_400_000;
    await w.agreed(liar, ["coaching"]);
    expect(await read()).toMatchObject({ weightKg: 47.125 });
    expect(await codeOf(w.app.records.read({ record: tainted, purpose: "training" }))).toBe(
      "consent-refused",
    );
    const { id: purge, plan } = await w.app.purges.plan({ order: order.id });
    expect(plan).toMatchObject({ records: 0, models: [model] });
    await w.app.purges.approve({ purge, by: { name: "A", title: "B" } });
    expect((await w.app.purges.run(purge)).state).toBe("complete");
    expect((await w.app.models.get(model)).state).toBe("destroyed");
    expect(await read()).toMatchObject({ weightKg: 47.125 });
  });

  test("a consent that comes after the data's day spares nothing", async () => {
    const { w, liar, tainted } = await trained("memory");
    const edit = {
      subject: liar,
      kind: "birth-date",
      source: "profile",
      value: "2010-05-05",
    } as const;
    await w.app.subjects.addEvidence(edit);
    const data = { destroy: "P30D", unless: "consent" } as const;
    const order = await w.app.orders.open({ ...KURBO, remedy: { ...KURBO.remedy, data } });
    w.clock.ms = Date.parse("2022-04-03T15:00:00Z");
    await w.agreed(liar, ["coaching"]);
    expect((await w.app.records.status(tainted)).status).toBe("tainted");
    expect((await w.app.purges.plan({ order: order.id })).plan.records).toBe(1);
  });
});

describe("taking back", () => {
  test("coaching alone withdrawn: the record stays, coaching is closed, the training model is not marked", async () => {
    const w = await world();
    open.push(w);
    const child = await w.born("2012-12-12");
    const consent = await w.agreed(child);
    const record = await w.weigh(child, 33.5);
    const set = await w.app.datasets.seal({ name: "one", purpose: "training", select: {} });
    const from = [{ id: set.id, relation: "trained-on" }] as const;
    const model = await w.app.models.begin({ name: "m", purpose: "training", from });
    await w.app.models.complete({ model, digest: "a".repeat(64), places: [] });
    await w.app.consents.revoke({ consent, purposes: ["coaching"] });
    expect((await w.app.records.status(record)).status).toBe("admitted");
    expect(await codeOf(w.app.records.read({ record, purpose: "coaching" }))).toBe(
      "consent-withdrawn",
    );
    expect((await w.app.models.get(model)).state).toBe("clean");
    await w.app.consents.revoke({ consent, purposes: ["training"] });
    expect((await w.app.models.get(model)).state).toBe("since-withdrawn");
    expect((await w.app.records.status(record)).status).toBe("restricted");
  });

  test("an older, superseded consent ends with the newer one, and alone when it is ended itself", async () => {
    const w = await world();
    open.push(w);
    const child = await w.born("2012-12-12");
    const first = await w.agreed(child);
    const record = await w.weigh(child, 33.5);
    const second = await w.agreed(child);
    const statuses = async () =>
      (await w.app.subjects.get(child)).consents.map(({ id, status }) => [id, status]);
    expect(await statuses()).toEqual([
      [first, "superseded"],
      [second, "given"],
    ]);
    expect((await w.app.records.status(record)).status).toBe("admitted");
    const third = await w.agreed(child);
    await w.app.consents.revoke({ consent: first });
    expect(await statuses()).toEqual([
      [first, "withdrawn"],
      [second, "superseded"],
      [third, "given"],
    ]);
    await w.app.consents.revoke({ consent: third });
    expect(await statuses()).toEqual([
      [first, "withdrawn"],
      [second, "withdrawn"],
      [third, "withdrawn"],
    ]);
  });
});
