import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { STEP_NAMES } from "../../src/flows/context.js";

const WAY = fileURLToPath(new URL("./children/way.mjs", import.meta.url));
/** Steps that pass several times: killed at a later pass as well. */
const AGAIN = ["collect:sealed", "seal:selected", "purge:step-intended", "purge:step-erased"];

interface Ended {
  readonly signal: string | null;
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function way(folder: string, kill = ""): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [WAY, folder, kill]);
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "custody-kill-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.concurrent("killed at a named step and run again, the end is the same", () => {
  let whole = "";
  beforeAll(async () => {
    const ended = await inFolder((folder) => way(folder));
    expect(ended.err).toBe("");
    whole = ended.out;
    const end = JSON.parse(whole);
    expect(end).toMatchObject({ ledger: true, model: "destroyed", files: [false, false] });
    expect(end.states).toEqual(["admitted", "erased", "admitted", "erased"]);
    expect(end.due).toEqual([true, false, true, false]);
    expect(end.keys).toEqual([true, false, true, false]);
    expect(end.run).toMatchObject({ state: "complete" });
  });

  const kills = [...STEP_NAMES.map((step) => `${step}#1`), ...AGAIN.map((step) => `${step}#2`)];
  test.each(kills)("%s", async (kill) => {
    await inFolder(async (folder) => {
      const killed = await way(folder, kill);
      expect(killed.signal, killed.err).toBe("SIGKILL");
      const resumed = await way(folder);
      expect(resumed.err).toBe("");
      expect(JSON.parse(resumed.out)).toEqual(JSON.parse(whole));
    });
  });
});
