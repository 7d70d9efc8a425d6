import fc from "fast-check";
import { RoaringBitmap32 } from "roaring-wasm";
import { describe, expect, test } from "vitest";
import { CHUNK_BITS, type OrdinalChunk, OrdinalSet } from "../../src/lib/bitmap.js";
import { fromHex, hex } from "../../src/lib/bytes.js";

const MAX = Number.MAX_SAFE_INTEGER;
const SIZE = 2 ** CHUNK_BITS;
const ordinal = fc.oneof(
  fc.nat({ max: 300 }),
  fc.integer({ min: SIZE - 20, max: SIZE + 20 }),
  fc.integer({ min: 2 ** 32 - 20, max: 2 ** 32 + 20 }),
  fc.integer({ min: MAX - 50, max: MAX }),
);
const ordinals = fc.array(ordinal, { maxLength: 120 });
const sorted = (values: Iterable<number>) => [...new Set(values)].sort((a, b) => a - b);
const damaged = expect.objectContaining({ code: "store-damaged" });
const open = (bytes: Uint8Array, chunk = 0) => OrdinalSet.fromChunks([{ chunk, bytes }]);

test("sets behave like sets of numbers", () => {
  fc.assert(
    fc.property(ordinals, ordinals, (a, b) => {
      const [one, two] = [OrdinalSet.of(a), OrdinalSet.of(b)];
      const inB = new Set(b);
      const both = sorted(a.filter((n) => inB.has(n)));
      expect([...one]).toEqual(sorted(a));
      expect(one.size).toBe(new Set(a).size);
      expect([...one.and(two)]).toEqual(both);
      expect([...one.or(two)]).toEqual(sorted([...a, ...b]));
      expect([...one.andNot(two)]).toEqual(sorted(a.filter((n) => !inB.has(n))));
      expect(one.intersects(two)).toBe(both.length > 0);
      expect(one.equals(two)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      expect(one.equals(OrdinalSet.of([...a].reverse()))).toBe(true);
      for (const n of [...a, ...b]) expect(one.has(n)).toBe(a.includes(n));
    }),
  );
});

test("a set does not change when it is combined", () => {
  const one = OrdinalSet.of([1, 2, SIZE]);
  const two = OrdinalSet.of([2, 3]);
  one.or(two);
  one.and(two);
  one.andNot(two);
  expect([...one]).toEqual([1, 2, SIZE]);
  expect([...two]).toEqual([2, 3]);
});

test("what is no ordinal is refused, and is in no set", () => {
  const set = OrdinalSet.of([0, MAX]);
  expect([...set]).toEqual([0, MAX]);
  for (const value of [-1, 0.5, Number.NaN, MAX + 1, Number.POSITIVE_INFINITY]) {
    expect(() => OrdinalSet.of([value])).toThrow(
      expect.objectContaining({ code: "option-invalid" }),
    );
    expect(set.has(value)).toBe(false);
  }
});

describe("chunks", () => {
  test("come back as the same set, ascending and never empty", () => {
    fc.assert(
      fc.property(ordinals, (values) => {
        const set = OrdinalSet.of(values);
        const chunks = [...set.chunks()];
        expect(OrdinalSet.fromChunks(chunks).equals(set)).toBe(true);
        expect(OrdinalSet.fromChunks([...chunks].reverse()).equals(set)).toBe(true);
        expect([...OrdinalSet.fromChunks([...chunks].reverse())]).toEqual(sorted(values));
        const numbers = chunks.map(({ chunk }) => chunk);
        expect(numbers).toEqual(sorted(numbers));
        expect(numbers).toEqual(sorted(values.map((n) => Math.floor(n / SIZE))));
      }),
    );
    expect([...OrdinalSet.of([]).chunks()]).toEqual([]);
    const emptied = OrdinalSet.of([1]).andNot(OrdinalSet.of([1]));
    expect([...emptied.chunks()]).toEqual([]);
    expect(emptied.equals(OrdinalSet.of([]))).toBe(true);
  });

  const shapes: [string, number[]][] = [
    ["an array", [0, 5, 65_535]],
    ["the largest array", Array.from({ length: 4096 }, (_, i) => i * 3)],
    ["the smallest bitmap", Array.from({ length: 4097 }, (_, i) => i * 3)],
    ["a bitmap", Array.from({ length: 30_000 }, (_, i) => i * 2)],
    ["one run", Array.from({ length: 1000 }, (_, i) => i + 7)],
    ["all", Array.from({ length: SIZE }, (_, i) => i)],
  ];

  test.each(shapes)("%s is the format that Roaring writes, and is read back", (_, values) => {
    const [chunk] = [...OrdinalSet.of(values).chunks()];
    const bitmap = RoaringBitmap32.deserialize("portable", chunk!.bytes);
    expect([...bitmap.toUint32Array()]).toEqual(values);
    bitmap.dispose();
    expect([...open(chunk!.bytes)]).toEqual(values);
    const plain = new RoaringBitmap32(Uint32Array.from(values));
    expect([...open(plain.serialize("portable"))]).toEqual(values);
    plain.dispose();
  });

  test("the bytes are those of the published format", () => {
    const [chunk] = [...OrdinalSet.of([1, 2, 3, 65_535].map((n) => n + 5 * SIZE)).chunks()];
    expect(chunk!.chunk).toBe(5);
    expect(hex(chunk!.bytes)).toBe("3a300000010000000000030010000000010002000300ffff");
    const [runs] = [...OrdinalSet.of(Array.from({ length: 1000 }, (_, i) => i)).chunks()];
    expect(hex(runs!.bytes)).toBe("3b300000010000e70301000000e703");
  });

  test.each(shapes)("%s cut short, lengthened or with another count is refused", (_, values) => {
    const [chunk] = [...OrdinalSet.of(values).chunks()];
    const bytes = chunk!.bytes;
    for (let length = 0; length < bytes.length; length += 1 + (bytes.length >> 8)) {
      expect(() => open(bytes.subarray(0, length)), `${length}`).toThrow(damaged);
    }
    expect(() => open(Uint8Array.of(...bytes, 0))).toThrow(damaged);
    const headerBytes = bytes[0] === 0x3b ? 11 : 16;
    for (let at = 0; at < headerBytes; at += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Uint8Array.from(bytes);
        changed[at] = changed[at]! ^ (1 << bit);
        expect(() => open(changed), `byte ${at} bit ${bit}`).toThrow(damaged);
      }
    }
  });

  test("disorder, runs that touch or overflow, and a wrong count of bits are refused", () => {
    const array = "3a30000001000000000001001000000001000200";
    expect([...open(fromHex(array)!)]).toEqual([1, 2]);
    expect(() => open(fromHex(array.replace(/01000200$/, "02000100"))!)).toThrow(damaged);
    expect(() => open(fromHex(array.replace(/01000200$/, "02000200"))!)).toThrow(damaged);
    const runs = "3b30000001000003000200" + "00000100" + "05000100";
    expect([...open(fromHex(runs)!)]).toEqual([0, 1, 5, 6]);
    expect(() => open(fromHex(runs.replace("05000100", "02000100"))!)).toThrow(damaged);
    expect(() => open(fromHex(runs.replace("05000100", "01000100"))!)).toThrow(damaged);
    expect(() => open(fromHex(runs.replace("05000100", "ffff0100"))!)).toThrow(damaged);
    const [bitmap] = [...OrdinalSet.of(shapes[3]![1]).chunks()];
    const more = Uint8Array.from(bitmap!.bytes).fill(255, 16);
    expect(() => open(more)).toThrow(damaged);
  });

  test("random bytes are refused or are a set, and nothing breaks afterwards", () => {
    const prefix = fc.constantFrom("3a300000", "3b300000", "3b30ffff", "3a30000001000000", "");
    fc.assert(
      fc.property(prefix, fc.uint8Array({ maxLength: 60 }), (start, rest) => {
        try {
          const set = open(Uint8Array.of(...fromHex(start)!, ...rest));
          expect(sorted(set)).toEqual([...set]);
        } catch (error) {
          expect(error).toMatchObject({ code: "store-damaged" });
        }
      }),
      { numRuns: 2000 },
    );
    expect([...open([...OrdinalSet.of([4]).chunks()][0]!.bytes)]).toEqual([4]);
  });

  test("a chunk that comes twice, or that no ordinal lies in, is refused", () => {
    const [chunk] = [...OrdinalSet.of([1]).chunks()] as [OrdinalChunk];
    expect(() => OrdinalSet.fromChunks([chunk, chunk])).toThrow(damaged);
    for (const number of [-1, 0.5, 2 ** 37, Number.NaN]) {
      expect(() => open(chunk.bytes, number)).toThrow(damaged);
    }
    expect(open(chunk.bytes, 2 ** 37 - 1).size).toBe(1);
  });

  test("an empty chunk from elsewhere is no member and no chunk", () => {
    const set = open(fromHex("3a30000000000000")!);
    expect(set.size).toBe(0);
    expect([...set.chunks()]).toEqual([]);
  });
});

test("a hundred thousand conversions keep the memory where it was", () => {
  const set = OrdinalSet.of(Array.from({ length: 3000 }, (_, i) => i * 20));
  const rounds = (count: number) => {
    for (let round = 0; round < count; round += 1) {
      for (const chunk of set.chunks()) OrdinalSet.fromChunks([chunk]);
    }
  };
  rounds(2000);
  const before = process.memoryUsage().rss;
  rounds(50_000);
  const grown = process.memoryUsage().rss - before;
  // 100,000 bitmaps of 6 kB that were not disposed of would be 600 MB.
  expect(grown).toBeLessThan(150 * 1024 * 1024);
});
