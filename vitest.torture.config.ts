import { defineConfig } from "vitest/config";

/** The long suites: any `test/torture/**\/*.torture.ts`, a process for each file. */
export default defineConfig({
  test: {
    include: ["test/torture/**/*.torture.ts"],
    globalSetup: ["test/torture/tally.ts"],
    pool: "forks",
    // By itself vitest leaves a core unused, and two suites would wait for each other.
    maxWorkers: "100%",
    disableConsoleIntercept: true,
    testTimeout: 3_600_000,
    hookTimeout: 60_000,
  },
});
