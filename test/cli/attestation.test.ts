import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publicKeyPem } from "../../src/lib/public-key.js";
import { custody, fullHouse, type House, json, PLANTED_VALUE, within } from "./house.js";

let home: House;
let purge = "";
let certificate = "";
/** What an auditor has: the files, and no store. */
const folder = mkdtempSync(join(tmpdir(), "custody-auditor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  home = await fullHouse();
  const run = async (...args: readonly string[]) => {
    const ran = await within(home.folder, ...args, "--json");
    if (ran.code !== 0) throw new Error(ran.out + ran.err);
    return json(ran);
  };
  const { id: order } = await run("order", "open", home.order);
  purge = String((await run("purge", "plan", "--order", String(order))).id);
  const names = ["--name", "Ada Park", "--title", "Counsel"];
  await run("purge", "approve", purge, ...names);
  await run("purge", "run", purge);
  const sworn = ["--statement", "28-usc-1746"];
  const issued = await run("certificate", "issue", purge, ...names, ...sworn, "--out", at("p.jws"));
  certificate = String(issued.id);
  await run("certificate", "issue", purge, ...names, "--out", at("unsworn.jws"));
  writeFileSync(at("pub.json"), readFileSync(join(home.folder, "custody.pub.json")));
});

test("an attestation is issued to a file, and verified by a process that has no store", async () => {
  const args = ["--certificate", certificate, "--output", at("deletion.json")];
  const issued = await within(
    home.folder,
    "attestation",
    "issue",
    ...args,
    "--evidence",
    at("e.jws"),
  );
  expect(issued).toMatchObject({ code: 0, err: "" });
  expect(readFileSync(at("e.jws"), "utf8")).toBe(readFileSync(at("p.jws"), "utf8"));
  const before = readdirSync(folder).sort();
  const verify = ["attestation", "verify", "deletion.json", "--key", "pub.json"];
  const run = custody(folder, ...verify, "--json");
  expect(json(run)).toMatchObject({ verified: true, statement: { predicate: { certificate } } });
  expect(run.code).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(before);
  const spoiled = readFileSync(at("deletion.json"), "utf8").replace('"sig":"', '"sig":"A');
  writeFileSync(at("spoiled.json"), spoiled);
  const bad = await within(folder, ...verify.with(2, "spoiled.json"), "--json");
  expect(bad.code).toBe(1);
  expect(json(bad)).toMatchObject({ error: { code: "attestation-invalid" } });
});

test("a model purge is printed, and nothing is overwritten", async () => {
  const printed = await within(home.folder, "attestation", "issue", "--purge", purge);
  expect(printed.code).toBe(0);
  expect(JSON.parse(printed.out)).toHaveProperty("payloadType", "application/vnd.in-toto+json");
  writeFileSync(at("taken.json"), "mine");
  const args = ["attestation", "issue", "--purge", purge, "--output", at("taken.json"), "--json"];
  const refused = await within(home.folder, ...args);
  expect(json(refused)).toMatchObject({ error: { code: "export-exists" } });
  expect(readFileSync(at("taken.json"), "utf8")).toBe("mine");
});

test.each([
  [[], "option-invalid", 2],
  [["--purge", "prg_x", "--consent", "con_x"], "option-invalid", 2],
  [["--purge", "kip"], "id-invalid", 2],
  [["--certificate", `crt_${"0".repeat(26)}`], "not-found", 2],
] as const)("attestation issue %j is refused with %s", async (args, code, exit) => {
  const run = await within(home.folder, "attestation", "issue", ...args, "--json");
  expect(json(run)).toMatchObject({ error: { code } });
  expect(run.code).toBe(exit);
});

test("a proof of membership is made in the house and checked outside, in and out", async () => {
  const prove = ["dataset", "prove", home.dataset, home.record];
  const made = await within(home.folder, ...prove, "--output", at("proof.json"));
  expect(made.out).toContain("in the dataset as sealed");
  const proof = JSON.parse(readFileSync(at("proof.json"), "utf8"));
  expect(JSON.stringify(proof)).not.toContain(PLANTED_VALUE);
  const { statement } = json(
    custody(folder, "attestation", "verify", "deletion.json", "--key", "pub.json", "--json"),
  ) as { statement: { subject: { digest: Record<string, string> }[] } };
  const root = statement.subject[1]?.digest.custodyDatasetRoot ?? "";
  const check = (...args: readonly string[]) =>
    within(folder, "dataset", "verify-proof", ...args, "--json");
  const good = await check("proof.json", "--root", root);
  expect(json(good)).toEqual({
    verified: true,
    dataset: home.dataset,
    record: home.record,
    member: true,
    root,
  });
  writeFileSync(at("manifest.json"), JSON.stringify({ version: 1, root }));
  expect((await check("proof.json", "--manifest", "manifest.json")).code).toBe(0);
  writeFileSync(at("bad.json"), JSON.stringify({ ...proof, member: false }));
  const bad = await check("bad.json", "--root", root);
  expect(bad.code).toBe(1);
  expect(json(bad)).toMatchObject({ error: { code: "proof-invalid" } });
  for (const args of [[], ["--root", root, "--manifest", "manifest.json"], ["--root", "x"]]) {
    expect((await check("proof.json", ...args)).code).toBe(2);
  }
  writeFileSync(at("rootless.json"), "{}");
  expect((await check("proof.json", "--manifest", "rootless.json")).code).toBe(3);
});

test("the public key is written as PEM and as JWK, and never the private half", async () => {
  const jwk = JSON.parse(readFileSync(at("pub.json"), "utf8"));
  const pem = await within(home.folder, "key", "export");
  expect(pem.out).toBe(publicKeyPem(jwk));
  const again = custody(folder, "key", "export", "--key", "pub.json", "--output", "pub.pem");
  expect(again).toMatchObject({ code: 0, err: "" });
  expect(readFileSync(at("pub.pem"), "utf8")).toBe(pem.out);
  const asJwk = await within(home.folder, "key", "export", "--format", "jwk");
  expect(JSON.parse(asJwk.out)).toEqual(jwk);
  const secret = join(home.folder, "custody.key.json");
  const run = await within(folder, "key", "export", "--key", secret, "--format", "jwk");
  expect(run.out + run.err).not.toContain(JSON.parse(readFileSync(secret, "utf8")).d);
  expect((await within(home.folder, "key", "export", "--format", "der")).code).toBe(2);
  expect((await within(folder, "key", "export", "--key", "p.jws")).code).toBe(3);
  expect((await within(folder, "key", "export")).code).not.toBe(0);
});

test("the statement is a page with the facts above the words of 28 U.S.C. 1746", async () => {
  const statement = ["certificate", "statement", "p.jws", "--key", "pub.json"];
  const run = custody(folder, ...statement);
  expect(run.code).toBe(0);
  const words = run.out.replace(/\s+/g, " ");
  expect(words).toContain(
    "I declare under penalty of perjury under the laws of the United States of America that " +
      "the foregoing is true and correct. Executed on 2",
  );
  expect(words.indexOf("I am Ada Park, Counsel.")).toBeLessThan(words.indexOf("I declare"));
  expect(words).toContain("Nothing that was selected was kept.");
  expect(run.out.split("\n").every((line) => line.length <= 80)).toBe(true);
  const written = await within(folder, ...statement, "--output", "page.txt");
  expect(written.code).toBe(0);
  expect(readFileSync(at("page.txt"), "utf8")).toBe(run.out);
});

test("without a drafted statement, or changed by one character, there is no page to sign", async () => {
  const page = (file: string) =>
    within(
      folder,
      "certificate",
      "statement",
      file,
      "--key",
      "pub.json",
      "--output",
      "no.txt",
      "--json",
    );
  const unsworn = await page("unsworn.jws");
  expect(unsworn.code).toBe(1);
  expect(json(unsworn)).toMatchObject({ error: { code: "statement-incomplete" } });
  const jws = readFileSync(at("p.jws"), "utf8");
  writeFileSync(
    at("changed.jws"),
    jws.replace(/.$/, (last) => (last === "A" ? "B" : "A")),
  );
  expect((await page("changed.jws")).code).toBe(1);
  expect(existsSync(at("no.txt"))).toBe(false);
});
