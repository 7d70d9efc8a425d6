import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import {
  openSqliteStore,
  sqliteCopySource,
  sqliteCopyTarget,
} from "../../src/adapters/sqlite/index.js";
import { storeCopyContract } from "../../src/testing/store-copy-contract.js";
import { clock, newFolder } from "./sqlite-fixture.js";

describe("the SQLite end of a copy keeps the contract", () => {
  const open = async () => {
    const folder = await newFolder();
    const path = join(folder, "copy.db");
    return {
      target: () => sqliteCopyTarget({ path, random: clock.random }),
      source: () => sqliteCopySource({ path }),
      store: () => openSqliteStore({ path }),
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    };
  };
  for (const rule of storeCopyContract(open)) test(rule.name, rule.run);
});
