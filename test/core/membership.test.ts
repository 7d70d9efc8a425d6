import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bitOf,
  checkMembership,
  type MembershipProof,
  TAG_BITS,
  tagOf,
} from "../../src/core/membership.js";
import { piecesOf, plantTree, proofIn, rootOver } from "../../src/core/membership-tree.js";
import { CustodyError } from "../../src/errors.js";
import { newId } from "../../src/lib/id.js";

const SALT = "5a".repeat(16);
const SECRET = "c3".repeat(32);
/** An id for each number, the same at every run. */
const idOf = (kind: "record" | "dataset", number: number): string =>
  newId(kind, 1_600_000_000_000, (bytes) => {
    const made = new Uint8Array(bytes);
    new DataView(made.buffer).setUint32(bytes - 4, number);
    return made;
  });
const DATASET = idOf("dataset", 1);

function sealed(numbers: readonly number[], seed = { salt: SALT, secret: SECRET }) {
  const records = numbers.map((number) => idOf("record", number));
  const tree = plantTree(DATASET, seed, records);
  if (tree === undefined) throw new Error("two tags met");
  const pieces = [...piecesOf(tree)];
  const root = rootOver(tree, pieces);
  return { tree, root, prove: (record: string) => proofIn(tree, pieces, record) };
}

function verdict(proof: unknown, root: string): string {
  try {
    return checkMembership(proof, root).member ? "in" : "out";
  } catch (error) {
    if (!(error instanceof CustodyError)) throw error;
    return `${error.code} ${error.details.reason}`;
  }
}

const numbers = fc.uniqueArray(fc.nat(400), { maxLength: 60 });

test("of random sets every member proves in and every other record proves out", () => {
  fc.assert(
    fc.property(numbers, fc.array(fc.nat(400), { maxLength: 10 }), (inside, asked) => {
      const { root, prove } = sealed(inside);
      for (const number of [...inside, ...asked]) {
        const record = idOf("record", number);
        const proof = prove(record);
        expect(checkMembership(proof, root)).toEqual({
          dataset: DATASET,
          record,
          member: inside.includes(number),
        });
      }
    }),
    { numRuns: 40 },
  );
});

test("the root follows from the set, the dataset and the seed, and from no order", () => {
  const { root } = sealed([1, 2, 3]);
  expect(sealed([3, 1, 2]).root).toBe(root);
  expect(sealed([1, 2]).root).not.toBe(root);
  expect(sealed([1, 2, 3], { salt: "5b".repeat(16), secret: SECRET }).root).not.toBe(root);
  expect(sealed([1, 2, 3], { salt: SALT, secret: "c4".repeat(32) }).root).not.toBe(root);
  expect(sealed([]).root).not.toBe(root);
});

describe("no forged proof holds", () => {
  const { root, prove } = sealed([...Array(300).keys()]);
  const inside = prove(idOf("record", 7));
  const outside = prove(idOf("record", 900));
  test("the two proofs hold, and against another dataset's root they do not", () => {
    expect([verdict(inside, root), verdict(outside, root)]).toEqual(["in", "out"]);
    expect(verdict(inside, sealed([7]).root)).toBe("proof-invalid root");
  });

  test("a member cannot be shown to be out, nor another to be in, by turning the word", () => {
    expect(verdict({ ...inside, member: false }, root)).toBe("proof-invalid root");
    const whole = { ...outside, member: true };
    expect(verdict(whole, root)).toBe("proof-invalid length");
    const path = [...outside.path, ...inside.path].slice(0, TAG_BITS);
    expect(verdict({ ...whole, path }, root)).toBe("proof-invalid root");
  });

  test("another record's proof says nothing of this one", () => {
    const swapped = (proof: MembershipProof, record: number) =>
      verdict({ ...proof, record: idOf("record", record) }, root);
    expect(swapped(inside, 8)).toBe("proof-invalid root");
    expect(swapped(inside, 900)).toBe("proof-invalid root");
    expect(swapped(outside, 7)).toBe("proof-invalid root");
  });

  test("an operator who draws salts until a member's place is an empty one gets nowhere", () => {
    const placeOf = (tag: string) => outside.path.map((_, depth) => bitOf(tag, depth)).join("");
    const empty = placeOf(tagOf(SALT, outside.record));
    let salt = SALT;
    for (let draw = 0; draw < 400_000; draw += 1) {
      salt = draw.toString(16).padStart(32, "0");
      if (placeOf(tagOf(salt, inside.record)) === empty) break;
    }
    expect(placeOf(tagOf(salt, inside.record))).toBe(empty);
    expect(verdict({ ...outside, salt, record: inside.record }, root)).toBe("proof-invalid root");
  });

  test("one changed character anywhere is found", () => {
    for (const proof of [inside, outside]) {
      const text = JSON.stringify(proof);
      for (let at = 0; at < text.length; at += 1) {
        const digit = text[at] === "0" ? "1" : "0";
        const changed = `${text.slice(0, at)}${digit}${text.slice(at + 1)}`;
        let read: unknown;
        try {
          read = JSON.parse(changed);
        } catch {
          continue;
        }
        expect(verdict(read, root), changed).toMatch(/^proof-invalid/);
      }
    }
  });

  test("hashes cannot be left out, put in or exchanged, and nothing can be added", () => {
    for (const proof of [inside, outside]) {
      for (let index = 0; index < proof.path.length; index += 1) {
        const path = [...proof.path];
        expect(verdict({ ...proof, path: path.toSpliced(index, 1) }, root)).toMatch(/^proof/);
        const twice = path.toSpliced(index, 0, path[index] ?? "");
        expect(verdict({ ...proof, path: twice }, root)).toMatch(/^proof/);
        const turned = path.with(index, path[(index + 1) % path.length] ?? "");
        expect(verdict({ ...proof, path: turned }, root)).toBe("proof-invalid root");
      }
      expect(verdict({ ...proof, note: 1 }, root)).toBe("proof-invalid shape");
    }
    for (const none of [undefined, null, 1, "x", [], {}, [inside]]) {
      expect(verdict(none, root)).toBe("proof-invalid shape");
    }
  });

  test("of random mutations none proves what is not so", () => {
    const set = new Set([...Array(300).keys()].map((number) => idOf("record", number)));
    const mutation = fc.record({
      from: fc.nat(600),
      path: fc.nat(TAG_BITS),
      member: fc.boolean(),
      record: fc.nat(600),
    });
    fc.assert(
      fc.property(mutation, ({ from, path, member, record }) => {
        const proof = prove(idOf("record", from));
        const other = prove(idOf("record", record));
        const mixed = [...proof.path.slice(0, path), ...other.path.slice(path)];
        const forged = { ...proof, record: other.record, member, path: mixed };
        for (const nonce of [proof.nonce, other.nonce]) {
          const said = verdict({ ...forged, nonce }, root);
          const truth = set.has(other.record) ? "in" : "out";
          expect([truth, "proof-invalid root", "proof-invalid length"]).toContain(said);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("nothing of others is in a proof", () => {
  test("two sets that differ in all but the one asked about look alike", () => {
    const few = sealed([7]).prove(idOf("record", 7));
    const many = sealed([...Array(2_000).keys()]).prove(idOf("record", 7));
    const shape = (proof: MembershipProof) => [Object.keys(proof), proof.path.length, proof.member];
    expect(shape(few)).toEqual(shape(many));
  });

  test("neither an id, nor a tag, nor a nonce of another member, nor the secret is in it", () => {
    const inside = [...Array(200).keys()];
    const { prove, tree } = sealed(inside);
    const others = inside.filter((number) => number !== 7).map((number) => idOf("record", number));
    const hidden = others.flatMap((record) => [record, tagOf(SALT, record), prove(record).nonce]);
    for (const asked of [7, 900, 901, 902]) {
      const text = JSON.stringify(prove(idOf("record", asked)));
      expect(hidden.filter((secret) => text.includes(secret))).toEqual([]);
      expect(text).not.toContain(SECRET);
    }
    expect(JSON.stringify(prove(idOf("record", 7)))).toContain(prove(idOf("record", 7)).nonce);
    expect(tree.members).toHaveLength(200);
  });

  test("with a list of ids and the salt, no hash in a proof can be told to be one of them", () => {
    const inside = [...Array(200).keys()];
    const { prove } = sealed(inside);
    // The same place, the same id, the same salt, and every nonce that any proof of mine shows.
    const mine = prove(idOf("record", 900));
    const guesses = inside.flatMap((number) => {
      const other = sealed([number], { salt: SALT, secret: "00".repeat(32) });
      return other.prove(idOf("record", number)).path;
    });
    expect(guesses.filter((hash) => mine.path.includes(hash))).toEqual([]);
  });

  test("where a proof of absence ends says the size of the set in rough steps, rarely more", () => {
    const { prove, tree } = sealed([...Array(1_000).keys()]);
    const depths = Array.from(
      { length: 400 },
      (_, index) => prove(idOf("record", 10_000 + index)).path.length,
    );
    expect(tree.floor).toBe(14);
    expect(Math.min(...depths)).toBe(14);
    expect(depths.filter((depth) => depth > 14).length).toBeLessThan(400 / 8);
  });
});

test("two members of one tag are told, so that another salt is drawn", () => {
  const record = idOf("record", 1);
  expect(plantTree(DATASET, { salt: SALT, secret: SECRET }, [record, record])).toBeUndefined();
});

test("a tag's bits are read from the first on", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((depth) => bitOf("a1", depth)).join("")).toBe("10100001");
});
