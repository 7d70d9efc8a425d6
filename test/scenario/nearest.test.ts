import { expect, test } from "vitest";
import { nearest } from "../../src/scenario/nearest.js";

const WORDS = ["collect", "read", "revoke", "register", "consent-refused", "consent-required"];

test("a word with a letter too many, too few, or another one is the known word", () => {
  expect(nearest("colect", WORDS)).toBe("collect");
  expect(nearest("rread", WORDS)).toBe("read");
  expect(nearest("revake", WORDS)).toBe("revoke");
  expect(nearest("consent-refusd", WORDS)).toBe("consent-refused");
});

test("a word that is nothing like any has none", () => {
  expect(nearest("banana", WORDS)).toBeUndefined();
  expect(nearest("", WORDS)).toBeUndefined();
  expect(nearest("raed", [])).toBeUndefined();
});

test("of two that are as near the first is told", () => {
  expect(nearest("cab", ["cap", "can"])).toBe("cap");
});
