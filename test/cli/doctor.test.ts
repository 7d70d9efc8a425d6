import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { custody, emptyHouse, fullHouse, json, type Run } from "./house.js";

interface Check {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

function checks(run: Run): ReadonlyMap<string, Check> {
  const list = json(run).checks as readonly Check[];
  return new Map(list.map((check) => [check.name, check]));
}

test("a new house is well in every respect", () => {
  const run = custody(emptyHouse(), "doctor", "--json");
  expect(run.code).toBe(0);
  for (const check of checks(run).values()) expect(check.state, check.name).toBe("ok");
  expect([...checks(run).keys()]).toEqual(
    expect.arrayContaining(["store", "journal", "keyring", "signing key", "ledger", "checkpoint"]),
  );
});

test("loose permissions are a finding, and the other looks are taken all the same", () => {
  const folder = emptyHouse();
  chmodSync(join(folder, "custody.keyring"), 0o640);
  const run = custody(folder, "doctor", "--json");
  expect(run.code).toBe(1);
  expect(checks(run).get("permissions custody.keyring")).toMatchObject({
    state: "finding",
    detail: "0640, must be 0600",
  });
  expect(checks(run).get("keyring")?.state).toBe("finding");
  expect(checks(run).get("ledger")?.state).toBe("ok");
});

test("a store that is not there could not be looked at, and nothing about it is ok", () => {
  const folder = emptyHouse();
  rmSync(join(folder, "custody.db"));
  const run = custody(folder, "doctor", "--json");
  expect(run.code).toBe(3);
  for (const name of ["store", "journal", "keyring", "ledger", "checkpoint", "places"]) {
    expect(checks(run).get(name)?.state, name).toBe("could-not-look");
  }
  expect(checks(run).get("signing key")?.state).toBe("ok");
});

test("a changed row is found by the doctor and by ledger verify, which names a sequence", async () => {
  const { folder } = await fullHouse();
  expect(custody(folder, "ledger", "verify").code).toBe(0);
  const db = new Database(join(folder, "custody.db"));
  db.prepare("UPDATE record SET erased_at = '2026-01-01T00:00:00.000Z'").run();
  db.close();
  const verdict = custody(folder, "ledger", "verify", "--json");
  expect(verdict.code).toBe(1);
  expect(json(verdict)).toMatchObject({ ok: false, seq: expect.any(Number) });
  const doctor = custody(folder, "doctor", "--json");
  expect(doctor.code).toBe(1);
  expect(checks(doctor).get("ledger")?.state).toBe("finding");
});

test("bytes that are said to be somewhere and are not are a finding", async () => {
  const { folder, model } = await fullHouse();
  custody(folder, "ledger", "checkpoint");
  const whole = custody(folder, "doctor", "--json");
  expect(checks(whole).get("places filesystem")).toMatchObject({ state: "ok" });
  expect(whole.code).toBe(0);
  rmSync(join(folder, "files/model.bin"));
  const run = custody(folder, "doctor", "--json");
  expect(run.code).toBe(1);
  expect(checks(run).get("places filesystem")?.detail).toContain(
    `1 not there any more (first: ${model})`,
  );
});

test("places of a connector that is not configured could not be looked at", async () => {
  const { folder } = await fullHouse();
  custody(folder, "ledger", "checkpoint");
  const names = { keyring: "custody.keyring", epoch: "custody.epoch", signer: "custody.key.json" };
  const config = { version: 1, store: "custody.db", ...names, issuer: "privacy.example" };
  writeFileSync(join(folder, "custody.json"), JSON.stringify(config));
  const run = custody(folder, "doctor", "--json");
  expect(run.code).toBe(3);
  expect(checks(run).get("places filesystem")?.state).toBe("could-not-look");
});

test("a ledger of some length without a checkpoint is a finding until one is made", async () => {
  const { folder } = await fullHouse();
  const before = custody(folder, "doctor", "--json");
  expect(checks(before).get("checkpoint")?.state).toBe("finding");
  expect(custody(folder, "ledger", "checkpoint").code).toBe(0);
  const after = custody(folder, "doctor", "--json");
  expect(checks(after).get("checkpoint")?.state).toBe("ok");
});
