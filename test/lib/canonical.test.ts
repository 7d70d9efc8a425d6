import fc from "fast-check";
import { expect, test } from "vitest";
import {
  canonical,
  canonicalBytes,
  JSON_DEPTH_LEVELS_MAX,
  type Json,
} from "../../src/lib/canonical.js";

test("the example of RFC 8785 section 3.2.3 is sorted by code units", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  expect(Object.keys(JSON.parse(canonical(value)))).toHaveLength(7);
  const order = ["Carriage Return", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
  const written = canonical(value);
  const places = order.map((word) => written.indexOf(word));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
});

test("the example of RFC 8785 section 3.2.2 is written as there", () => {
  const value = {
    numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\u002f",
    literals: [null, true, false],
  };
  expect(canonical(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  expect(canonical(-0)).toBe("0");
});

test("the order in which members were set leaves no trace, and the text is stable", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (raw) => {
      let written: string;
      try {
        written = canonical(raw as Json);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        return;
      }
      const parsed = JSON.parse(written) as Json;
      expect(canonical(parsed)).toBe(written);
      expect(new TextDecoder().decode(canonicalBytes(parsed))).toBe(written);
    }),
  );
  expect(canonical({ b: 1, a: { d: 1, c: 2 } })).toBe(canonical({ a: { c: 2, d: 1 }, b: 1 }));
  expect(canonical({ a: 1 })).not.toBe(canonical({ a: 2 }));
});

test("members that are undefined are dropped, everything else that JSON cannot hold throws", () => {
  expect(canonical({ a: undefined, b: 1 })).toBe('{"b":1}');
  const hole = [1];
  hole.length = 2;
  const cases: unknown[] = [
    undefined,
    [undefined],
    hole,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    { a: Number.NEGATIVE_INFINITY },
    { a: () => 1 },
    () => 1,
    Symbol("s"),
    { a: Symbol("s") },
    1n,
    new Date(0),
    new Map(),
    Uint8Array.of(1),
    { toJSON: () => 1 },
    "\ud800",
    { "\udc00": 1 },
  ];
  for (const value of cases)
    expect(() => canonical(value as Json), typeof value).toThrow(TypeError);
});

test("nesting has a limit, which a cycle runs into", () => {
  const nested = (levels: number) => {
    let value: Json = 1;
    for (let level = 0; level < levels; level += 1) value = [value];
    return value;
  };
  expect(canonical(nested(JSON_DEPTH_LEVELS_MAX))).toContain("[1]");
  const over = expect.objectContaining({ code: "limit-exceeded" });
  expect(() => canonical(nested(JSON_DEPTH_LEVELS_MAX + 1))).toThrow(over);
  const cycle: { [key: string]: Json } = {};
  cycle.self = cycle;
  expect(() => canonical(cycle)).toThrow(over);
});

test("no error repeats the value", () => {
  for (const value of [{ weight: "secret-\ud800" }, { secret: () => 1 }, { "secret\ud800": 1 }]) {
    expect(() => canonical(value as unknown as Json)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  }
});
