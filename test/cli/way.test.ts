import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import {
  custody,
  fullHouse,
  type House,
  json,
  orderText,
  PLANTED_EXTERNAL_ID,
  PLANTED_VALUE,
  type Run,
  temporary,
} from "./house.js";

let house: House;
const runs: Run[] = [];
let order = "";
let purge = "";

function run(...args: readonly string[]): Run {
  const ran = custody(house.folder, ...args);
  runs.push(ran);
  return ran;
}

/** Both forms of one question. */
function asked(...args: readonly string[]): { readonly text: string; readonly json: object } {
  const plain = run(...args);
  const machine = run(...args, "--json");
  expect(plain.err).toBe("");
  expect(plain.code).toBe(machine.code);
  return { text: plain.out, json: json(machine) };
}

beforeAll(async () => {
  house = await fullHouse();
});

test("status counts what is there", () => {
  const { text, json: status } = asked("status");
  expect(Object.keys(status)).toEqual([
    "store",
    "schema",
    "counts",
    "records",
    "ledger",
    "orders",
    "purges",
    "epoch",
    "policy",
    "bytes",
  ]);
  expect(status).toMatchObject({
    records: { stored: 1, erased: 0 },
    counts: { subject: 1, dataset: 1, model: 1, place: 3, order: 0 },
    orders: { open: 0, overdue: 0 },
    epoch: 1,
  });
  expect(text).toContain("1 stored, 0 erased");
});

test("subject show tells band and counts, and no value", () => {
  const { text, json: view } = asked("subject", "show", house.subject);
  expect(view).toMatchObject({
    id: house.subject,
    band: "adult",
    knowledge: "none",
    consents: [],
    records: { admitted: 1 },
    evidence: [{ kind: "birth-date", counts: true }],
  });
  expect(text).toContain("adult");
  expect(text).toMatch(/birth-date +\S+ +not stated +not stated +yes/);
  expect(text).not.toMatch(/forgeable|signature checked/);
  expect(text).not.toContain("1980");
});

test("trace reaches data set, model and places, in four forms", () => {
  const { text, json: traced } = asked("trace", house.subject);
  expect(traced).toMatchObject({
    records: [house.record],
    subjects: 1,
    datasets: [house.dataset],
    models: [house.model],
  });
  expect(text).toContain(`${house.subject} > ${house.dataset} > ${house.model}`);
  const printed = run("trace", house.subject, "--format", "json");
  expect(JSON.parse(printed.out)).toEqual(traced);
  const dot = asked("trace", house.subject, "--format", "dot");
  expect(dot.text).toContain(`"${house.subject}" -> "${house.dataset}";`);
  expect(dot.text).toContain(`"${house.dataset}" -> "${house.model}" [label="trained-on"];`);
  expect(dot.json).toEqual({ format: "dot", graph: dot.text.trimEnd() });
  const mermaid = asked("trace", house.subject, "--format", "mermaid");
  expect(mermaid.text).toMatch(/^flowchart LR\n/);
  expect(mermaid.text).toContain("n0 --> n1");
  expect(mermaid.text).toContain("n1 -->|trained-on| n2");
});

test("order open freezes, and order due says what is late", () => {
  const opened = json(run("order", "open", house.order, "--json"));
  expect(opened).toMatchObject({ selected: 1, frozen: [house.model] });
  expect(Object.keys(opened)).toEqual(["id", "due", "selected", "frozen"]);
  order = String(opened.id);
  const { text, json: due } = asked("order", "due");
  expect(due).toMatchObject({
    duties: [
      { order, duty: "data" },
      { order, duty: "models" },
    ],
  });
  expect(text).toContain("overdue");
  expect(text).toMatch(/\d+ (months|years?) ago/);
  expect(runs.at(-1)?.code).toBe(1);
});

test("purge plan says how far it reaches, and erases nothing", () => {
  const { text } = asked("purge", "plan", "--order", order);
  expect(text).toMatch(/^What would go\nrecords +1\npeople +1\n/);
  const planned = json(run("purge", "plan", "--order", order, "--json"));
  expect(Object.keys(planned)).toEqual(["id", "reach", "hash", "plan"]);
  purge = String(planned.id);
  expect(existsSync(join(house.folder, "files/model.bin"))).toBe(true);
});

test("a purge without an approval does not run, and a certificate is not issued", () => {
  const early = run("purge", "run", purge, "--json");
  expect(early.code).toBe(1);
  expect(json(early)).toMatchObject({ error: { code: "plan-unapproved" } });
  const names = ["--name", "Ada Park", "--title", "Counsel", "--out", "early.jws"];
  const issue = run("certificate", "issue", purge, ...names, "--json");
  expect(issue.code).toBe(1);
  expect(json(issue)).toMatchObject({ error: { code: "purge-incomplete" } });
  expect(existsSync(join(house.folder, "early.jws"))).toBe(false);
});

test("approved by name, the purge runs, is complete, and runs again without effect", () => {
  const names = ["--name", "Ada Park", "--title", "Counsel"];
  const approved = json(run("purge", "approve", purge, ...names, "--json"));
  expect(approved).toMatchObject({ purge, approved: true, plan: expect.any(String) });
  const ran = run("purge", "run", purge, "--json");
  expect(ran.code).toBe(0);
  expect(json(ran)).toMatchObject({ purge, state: "complete", open: [] });
  expect(existsSync(join(house.folder, "files/model.bin"))).toBe(false);
  expect(existsSync(join(house.folder, "files/first.jsonl"))).toBe(false);
  expect(run("purge", "run", purge).code).toBe(0);
  const { text, json: shown } = asked("purge", "show", purge);
  expect(text).toContain("seen absent");
  expect(text).toContain("Ada Park, Counsel");
  expect(shown).toMatchObject({ purge: { state: "complete" }, steps: expect.any(Array) });
});

test("a purge of which one place cannot be reached is incomplete, with exit code 1", async () => {
  const other = await fullHouse();
  const at = (...args: readonly string[]) => custody(other.folder, ...args, "--json");
  const id = String(json(at("order", "open", other.order)).id);
  const planned = String(json(at("purge", "plan", "--order", id)).id);
  at("purge", "approve", planned, "--name", "Ada Park", "--title", "Counsel");
  const place = join(other.folder, "custody.json");
  const config = readFileSync(place, "utf8");
  writeFileSync(place, config.replace('"files"', '"no-such-folder"'));
  const stopped = at("purge", "run", planned);
  expect(stopped.code).toBe(1);
  expect(json(stopped)).toMatchObject({
    state: "incomplete",
    open: expect.arrayContaining([
      { node: other.model, connector: "filesystem", code: "connector-failed" },
    ]),
  });
  writeFileSync(place, config);
  const resumed = at("purge", "run", planned);
  expect(resumed.code).toBe(0);
  expect(json(resumed)).toMatchObject({ state: "complete", open: [] });
});

test("the certificate is written once, and verified by a process that has only the key", () => {
  const names = ["--name", "Ada Park", "--title", "Counsel", "--statement", "28-usc-1746"];
  const issued = run("certificate", "issue", purge, ...names, "--out", "purge.jws", "--json");
  expect(issued.code).toBe(0);
  expect(Object.keys(json(issued))).toEqual(["id", "jws", "file"]);
  const again = run("certificate", "issue", purge, ...names, "--out", "purge.jws", "--json");
  expect(again.code).toBe(2);
  expect(json(again)).toMatchObject({ error: { code: "export-exists" } });
  const auditor = temporary();
  for (const name of ["purge.jws", "custody.pub.json"]) {
    writeFileSync(join(auditor, name), readFileSync(join(house.folder, name)));
  }
  const args = ["certificate", "verify", "purge.jws", "--key", "custody.pub.json"];
  const plain = custody(auditor, ...args);
  expect(plain.code).toBe(0);
  for (const words of [
    "verifies",
    "Ada Park, Counsel",
    "In re Pace",
    "Not looked at",
    "Not proven",
  ]) {
    expect(plain.out).toContain(words);
  }
  expect(plain.out).toContain("backups");
  const machine = custody(auditor, ...args, "--json");
  expect(json(machine)).toMatchObject({ verified: true, certificate: { purge } });
  runs.push(plain, machine);
});

test("a statement of another form is refused before anything is issued", () => {
  const names = ["--name", "a", "--title", "b", "--statement", "oral"];
  const issue = run("certificate", "issue", purge, ...names, "--json");
  expect(issue.code).toBe(2);
  expect(json(issue)).toMatchObject({ error: { code: "option-invalid" } });
});

test("the ledger still fits, and the duties are done", () => {
  expect(asked("ledger", "verify").json).toMatchObject({ ok: true, size: expect.any(Number) });
  expect(asked("order", "due").json).toMatchObject({
    duties: [{ state: "done" }, { state: "done" }],
  });
  expect(runs.at(-1)?.code).toBe(0);
  expect(json(run("ledger", "checkpoint", "--json"))).toEqual({
    note: expect.stringMatching(/^privacy\.example\/sto_/),
  });
});

test("a person's own deletion is planned the same way", async () => {
  const other = await fullHouse();
  const planned = custody(other.folder, "purge", "plan", "--subject", other.subject, "--json");
  expect(planned.code).toBe(0);
  expect(json(planned)).toMatchObject({ plan: { cause: { kind: "subject", id: other.subject } } });
});

test("nothing that was printed held a value, nor the application's own id of the person", () => {
  expect(runs.length).toBeGreaterThan(20);
  for (const { out, err } of runs) {
    for (const planted of [PLANTED_VALUE, PLANTED_EXTERNAL_ID, "71.25", "1980-01-02"]) {
      expect(out).not.toContain(planted);
      expect(err).not.toContain(planted);
    }
  }
});

test("what steers a terminal is not passed on from an order's title", async () => {
  const other = await fullHouse();
  const text = { ...orderText(other.subject), title: "In re \u001b[2J\u202ePace" };
  writeFileSync(other.order, JSON.stringify(text));
  custody(other.folder, "order", "open", other.order);
  const due = custody(other.folder, "order", "due");
  expect(due.out).toContain("In re \u{fffd}[2JPace");
  expect(due.out).not.toContain("\u001b");
});
