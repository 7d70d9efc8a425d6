import { expect, test } from "vitest";
import { placeId } from "../../src/core/place.js";

test("a place is named by its node, connector and ref, always the same and never alike", () => {
  const one = placeId("mod_1", "files", "a/b");
  expect(one).toMatch(/^plc_[0-9a-f]{32}$/);
  expect(placeId("mod_1", "files", "a/b")).toBe(one);
  const others = [
    placeId("mod_2", "files", "a/b"),
    placeId("mod_1", "store", "a/b"),
    placeId("mod_1", "files", "a/c"),
    placeId("mod_1", "file", "sa/b"),
  ];
  expect(new Set([one, ...others]).size).toBe(5);
});

test("the name of a place does not give its ref away", () => {
  expect(placeId("mod_1", "files", "secret")).not.toContain("secret");
});
