import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as bytes from "../../src/lib/bytes.js";

const arbitrary = fc.uint8Array({ maxLength: 70 });

test("every codec gives back what it was given", () => {
  fc.assert(
    fc.property(arbitrary, (data) => {
      expect(bytes.fromBase64url(bytes.base64url(data))).toEqual(data);
      expect(bytes.fromBase64(bytes.base64(data))).toEqual(data);
      expect(bytes.fromHex(bytes.hex(data))).toEqual(data);
    }),
  );
});

test("one changed character is another value or refused, never the same bytes", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.nat(),
      fc.string({ minLength: 1, maxLength: 1 }),
      (data, at, character) => {
        for (const [write, read] of [
          [bytes.base64url, bytes.fromBase64url],
          [bytes.base64, bytes.fromBase64],
          [bytes.hex, bytes.fromHex],
        ] as const) {
          const written = write(data);
          const index = at % written.length;
          fc.pre(written[index] !== character);
          const changed = written.slice(0, index) + character + written.slice(index + 1);
          expect(read(changed)).not.toEqual(data);
        }
      },
    ),
  );
});

describe("strict decoding", () => {
  test("base64url takes neither padding, white space, the other alphabet nor stray bits", () => {
    expect(bytes.fromBase64url("-_8")).toEqual(Uint8Array.of(251, 255));
    for (const text of ["-_8=", "-_8 ", " -_8", "-_8\n", "+/8", "-_9", "-", "-_8.", "é"]) {
      expect(bytes.fromBase64url(text), text).toBeUndefined();
    }
  });

  test("base64 takes neither missing padding, white space, base64url nor stray bits", () => {
    expect(bytes.fromBase64("+/8=")).toEqual(Uint8Array.of(251, 255));
    for (const text of ["+/8", "+/8=\n", "-_8=", "+/9=", "+/8==", "="]) {
      expect(bytes.fromBase64(text), text).toBeUndefined();
    }
  });

  test("hex takes neither upper case, odd lengths nor other characters", () => {
    expect(bytes.fromHex("00ff")).toEqual(Uint8Array.of(0, 255));
    for (const text of ["00FF", "00f", "00fg", "0x00", " 00"]) {
      expect(bytes.fromHex(text), text).toBeUndefined();
    }
  });
});

test("UTF-8 goes both ways, keeps a byte order mark, and malformed bytes are not patched", () => {
  expect(bytes.text(bytes.utf8("\ufeffé😀"))).toBe("\ufeffé😀");
  expect(() => bytes.text(Uint8Array.of(0xc3))).toThrow(TypeError);
});

test("hashes agree with node's streaming interface, whatever the borders", () => {
  fc.assert(
    fc.property(arbitrary, fc.array(arbitrary, { maxLength: 3 }), (key, parts) => {
      const whole = bytes.concat(...parts);
      const sha = createHash("sha256").update(whole).digest("hex");
      expect(bytes.hex(bytes.sha256(...parts))).toBe(sha);
      expect(bytes.hex(bytes.sha256(whole))).toBe(sha);
      expect(bytes.sha256Hex(whole)).toBe(sha);
      const mac = createHmac("sha256", key).update(whole).digest("hex");
      expect(bytes.hex(bytes.hmacSha256(key, ...parts))).toBe(mac);
    }),
  );
  expect(bytes.sha256Hex("é")).toBe(bytes.hex(bytes.sha256(Uint8Array.of(0xc3, 0xa9))));
});

test("results are plain arrays with a memory of their own", () => {
  const part = Uint8Array.of(1, 2);
  const whole = bytes.concat(part);
  whole[0] = 9;
  expect(part[0]).toBe(1);
  for (const made of [bytes.sha256(part), bytes.fromHex("0102")!, bytes.hmacSha256(part, part)]) {
    expect(Object.getPrototypeOf(made)).toBe(Uint8Array.prototype);
    expect(made.buffer.byteLength).toBe(made.length);
  }
  const inside = new Uint8Array([9, 1, 2, 9]).subarray(1, 3);
  expect(bytes.hex(inside)).toBe("0102");
});

test("equalBytes compares contents and lengths", () => {
  expect(bytes.equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(bytes.equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(bytes.equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
});
