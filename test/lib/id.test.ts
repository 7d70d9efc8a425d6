import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import {
  ID_KINDS,
  type IdKind,
  idFactory,
  kindOfId,
  newId,
  parseId,
  requireId,
} from "../../src/lib/id.js";

const zeros = (n: number) => new Uint8Array(n);
const ones = (n: number) => new Uint8Array(n).fill(255);
const kinds = Object.keys(ID_KINDS) as IdKind[];

test("an id is its prefix and a lowercase ULID", () => {
  expect(newId("subject", 0, zeros)).toBe("sub_00000000000000000000000000");
  expect(newId("record", 2 ** 48 - 1, ones)).toBe("rec_7zzzzzzzzzzzzzzzzzzzzzzzzz");
  // The time of the ULID specification's own example, 01ARYZ6S41…
  expect(newId("purge", 1469918176385, zeros)).toBe("prg_01aryz6s410000000000000000");
});

test("every kind has a prefix of its own, of three letters", () => {
  expect(new Set(Object.values(ID_KINDS)).size).toBe(kinds.length);
  for (const prefix of Object.values(ID_KINDS)) expect(prefix).toMatch(/^[a-z]{3}$/);
});

test("an id is parsed as its own kind and as no other", () => {
  for (const kind of kinds) {
    const id = newId(kind, 1_777_000_000_000, randomBytes);
    expect(kindOfId(id)).toBe(kind);
    expect(parseId(kind, id)).toBe(id);
    for (const other of kinds) if (other !== kind) expect(parseId(other, id)).toBeUndefined();
  }
});

test("what is not exactly an id is refused", () => {
  const id = newId("subject", 1, zeros);
  const wrong = [
    id.toUpperCase(),
    `${id}\n`,
    ` ${id}`,
    id.slice(0, -1),
    `${id}0`,
    id.replace("_", "-"),
    id.replace("_0", "_8"),
    `${id.slice(0, -1)}i`,
    `${id.slice(0, -1)}l`,
    `${id.slice(0, -1)}o`,
    `${id.slice(0, -1)}u`,
    `xyz_${id.slice(4)}`,
    "",
  ];
  for (const text of wrong) {
    expect(kindOfId(text), text).toBeUndefined();
    expect(parseId("subject", text), text).toBeUndefined();
  }
  for (const value of [undefined, null, 1, {}, [id]]) {
    expect(parseId("subject", value)).toBeUndefined();
  }
});

test("requireId names the path and the kind, never the text", () => {
  const id = newId("subject", 1, zeros);
  expect(requireId("subject", id, "subject")).toBe(id);
  try {
    requireId("record", "anna@example.org", "input.record");
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({
      code: "id-invalid",
      details: { path: "input.record", expected: "record" },
    });
    expect(JSON.stringify(error)).not.toContain("anna");
  }
});

test("a time that is none and a source that gives too little are refused", () => {
  const clock = expect.objectContaining({ code: "clock-invalid" });
  for (const time of [Number.NaN, -1, 1.5, 2 ** 48, Number.POSITIVE_INFINITY]) {
    expect(() => newId("event", time, zeros)).toThrow(clock);
    expect(() => idFactory({ now: () => time, random: zeros })("event")).toThrow(clock);
  }
  expect(() => newId("event", 0, () => new Uint8Array(9))).toThrow(
    expect.objectContaining({ code: "option-invalid" }),
  );
});

test("a factory's ids rise in the order of the calls, even when the clock steps back", () => {
  const times = [5, 5, 5, 4, 3, 5, 6, 6, 2, 7];
  let call = 0;
  const make = idFactory({ now: () => times[call++ % times.length]!, random: randomBytes });
  const ulids = Array.from({ length: 2000 }, (_, i) => make(kinds[i % kinds.length]!).slice(4));
  expect(ulids).toEqual([...ulids].sort());
  expect(new Set(ulids).size).toBe(ulids.length);
});

test("within one millisecond the random part counts up by one, with carry", () => {
  const make = idFactory({ now: () => 9, random: (n) => zeros(n).fill(255, n - 1) });
  expect(make("event").slice(-4)).toBe("007z");
  expect(make("event").slice(-4)).toBe("0080");
  const next = idFactory({ now: () => 10, random: (n) => zeros(n) });
  expect(next("event").slice(-4)).toBe("0000");
});

test("a random part of ones only borrows the next millisecond instead of starting over", () => {
  const make = idFactory({ now: () => 9, random: ones });
  const first = make("event");
  const second = make("event");
  expect(second > first).toBe(true);
  expect(second).toBe(newId("event", 10, ones));
});

test("the factory does not write into the bytes it was given", () => {
  const given = new Uint8Array(10);
  const make = idFactory({ now: () => 1, random: () => given });
  make("event");
  make("event");
  expect(given).toEqual(new Uint8Array(10));
});
