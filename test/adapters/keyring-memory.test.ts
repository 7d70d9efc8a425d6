import { describe, expect, test } from "vitest";
import { createKeyringMemory } from "../../src/adapters/keyring-memory.js";
import { keyringContract } from "../../src/testing/keyring-contract.js";
import { codeOf, HEALTH, PLAIN, random, STORE } from "./keyring-places.js";

const open = async () => {
  const keyring = createKeyringMemory({ storeId: STORE, random });
  return { keyring, dispose: () => keyring.close() };
};

describe("the memory keyring keeps the port's contract", () => {
  for (const rule of keyringContract(open)) test(rule.name, rule.run);
});

describe("the memory keyring", () => {
  test("says whose it is", () => {
    expect(createKeyringMemory({ storeId: STORE, random }).storeId).toBe(STORE);
  });

  test("refuses an unknown option and a random source that gives too little", async () => {
    const misspelt = { storeId: STORE, random, storeID: STORE };
    expect(() => createKeyringMemory(misspelt)).toThrow("storeID is unknown");
    const meagre = createKeyringMemory({ storeId: STORE, random: () => new Uint8Array(3) });
    expect(await codeOf(meagre.seal(HEALTH, PLAIN, PLAIN))).toBe("option-invalid");
  });
});
