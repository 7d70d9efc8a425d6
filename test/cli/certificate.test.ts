import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { custody, emptyHouse, fullHouse, json, type Run, temporary, within } from "./house.js";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));
const VERIFY = ["certificate", "verify", "purge.jws", "--key", "custody.pub.json"];
/** A folder with a certificate and the public key, and nothing else. */
let folder = "";
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  const house = await fullHouse();
  const keep = (...args: readonly string[]) => within(house.folder, ...args, "--json");
  const names = ["--name", "Ada Park", "--title", "Counsel"];
  const order = String(json(await keep("order", "open", house.order)).id);
  const purge = String(json(await keep("purge", "plan", "--order", order)).id);
  await keep("purge", "approve", purge, ...names);
  await keep("purge", "run", purge);
  await keep("certificate", "issue", purge, ...names, "--out", "purge.jws");
  folder = temporary();
  for (const name of ["purge.jws", "custody.pub.json"]) {
    writeFileSync(at(name), readFileSync(join(house.folder, name)));
  }
});

function failed(run: Run, code: number, expected: string | readonly string[]): void {
  expect(run.code).toBe(code);
  const { error } = json(run) as { readonly error: { readonly code: string } };
  expect([expected].flat()).toContain(error.code);
}

test("a certificate verifies with nothing but the key, and leaves nothing behind", () => {
  const run = custody(folder, ...VERIFY);
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toContain("Not proven by any certificate");
  expect(readdirSync(folder).sort()).toEqual(["custody.pub.json", "purge.jws"]);
});

test("a configuration that cannot be read does not matter to an auditor", () => {
  expect(custody(folder, ...VERIFY, "--config", "no-such.json").code).toBe(0);
});

test("a key list and a key set serve as well as a key; a line end at the end of the file too", async () => {
  const key = JSON.parse(readFileSync(at("custody.pub.json"), "utf8"));
  const other = JSON.parse(readFileSync(join(emptyHouse(), "custody.pub.json"), "utf8"));
  const jws = readFileSync(at("purge.jws"), "utf8");
  writeFileSync(at("purge.line.jws"), `${jws}\n`);
  for (const keys of [[other, key], { keys: [key] }]) {
    writeFileSync(at("keys.json"), JSON.stringify(keys));
    const args = ["certificate", "verify", "purge.line.jws", "--key", "keys.json", "--json"];
    expect((await within(folder, ...args)).code).toBe(0);
  }
  // Only a line end is taken off: what looks like one is a changed byte.
  for (const end of [" ", "\u000b", "\n\n", "\u2028"]) {
    writeFileSync(at("purge.line.jws"), `${jws}${end}`);
    const args = ["certificate", "verify", "purge.line.jws", "--key", "custody.pub.json"];
    expect((await within(folder, ...args)).code, JSON.stringify(end)).toBe(1);
  }
});

test("another issuer's key is a finding, by a process of its own", () => {
  writeFileSync(at("other.json"), readFileSync(join(emptyHouse(), "custody.pub.json")));
  const run = custody(
    folder,
    "certificate",
    "verify",
    "purge.jws",
    "--key",
    "other.json",
    "--json",
  );
  failed(run, 1, "certificate-wrong-key");
});

test("a certificate with any one byte changed does not verify", async () => {
  const jws = readFileSync(at("purge.jws"));
  for (const index of jws.keys()) {
    const flipped = Buffer.from(jws);
    flipped[index] = (flipped[index] ?? 0) ^ 1;
    writeFileSync(at("flipped.jws"), flipped);
    const args = ["certificate", "verify", "flipped.jws", "--key", "custody.pub.json"];
    const run = await within(folder, ...args);
    expect(run.code, `byte ${index}`).toBe(1);
    expect(run.out, `byte ${index}`).toBe("");
  }
  expect((await within(folder, ...VERIFY)).code).toBe(0);
});

test("a certificate that names no algorithm, an empty one and a text that is none are findings", async () => {
  const [, payload] = readFileSync(at("purge.jws"), "utf8").split(".");
  const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
  for (const text of [`${none}.${payload}.`, "", "certificate"]) {
    writeFileSync(at("bad.jws"), text);
    const args = ["certificate", "verify", "bad.jws", "--key", "custody.pub.json", "--json"];
    failed(await within(folder, ...args), 1, ["certificate-unsigned", "certificate-invalid"]);
  }
});

test("a file that is not there, or is no key, could not be looked at", async () => {
  const verify = (file: string, key: string) =>
    within(folder, "certificate", "verify", file, "--key", key, "--json");
  failed(await verify("no-such.jws", "custody.pub.json"), 3, "file-unreadable");
  failed(await verify("purge.jws", "no-such.json"), 3, "file-unreadable");
  failed(await verify("purge.jws", "purge.jws"), 3, "file-unreadable");
  failed(await verify(".", "custody.pub.json"), 3, "file-unreadable");
  for (const key of [{}, [], "key", null, { keys: [] }]) {
    writeFileSync(at("no-key.json"), JSON.stringify(key));
    failed(await verify("purge.jws", "no-key.json"), 3, "file-unreadable");
  }
  failed(custody(folder, ...VERIFY.with(2, "no-such.jws"), "--json"), 3, "file-unreadable");
});

test("a private key given as the key is refused, and nothing of it is printed", async () => {
  const secret = readFileSync(join(emptyHouse(), "custody.key.json"), "utf8");
  writeFileSync(at("secret.json"), secret);
  const args = ["certificate", "verify", "purge.jws", "--key", "secret.json", "--json"];
  const run = await within(folder, ...args);
  failed(run, 3, "file-unreadable");
  expect(run.out + run.err).not.toContain(JSON.parse(secret).d);
});

test("the verifying command believes verify.ts alone, and the program loads no database for it", () => {
  const own = imports(join(SOURCES, "cli/commands/certificate-verify.ts"));
  expect(own.map((file) => relative(SOURCES, file)).sort()).toEqual([
    "cli/call.ts",
    "cli/certificate-text.ts",
    "cli/help.ts",
    "cli/input-file.ts",
    "cli/key-file.ts",
    "cli/output.ts",
    "verify.ts",
  ]);
  const seen = new Set<string>();
  const ahead = [join(SOURCES, "cli/main.ts")];
  for (let file = ahead.pop(); file !== undefined; file = ahead.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    ahead.push(...loads(file));
  }
  const loaded = [...seen].map((file) => relative(SOURCES, file));
  expect(loaded).toContain("verify.ts");
  expect(loaded.filter((file) => file.startsWith("adapters/"))).toEqual([]);
});

/** Files of ours that a file names at its top, types included. */
function imports(file: string): readonly string[] {
  return named(file, readFileSync(file, "utf8"));
}

/** Those that are loaded with it: what is imported as a type is gone at run time. */
function loads(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  return named(file, text.replaceAll(/^(?:import|export) type [^;]*;$/gm, ""));
}

function named(file: string, text: string): readonly string[] {
  const found = text.matchAll(/^(?:import|export|\}) .*from "(\.[^"]+)\.js";$/gm);
  return [...found].map(([, path]) => `${resolve(dirname(file), path ?? "")}.ts`);
}
