/** The files about deletion, lineage and whole cases, on the store that is a file. */
import { describe, test } from "vitest";
import { scenarios } from "../../src/scenario/rules.js";

const FOLDERS = ["deletion", "lineage", "cases", "impossible"];

describe.each(FOLDERS)("%s", (folder) => {
  for (const rule of scenarios(`test/scenarios/${folder}/*.yaml`, { store: "sqlite" })) {
    test(rule.name, rule.run, 60_000);
  }
});
