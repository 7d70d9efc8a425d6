import { expect, test } from "vitest";
import {
  requireBoolean,
  requireKnown,
  requireList,
  requireText,
  requireTexts,
} from "../../src/core/options.js";

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

test("half a character is no text, a whole one of two halves is", () => {
  expect(requireText("a\u{1f600}", "actor")).toBe("a\u{1f600}");
  for (const given of ["a\ud83d", "\ude00a"]) {
    expect(() => requireText(given, "actor")).toThrow(
      expect.objectContaining({ code: "option-invalid" }),
    );
  }
});

test("a list is a list, as long as it must be, and its texts are texts", () => {
  const invalid = expect.objectContaining({ code: "option-invalid" });
  expect(() => requireList([], "purposes")).not.toThrow();
  expect(() => requireList([], "purposes", 1)).toThrow(invalid);
  for (const given of [undefined, "coaching", { 0: "coaching", length: 1 }]) {
    expect(() => requireList(given, "purposes")).toThrow(invalid);
  }
  expect(() => requireTexts(["coaching"], "purposes", 1)).not.toThrow();
  for (const given of [[""], ["coaching", 1], []]) {
    expect(() => requireTexts(given, "purposes", 1)).toThrow(invalid);
  }
});

test("a flag is true, false or left out, never a word for it", () => {
  for (const given of [true, false, undefined]) {
    expect(() => requireBoolean(given, "confirmed")).not.toThrow();
  }
  for (const given of ["true", 1, null]) {
    expect(() => requireBoolean(given, "confirmed")).toThrow(
      expect.objectContaining({ code: "option-invalid" }),
    );
  }
});
