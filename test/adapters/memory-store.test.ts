import { randomBytes } from "node:crypto";
import { test } from "vitest";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import { storeContract } from "../../src/testing/store-contract.js";

const rules = storeContract(
  async () => {
    const store = await createMemoryStore({ now: Date.now, random: randomBytes });
    return { store, dispose: () => store.close() };
  },
  { volatile: "it lives in the memory of one process" },
);

for (const rule of rules) test(rule.name, rule.run);
