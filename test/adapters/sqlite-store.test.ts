import { test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/index.js";
import { storeContract } from "../../src/testing/store-contract.js";
import { newStore } from "./sqlite-fixture.js";

const rules = storeContract(async () => {
  const { path, store, remove } = await newStore();
  let current = store;
  const reopen = async () => {
    await current.close();
    current = await openSqliteStore({ path });
    return current;
  };
  const dispose = async () => {
    await current.close();
    await remove();
  };
  return { store, reopen, dispose };
});

for (const rule of rules) test(rule.name, rule.run);
