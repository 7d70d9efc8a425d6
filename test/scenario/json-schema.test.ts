import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { scenarioSchema } from "../../src/scenario/json-schema.js";
import { starterText } from "../../src/scenario/starter.js";
import { VERBS } from "../../src/scenario/verbs/index.js";

const ROOT = join(import.meta.dirname, "..", "..");
const FILE = "schema/scenario.schema.json";

describe("the published schema of the format", () => {
  test("is the one that the reader's own schemas give", () => {
    const published = JSON.parse(readFileSync(join(ROOT, FILE), "utf8")) as unknown;
    expect(published).toEqual(JSON.parse(JSON.stringify(scenarioSchema())));
  });

  test("knows every verb, and no key beside those of a step", () => {
    const { properties } = scenarioSchema() as unknown as {
      properties: {
        steps: { items: { anyOf: { required: string[]; additionalProperties: boolean }[] } };
      };
    };
    const { anyOf } = properties.steps.items;
    expect(anyOf.flatMap(({ required }) => required).sort()).toEqual(Object.keys(VERBS).sort());
    expect(anyOf.every(({ additionalProperties }) => additionalProperties === false)).toBe(true);
  });

  test("accepts the corpus, and neither an unknown key nor an unknown word", () => {
    const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(scenarioSchema())));
    const corpus = join(ROOT, "test", "scenarios");
    const files = readdirSync(corpus, { recursive: true, encoding: "utf8" });
    const texts = files.filter((file) => file.endsWith(".yaml")).map((file) => join(corpus, file));
    const read = (file: string): unknown => parse(readFileSync(file, "utf8"));
    const accepted = (value: unknown) => schema.safeParse(value).success;
    expect(texts.filter((file) => !accepted(read(file)))).toEqual([]);
    const text = starterText("first-try");
    expect(accepted(parse(text))).toBe(true);
    expect(accepted(parse(text.replace("band: child", "bond: child")))).toBe(false);
    expect(accepted(parse(text.replace("register:", "regster:")))).toBe(false);
    expect(accepted(parse(text.replace("consent-required", "consent-wanted")))).toBe(false);
  });

  test("is in the package", () => {
    const { files, exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      files: string[];
      exports: Record<string, unknown>;
    };
    expect(files).toContain("schema");
    expect(exports["./scenario.schema.json"]).toBe(`./${FILE}`);
  });
});
