import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { z } from "zod";
import { filesystem } from "../../src/adapters/filesystem.js";
import { openKeyringFile } from "../../src/adapters/keyring-file.js";
import { openSignerFile } from "../../src/adapters/signer-file.js";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { runProgram } from "../../src/cli/program.js";
import { createCustody, definePolicy, field } from "../../src/index.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Planted in what is collected; no command may ever print it. */
export const PLANTED_VALUE = "planted-nickname-7f3a";
export const PLANTED_EXTERNAL_ID = "planted-external-id-19c2";

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built program, as a process of its own. */
export function custody(folder: string, ...args: readonly string[]): Run {
  const ran = spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: "utf8" });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** The same program inside this process, for questions that need no process of their own. */
export async function within(folder: string, ...args: readonly string[]): Promise<Run> {
  let out = "";
  let err = "";
  const code = await runProgram(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    errIsTty: false,
    folder,
    now: Date.now,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  });
  return { code, out, err };
}

/** The one object that `--json` prints. */
export function json(run: Run): Record<string, unknown> {
  const lines = run.out.split("\n");
  if (lines.length !== 2 || lines[1] !== "") throw new Error(`not one line: ${run.out}`);
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "custody-cli-"));
  folders.push(folder);
  return folder;
}

export function emptyHouse(): string {
  const folder = temporary();
  const run = custody(folder, "init", "--name", "privacy.example");
  if (run.code !== 0) throw new Error(run.err);
  return folder;
}

export const policy = definePolicy({
  service: "Pace",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: {
    coaching: { use: "service" },
    training: { use: "first-party-training" },
  },
  collections: {
    profile: {
      retain: "P3Y",
      fields: {
        nickname: field(z.string(), "screen-name"),
        weightKg: field(z.number().positive(), "health"),
      },
    },
  },
});

export interface House {
  readonly folder: string;
  readonly subject: string;
  readonly record: string;
  readonly dataset: string;
  readonly model: string;
  readonly order: string;
}

/** A house with an adult, a record, a data set, its export, a model and the text of an order. */
export async function fullHouse(): Promise<House> {
  const folder = emptyHouse();
  const at = (name: string) => join(folder, name);
  const store = await openSqliteStore({ path: at("custody.db") });
  const storeId = store.identity.id;
  const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
  const places = { path: at("custody.keyring"), epochPath: at("custody.epoch") };
  const keyring = await openKeyringFile({ ...places, storeId, random });
  const signer = await openSignerFile({ path: at("custody.key.json"), name: "privacy.example" });
  const connectors = [filesystem({ root: at("files") })];
  const app = await createCustody({ policy, store, keyring, signer, connectors });
  try {
    const subject = await app.subjects.register({ externalId: PLANTED_EXTERNAL_ID });
    const birth = { kind: "birth-date", source: "sign-up-screen", value: "1980-01-02" } as const;
    await app.subjects.addEvidence({ subject, ...birth });
    const values = { nickname: PLANTED_VALUE, weightKg: 71.25 };
    const record = await app.records.collect({
      subject,
      collection: "profile",
      purpose: "training",
      values,
    });
    const dataset = (await app.datasets.seal({ name: "first", purpose: "training", select: {} }))
      .id;
    await app.datasets.export({ dataset, connector: "filesystem", ref: "first.jsonl" });
    const from = [{ id: dataset, relation: "trained-on" }] as const;
    const model = await app.models.begin({ name: "m", purpose: "training", from });
    writeFileSync(at("files/model.bin"), "weights");
    const digest = createHash("sha256").update("weights").digest("hex");
    await app.models.complete({
      model,
      digest,
      places: [{ connector: "filesystem", ref: "model.bin" }],
    });
    writeFileSync(at("order.json"), JSON.stringify(orderText(subject)));
    return { folder, subject, record, dataset, model, order: at("order.json") };
  } finally {
    await app.close();
  }
}

export function orderText(subject: string): object {
  return {
    title: "In re Pace",
    citation: "No. 1",
    opened: "2026-01-02",
    select: { subject },
    remedy: {
      data: { destroy: "P30D" },
      models: { relation: "in-whole-or-in-part", destroy: "P90D" },
      freeze: "immediately",
    },
  };
}

export function bytesOf(...places: readonly string[]): readonly Buffer[] {
  return places.map((place) => readFileSync(place));
}
