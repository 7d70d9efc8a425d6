import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { openKeyringFile } from "../../src/adapters/keyring-file.js";
import { openSignerFile } from "../../src/adapters/signer-file.js";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { createCustody } from "../../src/index.js";
import { scriptedVerifier } from "../../src/testing/scripted-verifier.js";
import { custody, emptyHouse, json, policy, temporary, within } from "./house.js";

let home = "";
let consent = "";
/** A folder with a receipt and the public key, and nothing else. */
let folder = "";

beforeAll(async () => {
  home = emptyHouse();
  const at = (name: string) => join(home, name);
  const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
  const store = await openSqliteStore({ path: at("custody.db") });
  const places = { path: at("custody.keyring"), epochPath: at("custody.epoch") };
  const keyring = await openKeyringFile({ ...places, storeId: store.identity.id, random });
  const signer = await openSignerFile({ path: at("custody.key.json"), name: "privacy.example" });
  const forms = scriptedVerifier({ method: "signed-form" });
  const app = await createCustody({ policy, store, keyring, signer, verifiers: [forms] });
  const subject = await app.subjects.register();
  await app.notices.publish({ version: "v1", text: "Why.", covers: ["coaching", "training"] });
  const asked = { method: "signed-form", contact: "p@home.example" } as const;
  const request = await app.consents.request({ subject, purposes: ["coaching"], ...asked });
  const response = forms.answer(request, { outcome: "verified", reported: "signed-form" });
  consent = String((await app.consents.confirm({ request, response })).consent);
  await app.close();
  folder = temporary();
  const shown = await within(home, "receipt", "show", consent, "--jwt");
  writeFileSync(join(folder, "consent.jwt"), shown.out);
  writeFileSync(join(folder, "pub.json"), readFileSync(at("custody.pub.json")));
});

test("a receipt is shown for people and kept as a file, without a contact", async () => {
  const run = await within(home, "receipt", "show", consent);
  expect(run.code).toBe(0);
  expect(run.out).toContain("coaching  service   given");
  expect(run.out).toContain("health       P3Y");
  expect(run.out).not.toContain("home.example");
  const machine = json(await within(home, "receipt", "show", consent, "--json"));
  expect(machine).toMatchObject({ receipt: { receipt_id: consent, service: "Pace" } });
});

test("it verifies with the key alone, by a process of its own that opens no store", () => {
  const run = custody(folder, "receipt", "verify", "consent.jwt", "--key", "pub.json", "--json");
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(json(run)).toMatchObject({ verified: true, receipt: { receipt_id: consent } });
  expect(readdirSync(folder).sort()).toEqual(["consent.jwt", "pub.json"]);
});

test("a changed byte and another's key are findings, an unreadable key is none", async () => {
  const verify = (file: string, key: string) =>
    within(folder, "receipt", "verify", file, "--key", key, "--json");
  const jwt = readFileSync(join(folder, "consent.jwt"), "utf8");
  writeFileSync(
    join(folder, "changed.jwt"),
    jwt.replace(/.(?=\n$)/, (c) => (c === "A" ? "B" : "A")),
  );
  const changed = await verify("changed.jwt", "pub.json");
  expect(changed.code).toBe(1);
  expect(json(changed)).toMatchObject({ error: { code: "receipt-invalid" } });
  const other = readFileSync(join(emptyHouse(), "custody.pub.json"));
  writeFileSync(join(folder, "other.json"), other);
  expect((await verify("consent.jwt", "other.json")).code).toBe(1);
  writeFileSync(join(folder, "none.json"), "{}");
  const none = await verify("consent.jwt", "none.json");
  expect(none.code).toBe(3);
  expect(json(none)).toMatchObject({ error: { code: "file-unreadable" } });
  expect((await verify("consent.jwt", "pub.json")).code).toBe(0);
});
