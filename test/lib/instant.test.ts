import fc from "fast-check";
import { expect, test } from "vitest";
import { instantText, isInstant, parseInstant } from "../../src/lib/instant.js";

const MIN = -62_135_596_800_000;
const MAX = 253_402_300_799_999;

test("an instant and its text go both ways", () => {
  expect(instantText(Date.UTC(2026, 4, 1, 14))).toBe("2026-05-01T14:00:00.000Z");
  fc.assert(
    fc.property(fc.integer({ min: MIN, max: MAX }), (ms) => {
      expect(parseInstant(instantText(ms))).toBe(ms);
    }),
  );
});

test("zones and fractions are understood", () => {
  const at = Date.UTC(2026, 4, 1, 14);
  expect(parseInstant("2026-05-01T14:00:00Z")).toBe(at);
  expect(parseInstant("2026-05-01T16:00:00+02:00")).toBe(at);
  expect(parseInstant("2026-05-01T08:30:00-05:30")).toBe(at);
  expect(parseInstant("2026-05-02T00:00:00+10:00")).toBe(at);
  expect(parseInstant("2026-05-01T14:00:00+00:00")).toBe(at);
  expect(parseInstant("2026-05-01T14:00:00.5Z")).toBe(at + 500);
  expect(parseInstant("2026-05-01T14:00:00.05Z")).toBe(at + 50);
  expect(parseInstant("2026-05-01T14:00:00.005Z")).toBe(at + 5);
});

test("what is not an instant is undefined", () => {
  const wrong: unknown[] = [
    "2026-05-01T14:00:00",
    "2026-05-01",
    "2026-05-01T14:00Z",
    "2026-05-01 14:00:00Z",
    "2026-05-01t14:00:00z",
    "2026-02-29T14:00:00Z",
    "2026-04-31T14:00:00Z",
    "2026-05-01T24:00:00Z",
    "2026-05-01T14:60:00Z",
    "2026-05-01T23:59:60Z",
    "2026-05-01T14:00:00.Z",
    "2026-05-01T14:00:00.0001Z",
    "2026-05-01T14:00:00,5Z",
    "2026-05-01T14:00:00+2:00",
    "2026-05-01T14:00:00+0200",
    "2026-05-01T14:00:00+24:00",
    "2026-05-01T14:00:00+02:60",
    "2026-05-01T14:00:00-00:00",
    "2026-05-01T14:00:00Z\n",
    "2026-05-01T14:00:00[Europe/Paris]",
    "0000-12-31T23:59:59Z",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-00:01",
    "",
    0,
    null,
    new Date(0),
  ];
  for (const text of wrong) expect(parseInstant(text), String(text)).toBeUndefined();
});

test("isInstant takes whole milliseconds of the years 1 to 9999 only", () => {
  for (const ms of [MIN, -1, 0, MAX]) expect(isInstant(ms)).toBe(true);
  for (const ms of [MIN - 1, MAX + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "0", null, 1n]) {
    expect(isInstant(ms)).toBe(false);
  }
  const refused = expect.objectContaining({ code: "instant-invalid" });
  for (const ms of [MAX + 1, Number.NaN, 0.5]) expect(() => instantText(ms)).toThrow(refused);
});
