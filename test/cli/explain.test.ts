import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openKeyringFile } from "../../src/adapters/keyring-file.js";
import { openSignerFile } from "../../src/adapters/signer-file.js";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { createCustody } from "../../src/index.js";
import { scriptedVerifier } from "../../src/testing/scripted-verifier.js";
import { emptyHouse, json, policy, within } from "./house.js";

const ASK = { collection: "profile", purpose: "training" } as const;
let folder = "";
let subject = "";
let record = "";
let consent = "";
/** What the client says to the same questions. */
const said: { refused?: object; allowed?: object; use?: object; check?: string; help?: unknown } =
  {};

beforeAll(async () => {
  folder = emptyHouse();
  const at = (name: string) => join(folder, name);
  const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
  const store = await openSqliteStore({ path: at("custody.db") });
  const places = { path: at("custody.keyring"), epochPath: at("custody.epoch") };
  const keyring = await openKeyringFile({ ...places, storeId: store.identity.id, random });
  const signer = await openSignerFile({ path: at("custody.key.json"), name: "privacy.example" });
  const forms = scriptedVerifier({ method: "signed-form" });
  const app = await createCustody({ policy, store, keyring, signer, verifiers: [forms] });
  const kip = await app.subjects.register({ externalId: "kip-17" });
  subject = kip;
  const birth = { kind: "birth-date", source: "parent", value: "2017-03-04" } as const;
  await app.subjects.addEvidence({ subject: kip, ...birth });
  await app.notices.publish({ version: "v1", text: "Why.", covers: ["coaching", "training"] });
  const purposes = ["coaching"] as const;
  const by = { method: "signed-form", contact: "p@home.example" } as const;
  const request = await app.consents.request({ subject: kip, purposes, ...by });
  const response = forms.answer(request, { outcome: "verified", reported: "signed-form" });
  consent = String((await app.consents.confirm({ request, response })).consent);
  const values = { weightKg: 30 };
  const asked = { subject: kip, collection: "profile" } as const;
  record = await app.records.collect({ ...asked, purpose: "coaching", values });
  said.refused = await app.records.explain({ subject: kip, ...ASK });
  said.check = await app.records.check({ subject: kip, ...ASK });
  said.allowed = await app.records.explain({ ...asked, purpose: "coaching" });
  said.use = await app.records.explain({ record: record as never, purpose: "training" });
  const thrown = app.records.collect({ ...asked, purpose: "training", values });
  said.help = await thrown.catch((error) => error.details.help);
  await app.close();
});

const ask = (...args: readonly string[]) => within(folder, "explain", ...args);

test("the program and the client say the same words to one question", async () => {
  const refused = await ask(subject, "--purpose", "training", "--collection", "profile", "--json");
  expect(refused.code).toBe(1);
  expect(json(refused)).toEqual(said.refused);
  expect(json(refused)).toMatchObject({ code: said.check, help: said.help });
  const allowed = await ask(subject, "--purpose", "coaching", "--collection", "profile", "--json");
  expect(allowed.code).toBe(0);
  expect(json(allowed)).toEqual(said.allowed);
  const use = await ask(record, "--purpose", "training", "--json");
  expect(json(use)).toEqual(said.use);
});

test("the text is the client's sentences, then ids, and nothing that was collected", async () => {
  const { sentences } = said.refused as { sentences: readonly string[] };
  const run = await ask(subject, "--purpose", "training", "--collection", "profile");
  expect(run.out.startsWith(`${sentences.join("\n")}\n\n`)).toBe(true);
  expect(run.out).toContain("by one of these methods: signed-form");
  const allowed = await ask(subject, "--purpose", "coaching");
  expect(allowed.out).toContain(`Allowed because consent ${consent} given 20`);
  for (const { out } of [run, allowed]) expect(out).not.toMatch(/2017-03|home\.example|kip-17/);
});

test("a person is found by the application's own id, and a stranger is not", async () => {
  const known = await ask("kip-17", "--purpose", "coaching", "--field", "weightKg", "--json");
  expect(json(known)).toMatchObject({ code: "field-unknown", subject });
  const fields = ["--collection", "profile", "--field", "weightKg", "nickname"];
  expect((await ask("kip-17", "--purpose", "coaching", ...fields)).code).toBe(0);
  const stranger = await ask("kip-18", "--purpose", "coaching", "--json");
  expect(stranger.code).toBe(2);
  expect(json(stranger)).toMatchObject({ error: { code: "id-invalid" } });
  expect(stranger.out).not.toContain("kip-18");
});

test("a record has its own collection: another is a mistake", async () => {
  const run = await ask(record, "--purpose", "training", "--collection", "profile", "--json");
  expect(run.code).toBe(2);
  expect(json(run)).toMatchObject({ error: { code: "option-invalid" } });
});
