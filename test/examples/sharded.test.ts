import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  averageOf,
  bytesOf,
  type Checkpoint,
  checkpointIn,
  learnSlice,
  type Row,
} from "../../examples/sharded/learner.js";

const HOME = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
/** Not where other tests build the examples: they may be doing so right now. */
const BUILT = join(".build", "sharded-test");
const EXAMPLE = join(HOME, BUILT, "sharded", "main.js");
const TELLING_MS_MAX = 120_000;

async function run(program: string, args: readonly string[]) {
  const ended = promisify(execFile)(process.execPath, [program, ...args], { cwd: HOME });
  return ended.then(
    ({ stdout, stderr }) => ({ exit: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      exit: error.code,
      stdout: error.stdout,
      stderr: error.stderr,
    }),
  );
}

describe("the example of a sharded model", () => {
  let scratch = "";
  let told = { exit: -1, stdout: "", stderr: "" };
  const files = new Map<string, string>();

  beforeAll(async () => {
    const tsc = join(HOME, "node_modules", "typescript", "bin", "tsc");
    const args = ["-p", join("examples", "tsconfig.json"), "--outDir", BUILT];
    expect((await run(tsc, args)).stdout).toBe("");
    scratch = await mkdtemp(join(tmpdir(), "custody-sharded-"));
    told = await run(EXAMPLE, ["--children", "80", "--dir", scratch]);
    const [only = ""] = await readdir(scratch);
    const models = join(scratch, only, "files", "models");
    for (const name of await readdir(models, { recursive: true })) {
      if (name.endsWith(".json")) files.set(name, await readFile(join(models, name), "utf8"));
    }
  }, TELLING_MS_MAX);

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  test("ends well, after every claim was checked", () => {
    expect(told.stderr).toBe("");
    expect(told.exit).toBe(0);
    expect(told.stdout).toContain("Byte for byte the same, and so are all 20 checkpoints.");
    expect(told.stdout).toContain("REFUSED, unlearning-approximate");
    expect(told.stdout.trimEnd()).toMatch(/All of it held\. Everything lies in .+$/);
  });

  test("trains one shard again, from the slice on at which the child entered", () => {
    const [, shard = "", first = ""] = /who lies in shard (\d), slice (\d)/.exec(told.stdout) ?? [];
    const again = [...files.keys()].filter((name) => /^second.shard/.test(name)).sort();
    const slices = [0, 1, 2, 3, 4].filter((slice) => slice >= Number(first));
    expect(again).toEqual(
      slices.map((slice) => join("second", `shard-${shard}`, `slice-${slice}.json`)),
    );
    const old = [...files.keys()].filter((name) => /^first.shard/.test(name));
    expect(old).toHaveLength(20 - slices.length);
    for (const name of again) expect(files.has(name.replace("second", "first"))).toBe(false);
  });

  test("prints the same digest for one shard again as for all from nothing, and no other", () => {
    const digest = (row: string): string =>
      new RegExp(`${row} +([0-9a-f]{32})`).exec(told.stdout)?.[1] ?? "";
    const again = digest("one shard trained again");
    expect(again).not.toBe("");
    expect(digest("all from nothing, without the child")).toBe(again);
    expect(digest("with the child")).not.toBe(again);
    expect(digest("resumed one checkpoint too late")).not.toBe(again);
    expect(digest("resumed one checkpoint too late")).not.toBe("");
  });

  test("names what was done again in figures", () => {
    const [, redone, of] = /answered: (\d+) of (\d+) record readings/.exec(told.stdout) ?? [];
    expect(Number(of)).toBe(158);
    expect(Number(redone)).toBeLessThan(158);
    expect(Number(redone)).toBeGreaterThan(0);
  });

  test("refuses an unknown option, and --help explains the known ones", async () => {
    for (const args of [["--childs", "9"], ["--children", "59"], ["--children", "many"], ["x"]]) {
      const ended = await run(EXAMPLE, args);
      expect(ended.exit, args.join(" ")).toBe(2);
      expect(ended.stderr).toContain("--children N");
    }
    expect(await run(EXAMPLE, ["--help"])).toMatchObject({ exit: 0, stderr: "" });
  });
});

describe("the learner of the example", () => {
  const rows = (from: number, count: number): readonly Row[] =>
    Array.from({ length: count }, (_, n) => ({
      ageYears: 7 + ((from + n) % 6),
      hoursSlept: 6 + ((from + n) % 9) / 2,
      minutesPractised: 5 + ((from + n) % 11) * 3,
      sumsPerMinute: 3 + ((from + n) % 13) / 2,
    }));
  const child: Row = { ageYears: 9, hoursSlept: 7.5, minutesPractised: 11, sumsPerMinute: 14 };
  const slices = [rows(0, 8), rows(8, 8), rows(16, 8)];
  const withChild = slices.map((slice, n) => (n === 1 ? [...slice, child] : slice));

  /** Through the bytes of each checkpoint, as a resumed training reads them. */
  function shard(of: readonly (readonly Row[])[], start?: string): readonly string[] {
    const done: string[] = [];
    const first = start === undefined ? 0 : checkpointIn(start).slice + 1;
    for (let slice = first; slice < of.length; slice += 1) {
      const before = done.at(-1) ?? start;
      const from = before === undefined ? undefined : checkpointIn(before);
      done.push(bytesOf(learnSlice(from, { shard: 0, slice }, of[slice] ?? [])));
    }
    return done;
  }

  test("gives the same bytes from the last clean checkpoint as from nothing", () => {
    const whole = shard(withChild);
    const without = shard(slices);
    expect(whole[0]).toBe(without[0]);
    expect(shard(slices, whole[0])).toEqual(without.slice(1));
  });

  test("gives other bytes with the child, and from a checkpoint that had read the child", () => {
    const whole = shard(withChild);
    const without = shard(slices);
    expect(whole.slice(1)).not.toContain(without[1]);
    expect(whole[2]).not.toBe(without[2]);
    expect(shard(slices, whole[1])).not.toEqual(without.slice(2));
    const end = (bytes: string | undefined): Checkpoint => checkpointIn(bytes ?? "");
    expect(averageOf([end(whole[2])])).not.toBe(averageOf([end(without[2])]));
  });

  test("learns something: its error falls", () => {
    const [first, last] = [shard(slices)[0], shard([...slices, ...slices, ...slices]).at(-1)];
    const error = (bytes: string | undefined): number => {
      const [one = 0, age = 0, slept = 0, practised = 0] = checkpointIn(bytes ?? "").weights;
      return slices.flat().reduce((sum, row) => {
        const guess =
          one +
          age * (row.ageYears - 10) * 0.25 +
          slept * (row.hoursSlept - 8) * 0.5 +
          practised * (row.minutesPractised - 20) * 0.0625;
        return sum + (row.sumsPerMinute - guess) ** 2;
      }, 0);
    };
    expect(error(last)).toBeLessThan(error(first));
  });
});
