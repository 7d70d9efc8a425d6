import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openKeyringFile } from "../../src/adapters/keyring-file.js";
import { openSignerFile } from "../../src/adapters/signer-file.js";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { createCustody, definePolicy, field, type PolicyDefinition } from "../../src/index.js";
import { emptyHouse, json, within } from "./house.js";

function policyNeeding(need: string | undefined) {
  return definePolicy<PolicyDefinition>({
    service: "Pace",
    audience: "mixed",
    jurisdiction: "US",
    regimes: ["coppa"],
    purposes: {
      coaching: { use: "service" },
      offers: { use: "disclosure", for: "advertising", recipients: ["AdNet"] },
    },
    collections: {
      profile: {
        retain: "P1Y",
        fields: { nickname: field(z.string(), "screen-name") },
        ...(need === undefined ? {} : { need }),
      },
    },
  });
}

/** Adopts the policies one after the other; a recipient joins after the last. */
async function adopt(folder: string, policies: readonly ReturnType<typeof policyNeeding>[]) {
  const at = (name: string) => join(folder, name);
  const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
  for (const [index, policy] of policies.entries()) {
    const store = await openSqliteStore({ path: at("custody.db") });
    const places = { path: at("custody.keyring"), epochPath: at("custody.epoch") };
    const keyring = await openKeyringFile({ ...places, storeId: store.identity.id, random });
    const signer = await openSignerFile({ path: at("custody.key.json"), name: "privacy.example" });
    const app = await createCustody({ policy, store, keyring, signer });
    if (index === policies.length - 1) {
      await app.practices.change({ purpose: "offers", recipients: ["AdNet", "Bolt"] });
    }
    await app.close();
  }
}

let folder = "";
let bare = "";

beforeAll(async () => {
  folder = emptyHouse();
  bare = emptyHouse();
  await adopt(folder, [policyNeeding(undefined), policyNeeding("A season lasts a year.")]);
});

const print = (...args: readonly string[]) => within(folder, "policy", "print", ...args);

test("prints the newest adopted policy, as it is practised, and an earlier one as written", async () => {
  const run = await print();
  expect(run.code, run.err).toBe(0);
  expect(run.out).toContain("# Data practices of Pace");
  expect(run.out).toContain("# Data retention policy of Pace");
  expect(run.out).toContain("A season lasts a year.");
  expect(run.out).toContain("| Bolt | third party |");
  expect(run.out).toContain("policy version 2, adopted on ");
  const first = await print("--adopted", "1");
  expect(first.out).toContain("policy version 1, adopted on ");
  expect(first.out).not.toContain("Bolt");
  expect((await print()).out).toBe(run.out);
});

test("a need that was not written down is a finding, printed all the same", async () => {
  for (const page of ["retention", "practices", "all"]) {
    const run = await print("--adopted", "1", "--page", page);
    expect(run.code, page).toBe(1);
    expect(run.out, page).toContain("No business need was written down for: profile.");
    expect((await print("--page", page)).code, page).toBe(0);
  }
  const told = json(await print("--adopted", "1", "--page", "retention", "--json"));
  expect(told).toMatchObject({ page: "retention", gaps: ["collections.profile.need"] });
  expect(told.text).toContain("# Data retention policy of Pace");
});

test("each page is printed alone, in each format", async () => {
  const retention = await print("--page", "retention", "--format", "html");
  expect(retention.out).toMatch(/^<!DOCTYPE html>/);
  expect(retention.out).toContain("<h1>Data retention policy of Pace</h1>");
  expect(retention.out).not.toContain("Data practices");
  const practices = await print("--page", "practices", "--format", "html");
  expect(practices.out).toContain("<h1>Data practices of Pace</h1>");
  expect(practices.out).not.toContain("Data retention policy");
  const facts = await print("--format", "json");
  expect(JSON.parse(facts.out)).toMatchObject({ service: "Pace", gaps: [], adopted: { order: 2 } });
  expect(json(await print("--format", "json", "--json"))).toEqual(JSON.parse(facts.out));
});

test("answers for the places that are asked for, and for no place that is none", async () => {
  const run = await print("--page", "practices", "--jurisdictions", "US,FR");
  expect(run.out).toContain("| coaching | FR | everybody | nobody |");
  expect(run.out).toContain("| coaching | US | under 13 | a parent |");
  const odd = await print("--jurisdictions", "US,france", "--json");
  expect(odd.code).toBe(2);
  expect(json(odd)).toMatchObject({ error: { code: "option-invalid" } });
});

test("a file is written whole and never overwritten; one that failed is not left behind", async () => {
  const run = await print("--page", "retention", "--format", "html", "--output", "a.html");
  expect(run.code, run.err).toBe(0);
  const text = readFileSync(join(folder, "a.html"), "utf8");
  expect(text).toBe((await print("--page", "retention", "--format", "html")).out);
  const again = await print("--output", "a.html", "--json");
  expect(again.code).toBe(2);
  expect(json(again)).toMatchObject({ error: { code: "export-exists" } });
  expect(readFileSync(join(folder, "a.html"), "utf8")).toBe(text);
  const gap = await print("--adopted", "1", "--output", "b.md", "--json");
  expect(gap.code).toBe(1);
  expect(json(gap)).toMatchObject({ gaps: ["collections.profile.need"] });
  expect(existsSync(join(folder, "b.md"))).toBe(true);
  expect((await print("--adopted", "9", "--output", "c.md")).code).toBe(2);
  expect(existsSync(join(folder, "c.md"))).toBe(false);
  expect((await print("--output", "no/folder/d.md")).code).toBe(2);
});

test("a store without a policy has nothing to print", async () => {
  const run = await within(bare, "policy", "print", "--json");
  expect(run.code).toBe(2);
  expect(json(run)).toMatchObject({ error: { code: "not-found", details: { kind: "policy" } } });
});
