import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { custody, emptyHouse, json, temporary, within } from "./house.js";

const COMMANDS = [
  [],
  ["init"],
  ["migrate"],
  ["store"],
  ["store", "copy"],
  ["store", "compare"],
  ["store", "scrub"],
  ["status"],
  ["policy"],
  ["policy", "print"],
  ["subject"],
  ["subject", "show"],
  ["explain"],
  ["trace"],
  ["order"],
  ["order", "open"],
  ["order", "due"],
  ["purge"],
  ["purge", "plan"],
  ["purge", "show"],
  ["purge", "approve"],
  ["purge", "run"],
  ["purge", "replay"],
  ["purge", "scrub"],
  ["certificate"],
  ["certificate", "issue"],
  ["certificate", "verify"],
  ["certificate", "statement"],
  ["attestation"],
  ["attestation", "issue"],
  ["attestation", "verify"],
  ["dataset"],
  ["dataset", "prove"],
  ["dataset", "verify-proof"],
  ["model"],
  ["model", "may-serve"],
  ["model", "show"],
  ["key"],
  ["key", "export"],
  ["receipt"],
  ["receipt", "show"],
  ["receipt", "verify"],
  ["ledger"],
  ["ledger", "checkpoint"],
  ["ledger", "verify"],
  ["doctor"],
];

test("the help of every command has examples and the exit codes", async () => {
  const folder = temporary();
  for (const command of COMMANDS) {
    const run = await within(folder, ...command, "--help");
    const name = command.join(" ");
    expect(run.code, name).toBe(0);
    expect(run.out, name).toContain(["Usage: custody", ...command].join(" "));
    expect(run.out, name).toContain("Examples:\n  $ custody ");
    for (const code of ["0", "1", "2", "3"]) expect(run.out, name).toContain(`\n  ${code}  `);
    expect(run.err, name).toBe("");
  }
});

test("the version is the package's", () => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const run = custody(temporary(), "--version");
  expect(run.out).toBe(`${JSON.parse(text).version}\n`);
  expect(run.code).toBe(0);
});

test.each([
  [["stauts"], "Did you mean status?", "option-unknown"],
  [["status", "--jsno"], "Did you mean --json?", "option-unknown"],
  [["purge", "aprove"], "Did you mean approve?", "option-unknown"],
  [["status", "more"], "too many arguments", "option-invalid"],
  [["subject", "show"], "missing required argument", "option-invalid"],
  [["certificate", "verify", "a"], "--key", "option-invalid"],
  [["purge", "approve", "a", "--name", "b"], "--title", "option-invalid"],
  [["trace", "a", "--format", "png"], "table, json, dot, mermaid", "option-invalid"],
  [["explain", "a"], "--purpose", "option-invalid"],
  [["policy", "print", "--page", "cookies"], "retention, practices, all", "option-invalid"],
  [["policy", "print", "--format", "pdf"], "markdown, html, json", "option-invalid"],
  [["policy", "print", "--adopted", "0"], "--adopted", "option-invalid"],
  [["receipt", "verify", "a"], "--key", "option-invalid"],
  [["purge"], "Usage: custody purge", "option-invalid"],
])(
  "a mistake on the command line is usage, said in both ways: %j",
  async (args, sentence, code) => {
    const folder = temporary();
    const plain = await within(folder, ...args);
    expect(plain.code).toBe(2);
    expect(plain.out).toBe("");
    expect(plain.err).toContain(sentence);
    const machine = await within(folder, ...args, "--json");
    expect(machine.code).toBe(2);
    expect(machine.err).toBe("");
    expect(json(machine)).toMatchObject({ error: { code, message: expect.any(String) } });
  },
);

test.each([
  [["subject", "show", "rec_01jd0000000000000000000000"]],
  [["subject", "show", "nobody"]],
  [["explain", "mod_01jd0000000000000000000000", "--purpose", "p"]],
  [["receipt", "show", "nobody"]],
  [["trace", "nobody"]],
  [["purge", "show", "sub_01jd0000000000000000000000"]],
  [["purge", "plan", "--order", "nobody"]],
  [["certificate", "issue", "nobody", "--name", "a", "--title", "b"]],
])("a wrong id is usage, and is not repeated: %j", async (args) => {
  const run = await within(temporary(), ...args, "--json");
  expect(run.code).toBe(2);
  expect(json(run)).toMatchObject({ error: { code: "id-invalid" } });
  expect(run.out).not.toContain("nobody");
});

test("the process says the same as the program inside it", async () => {
  const folder = temporary();
  for (const args of [["stauts"], ["status", "--jsno", "--json"], ["purge", "--help"], []]) {
    expect(custody(folder, ...args)).toEqual(await within(folder, ...args));
  }
});

test("a purge is planned for an order or for a subject, not for both and not for nothing", () => {
  const folder = emptyHouse();
  const order = ["--order", "ord_01jd0000000000000000000000"];
  const subject = ["--subject", "sub_01jd0000000000000000000000"];
  expect(json(custody(folder, "purge", "plan", "--json"))).toMatchObject({
    error: { code: "option-invalid" },
  });
  expect(json(custody(folder, "purge", "plan", ...order, ...subject, "--json"))).toMatchObject({
    error: { code: "option-invalid" },
  });
  expect(json(custody(folder, "purge", "plan", ...order, "--json"))).toMatchObject({
    error: { code: "not-found" },
  });
});

test("an order that makes no sense is refused at its path, before anything is opened", () => {
  const folder = temporary();
  const place = join(folder, "order.json");
  writeFileSync(place, JSON.stringify({ title: "t", citation: "c", opened: "2015-02-29" }));
  const run = custody(folder, "order", "open", "order.json", "--json");
  expect(run.code).toBe(2);
  expect(json(run)).toMatchObject({
    error: { code: "order-invalid", details: { path: "opened" } },
  });
  writeFileSync(place, "title: t\nopened: 2015-02-28\n");
  const yaml = custody(folder, "order", "open", "order.json", "--json");
  expect(yaml.code).toBe(2);
  expect(json(yaml)).toMatchObject({ error: { code: "order-invalid" } });
  for (const broken of ["title: [", "a: 1\na: 2\n", "a: &x [1]\nb: [*x, *x]\n"]) {
    writeFileSync(place, broken);
    const none = custody(folder, "order", "open", "order.json", "--json");
    expect(none.code).toBe(3);
    expect(json(none)).toMatchObject({ error: { code: "file-unreadable" } });
  }
});

test("an order file is made like a real order, never over another file, and is read again", () => {
  const folder = temporary();
  const listed = json(custody(folder, "order", "new", "--list", "--json"));
  expect(JSON.stringify(listed)).toContain('"everalbum"');
  const days = ["--opened", "2026-03-01"];
  const made = custody(folder, "order", "new", "--like", "kurbo", ...days, "--output", "k.yaml");
  expect(made.code).toBe(0);
  const text = readFileSync(join(folder, "k.yaml"), "utf8");
  expect(text).toContain("opened: 2026-03-01");
  expect(text).toMatch(/^# Modelled on: United States v\. Kurbo/);
  const again = custody(folder, "order", "new", "--like", "ring", "--output", "k.yaml", "--json");
  expect(json(again)).toMatchObject({ error: { code: "export-exists" } });
  const none = custody(folder, "order", "new", "--like", "nobody", "--json");
  expect(json(none)).toMatchObject({ error: { code: "option-invalid" } });
  // Read in full, it is refused for nothing but the store that is not there.
  const open = custody(folder, "order", "open", "k.yaml", "--json");
  expect(json(open)).toMatchObject({ error: { code: "config-invalid" } });
});
