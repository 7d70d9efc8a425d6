import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { emailPlus } from "../../src/adapters/email-plus.js";
import { createCustody } from "../../src/custody.js";
import { CONFIG_CODES, CustodyError, FAULT_CODES, REFUSAL_CODES } from "../../src/errors.js";
import type { Progress } from "../../src/flows/context.js";
import { worldStores } from "../postgres-server.js";
import { policy, random, type World, world } from "../world.js";

const stores = await worldStores();

const WEIGHT = 41.2537;
const NICKNAME = "zanzibar-otter-seventeen";
const BIRTH = "2010-11-11";
const CONTACT = "wanda.parent@example.org";
const EXTERNAL = "external-user-4711-zz";
const PLANTED = [String(WEIGHT), NICKNAME, BIRTH, CONTACT, EXTERNAL] as const;
const CODES = new Set<string>([
  ...REFUSAL_CODES,
  ...FAULT_CODES,
  ...CONFIG_CODES.map((code) => `config/${code}`),
]);

/** Each planted value as text, in hex, and in base64 at each of the three places where it can begin. */
const NEEDLES = PLANTED.flatMap((text) => {
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.from(`${"x".repeat(shift)}${text}`)
      .toString("base64url")
      .slice(shift + 1, -3),
  );
  return [text, Buffer.from(text).toString("hex"), ...shifted].map((needle) => ({ text, needle }));
});

/** The planted values that stand in a text, however it was written down. */
function planted(text: string): readonly string[] {
  const found = NEEDLES.filter(({ needle }) => text.includes(needle)).map((hit) => hit.text);
  return [...new Set(found)];
}

let open: World[] = [];
afterEach(async () => {
  for (const w of open) await w.dispose();
  open = [];
});

async function child(w: World) {
  const subject = await w.app.subjects.register({ externalId: EXTERNAL, timeZone: "Asia/Tokyo" });
  const said = { subject, kind: "birth-date", source: "profile", session: "s1" } as const;
  await w.app.subjects.addEvidence({ ...said, value: BIRTH });
  const asked = { subject, method: "signed-form", contact: CONTACT } as const;
  const request = await w.app.consents.request({ ...asked, purposes: ["coaching", "training"] });
  const grants = ["coaching", "training"];
  const response = w.form.answer(request, { outcome: "verified", reported: "signed-form", grants });
  const { consent } = await w.app.consents.confirm({ request, response });
  if (consent === undefined) throw new Error("no consent");
  const record = await w.app.records.collect({
    subject,
    collection: "intake",
    purpose: "coaching",
    values: { weightKg: WEIGHT, nickname: NICKNAME },
  });
  return { subject, request, response, consent, record };
}

type Child = Awaited<ReturnType<typeof child>>;

async function trained(w: World) {
  const set = await w.app.datasets.seal({ name: "all", purpose: "training", select: {} });
  const export_ = { dataset: set.id, connector: "filesystem", ref: "exports/all.jsonl" };
  const file = await w.app.datasets.export(export_);
  const from = [{ id: set.id, relation: "trained-on" }] as const;
  const model = await w.app.models.begin({ name: "nudge", purpose: "training", from });
  writeFileSync(join(w.folder, "nudge.json"), "[1,2,3]");
  const digest = createHash("sha256").update("[1,2,3]").digest("hex");
  const places = [{ connector: "filesystem", ref: "nudge.json" }];
  await w.app.models.complete({ model, digest, places });
  return { set, file, model };
}

const KURBO = {
  title: "United States v. Kurbo, Inc.",
  citation: "N.D. Cal. 3:22-cv-00946-TSH",
  opened: "2021-03-03",
  select: { "band-at-collection": "child" },
  remedy: {
    data: { destroy: "P30D" },
    models: { relation: "in-whole-or-in-part", destroy: "P90D" },
    attest: { due: "P90D", form: "28-usc-1746" },
    freeze: "immediately",
  },
} as const;

/** Planted values where they do not belong: in place of every word, id, path, number and answer. */
function wrongCalls(w: World, one: Child): readonly (readonly [string, () => unknown])[] {
  // The types refuse all of it; what is sent anyway must be refused as silently.
  const app = w.app as unknown as Record<string, Record<string, (...given: unknown[]) => unknown>>;
  const calls: (readonly [string, () => unknown])[] = [];
  const call = (noun: string, verb: string, ...given: unknown[]) =>
    calls.push([`${noun}.${verb} ${inspect(given)}`, () => app[noun]?.[verb]?.(...given)]);
  const { subject, request, consent, record, response } = one;
  for (const text of PLANTED) {
    call("subjects", "register", { externalId: EXTERNAL, timeZone: text });
    call("subjects", "register", { externalId: EXTERNAL.repeat(60), jurisdiction: text });
    call("subjects", "register", text);
    call("subjects", "get", text);
    const said = { subject, kind: "birth-date", source: "profile" };
    call("subjects", "addEvidence", { ...said, subject: text });
    call("subjects", "addEvidence", { ...said, kind: text });
    call("subjects", "addEvidence", { ...said, source: text });
    call("subjects", "addEvidence", { ...said, occasion: text });
    call("subjects", "addEvidence", { ...said, value: `${text} 25:00` });
    call("subjects", "addEvidence", { ...said, kind: "age-range", lower: text });
    call("notices", "publish", { version: "v1", text, covers: ["coaching"] });
    call("notices", "publish", { version: "v2", text: "Hello.", covers: [text] });
    call("notices", "publish", { version: "v2", text: "Hello.", covers: [], categories: [text] });
    const asked = { subject, purposes: ["coaching"], method: "signed-form", contact: CONTACT };
    call("consents", "request", { ...asked, subject: text });
    call("consents", "request", { ...asked, purposes: [text] });
    call("consents", "request", { ...asked, purposes: text });
    call("consents", "request", { ...asked, method: text });
    call("consents", "request", { ...asked, notice: text });
    call("consents", "request", { ...asked, regime: text });
    call("consents", "request", { ...asked, contact: text.repeat(60) });
    call("consents", "request", { ...asked, method: "text-plus" });
    call("consents", "resend", text);
    call("consents", "confirm", { request: text, response });
    call("consents", "confirm", { request, response: { token: text } });
    call("consents", "confirm", { request, response: { token: { text } } });
    call("consents", "confirm", { request, response });
    call("consents", "revoke", { consent: text });
    call("consents", "revoke", { consent, by: text });
    call("consents", "invalidate", { consent, reason: text });
    call("consents", "receipt", text);
    const values = { weightKg: WEIGHT, nickname: NICKNAME };
    const taken = { subject, collection: "intake", purpose: "coaching", values };
    call("records", "collect", { ...taken, values: { weightKg: text } });
    call("records", "collect", { ...taken, values: { weightKg: -WEIGHT } });
    call("records", "collect", { ...taken, values: { nickname: [text] } });
    call("records", "collect", { ...taken, values: { nickname: text.repeat(50_000) } });
    call("records", "collect", { ...taken, values: { ...values, [text]: text } });
    call("records", "collect", { ...taken, values: text });
    call("records", "collect", { ...taken, subject: text });
    call("records", "collect", { ...taken, collection: text });
    call("records", "collect", { ...taken, purpose: text });
    call("records", "collect", { ...taken, exception: text });
    call("records", "collect", { ...taken, consent: text });
    call("records", "collect", { ...taken, taken: text });
    call("records", "collect", { ...taken, source: text.repeat(60) });
    call("records", "read", { record: text, purpose: "coaching" });
    call("records", "read", { record, purpose: text });
    call("records", "status", text);
    call("records", "check", { subject: text, collection: "intake", purpose: "coaching" });
    const from = [{ id: text, relation: "trained-on" }];
    call("datasets", "seal", { name: "x", purpose: text, select: {} });
    call("datasets", "seal", { name: "x", purpose: "training", select: text });
    call("datasets", "export", { dataset: text, connector: "filesystem", ref: "x" });
    call("datasets", "prove", { dataset: text, record });
    call("datasets", "rebuild", { dataset: text, name: "x" });
    call("models", "begin", { name: "x", purpose: text, from });
    call("models", "begin", { name: "x", purpose: "training", from });
    call("models", "begin", { name: "x", purpose: "training", from: text });
    call("models", "complete", { model: text, digest: "a".repeat(64), places: [] });
    call("models", "complete", { model: text, digest: text, places: [] });
    call("models", "get", text);
    call("models", "clear", {
      model: text,
      by: { name: "A", title: "B", human: true },
      reason: "x",
    });
    call("models", "report", { name: "x", digest: text, places: [] });
    call("models", "report", { name: "x", digest: "a".repeat(64), places: [text] });
    const derive = { name: "x", relation: "copied", from: [record] };
    call("artifacts", "derive", { ...derive, from: [text] });
    call("artifacts", "derive", { ...derive, from: text });
    call("artifacts", "derive", { ...derive, relation: text });
    call("artifacts", "derive", { ...derive, kind: text, tagged: text });
    call("artifacts", "derive", { ...derive, deidentified: text });
    call("artifacts", "derive", { ...derive, places: [{ connector: text, ref: text }] });
    call("artifacts", "get", text);
    call("datasets", "status", text);
    call("orders", "open", { ...KURBO, opened: `${text} 25:00` });
    call("orders", "open", { ...KURBO, select: { basis: text } });
    call("orders", "open", { ...KURBO, remedy: { data: text } });
    call("orders", "open", { title: text });
    call("holds", "place", { records: [text], authority: "Court", instrument: "x" });
    call("holds", "place", { records: text, authority: "Court", instrument: "x" });
    call("holds", "release", text);
    call("purges", "plan", { subject: text });
    call("purges", "plan", { order: text });
    call("attestations", "issue", { purge: text });
    call("attestations", "issue", { certificate: text });
    call("attestations", "issue", { consent: text });
    call("purges", "approve", { purge: text, by: { name: "A", title: "B" } });
    call("purges", "run", text);
    const signer = { name: "A", title: "B", human: true };
    call("certificates", "issue", { purge: text, signer });
    call("certificates", "get", text);
    calls.push([`trace ${text}`, () => (w.app.trace as (from: string) => unknown)(text)]);
  }
  return calls;
}

/** Everything a log could show of an error. */
function faces(error: CustodyError): string {
  const { message, stack, details } = error;
  const parts = [message, stack, JSON.stringify(details), JSON.stringify(error), String(error)];
  return [...parts, inspect(error, { depth: 10 })].join("\n");
}

async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Every row with its name, and every ledger entry, as text. */
async function kept(w: World): Promise<readonly (readonly [string, string])[]> {
  const texts: (readonly [string, string])[] = [];
  for await (const { row, event } of w.store.everything()) {
    texts.push([`row of ${event}`, JSON.stringify(row)]);
  }
  for await (const { seq, bytes } of w.store.entries(0)) {
    texts.push([`entry ${seq}`, Buffer.from(bytes).toString("utf8")]);
  }
  return texts;
}

const partsOf = (jws: string): string =>
  jws
    .split(".")
    .map((part) => Buffer.from(part, "base64url").toString("utf8"))
    .join("\n");

describe.each(stores)("on %s", (store) => {
  test("no error says what it was given", async () => {
    const w = await world({ store });
    open.push(w);
    const one = await child(w);
    const seen = new Set<string>();
    const faults: string[] = [];
    for (const [name, call] of wrongCalls(w, one)) {
      const error = await thrownBy(call);
      if (error === undefined) faults.push(`not refused: ${name}`);
      else if (!(error instanceof CustodyError)) faults.push(`no code: ${name}: ${error}`);
      else {
        if (!CODES.has(error.code)) faults.push(`not a code: ${error.code}`);
        for (const value of planted(faces(error))) faults.push(`${error.code}: ${value}: ${name}`);
        seen.add(error.code);
      }
    }
    expect(faults).toEqual([]);
    expect(seen.size).toBeGreaterThan(12);
    expect((await kept(w)).flatMap(([name, text]) => planted(text).map((v) => [name, v]))).toEqual(
      [],
    );
  });

  test("no row, entry, receipt, progress call or certificate holds a value; export and read do", async () => {
    const calls: Progress[] = [];
    const w = await world({ store, progress: (progress) => void calls.push(progress) });
    open.push(w);
    const { app } = w;
    const one = await child(w);
    const { set, file, model } = await trained(w);
    const shown: (readonly [string, string])[] = [];
    const show = (name: string, what: unknown) =>
      shown.push([name, typeof what === "string" ? what : JSON.stringify(what)]);

    show("receipt", partsOf(await app.consents.receipt(one.consent)));
    show("subject", await app.subjects.get(one.subject));
    const asked = { subject: one.subject, collection: "intake", purpose: "coaching" } as const;
    show("explanation", await app.records.explain(asked));
    show("status", await app.records.status(one.record));
    show("proof", await app.datasets.prove({ dataset: set.id, record: one.record }));
    show("trace", await app.trace(one.subject));
    show("exported", file);
    show("manifest", readFileSync(join(w.folder, file.manifest), "utf8"));
    shown.push(...(await kept(w)));

    const lines = readFileSync(join(w.folder, file.ref), "utf8");
    expect(planted(lines)).toEqual([String(WEIGHT), NICKNAME]);
    const read = await app.records.read({ record: one.record, purpose: "coaching" });
    expect(planted(JSON.stringify(read))).toEqual([String(WEIGHT), NICKNAME]);

    const order = await app.orders.open(KURBO);
    show("order", order);
    const { id: purge, plan } = await app.purges.plan({ order: order.id });
    show("plan", plan);
    await app.purges.approve({ purge, by: { name: "Gina Halloran", title: "General Counsel" } });
    show("run", await app.purges.run(purge));
    const signer = { name: "Gina Halloran", title: "General Counsel", human: true } as const;
    const issued = await app.certificates.issue({ purge, signer, statement: "28-usc-1746" });
    show("certificate", `${issued.jws}\n${partsOf(issued.jws)}`);
    for (const input of [{ purge }, { certificate: issued.id }, { consent: one.consent }]) {
      show("attestation", (await app.attestations.issue(input)).statement);
    }
    show("checkpoint", await app.ledger.checkpoint());
    show("model", await app.models.get(model));
    show("verdict", await app.ledger.verify());
    show("duties", await app.orders.due());
    show("progress", calls);
    shown.push(...(await kept(w)));

    expect(new Set(calls.map(({ step }) => step.split(":")[0]))).toEqual(
      new Set(["collect", "seal", "purge"]),
    );
    const leaks = shown.flatMap(([name, text]) =>
      planted(text).map((value) => `${name}: ${value}`),
    );
    expect(leaks).toEqual([]);
    expect(planted(partsOf(issued.jws))).toEqual([]);
    expect(partsOf(issued.jws)).toContain(purge);
  });
});

test("a verifier that cannot send names the request and not the parent", async () => {
  const w = await world();
  open.push(w);
  const verifier = emailPlus({
    transport: { host: "127.0.0.1", port: 1 },
    from: "privacy@pace.example",
    linkBase: "https://pace.example/consent",
    secret: random(32),
  });
  const { store, keyring, signer } = w;
  const app = await createCustody({ policy, store, keyring, signer, verifiers: [verifier] });
  const subject = await app.subjects.register({ externalId: EXTERNAL });
  const asked = { subject, method: "email-plus", purposes: ["coaching"] } as const;
  for (const contact of [CONTACT, `${CONTACT}, other@example.org`, NICKNAME]) {
    const error = await thrownBy(() => app.consents.request({ ...asked, contact }));
    expect(error).toMatchObject({ code: "verifier-failed" });
    expect(planted(faces(error as CustodyError))).toEqual([]);
  }
  expect((await kept(w)).flatMap(([, text]) => planted(text))).toEqual([]);
});

test("the search finds a value in whichever way it was written down", () => {
  for (const text of PLANTED) {
    expect(planted(`a ${text} b`)).toEqual([text]);
    expect(planted(Buffer.from(text).toString("hex"))).toEqual([text]);
    for (const before of ["", "a", "ab", "abc"]) {
      const wrapped = JSON.stringify({ before, text });
      expect(planted(Buffer.from(wrapped).toString("base64url")), before).toEqual([text]);
    }
    expect(planted(faces(new CustodyError("not-found", { kind: "subject", id: text })))).toEqual([
      text,
    ]);
    const cause = new Error(text);
    expect(planted(faces(new CustodyError("conflict", {}, { cause })))).toEqual([text]);
  }
  expect(planted("nothing of the kind, 41.25 and 2010-11-12")).toEqual([]);
});
