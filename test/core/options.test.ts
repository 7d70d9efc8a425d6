import { expect, test } from "vitest";
import { requireKnown, requireText } from "../../src/core/options.js";

test("a key that nobody reads is named by its path, and its value is not", () => {
  expect(() => requireKnown({ retain: 1 }, ["retain"], "policy")).not.toThrow();
  expect(() => requireKnown({}, ["retain"], "policy")).not.toThrow();
  expect(() => requireKnown({ retian: "secret" }, ["retain"], "policy")).toThrow(
    expect.objectContaining({
      code: "option-unknown",
      details: { path: "policy.retian" },
      message: expect.not.stringContaining("secret"),
    }),
  );
});

test("only an object has keys", () => {
  for (const given of [undefined, null, "a", 1, ["retain"]]) {
    expect(() => requireKnown(given, ["retain"], "policy")).toThrow(
      expect.objectContaining({ code: "option-invalid" }),
    );
  }
});

test("a text is no empty one, no number and no longer than it may be", () => {
  expect(requireText("app", "actor")).toBe("app");
  expect(requireText("abc", "actor", 3)).toBe("abc");
  for (const given of ["", 1, undefined, null, "abcd"]) {
    expect(() => requireText(given, "actor", 3)).toThrow(
      expect.objectContaining({
        code: "option-invalid",
        details: expect.objectContaining({ path: "actor" }),
      }),
    );
  }
});
