import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, hex } from "../../src/lib/bytes.js";
import {
  consistencyProof,
  emptyRoot,
  Frontier,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from "../../src/lib/merkle.js";

interface Vectors {
  leaves: string[];
  emptyRoot: string;
  roots: string[];
  inclusion: { index: number; size: number; proof: string[] }[];
  consistency: { from: number; to: number; proof: string[] }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/merkle.json", import.meta.url), "utf8"),
) as Vectors;
const published = vectors.leaves.map((leaf) => leafHash(fromHex(leaf)!));
const leavesOf = (n: number) => Array.from({ length: n }, (_, i) => leafHash(Uint8Array.of(i, 7)));
const flipped = (bytes: Uint8Array, at: number) => {
  const copy = Uint8Array.from(bytes);
  const index = at % copy.length;
  copy[index] = copy[index]! ^ (1 << (at % 8));
  return copy;
};

describe("published vectors", () => {
  test("every prefix has its published root", () => {
    expect(hex(emptyRoot())).toBe(vectors.emptyRoot);
    expect(hex(rootOf([]))).toBe(vectors.emptyRoot);
    for (const [index, root] of vectors.roots.entries()) {
      expect(hex(rootOf(published.slice(0, index + 1)))).toBe(root);
    }
  });

  test("inclusion proofs are the published ones and verify", () => {
    for (const { index, size, proof } of vectors.inclusion) {
      const leaves = published.slice(0, size);
      expect(inclusionProof(leaves, index).map(hex)).toEqual(proof);
      const claim = { leaf: leaves[index]!, index, size, root: rootOf(leaves) };
      expect(verifyInclusion({ ...claim, proof: proof.map((p) => fromHex(p)!) })).toBe(true);
    }
  });

  test("consistency proofs are the published ones and verify", () => {
    for (const { from, to, proof } of vectors.consistency) {
      expect(consistencyProof(published.slice(0, to), from).map(hex)).toEqual(proof);
      const oldRoot = rootOf(published.slice(0, from));
      const newRoot = rootOf(published.slice(0, to));
      const bytes = proof.map((p) => fromHex(p)!);
      const claim = { oldSize: from, oldRoot, newSize: to, newRoot, proof: bytes };
      expect(verifyConsistency(claim)).toBe(true);
    }
  });
});

describe("every tree up to 40 leaves", () => {
  const all = leavesOf(40);

  test("the frontier has the root of the whole tree, also after storage", () => {
    let frontier = new Frontier();
    for (let size = 0; size <= 40; size += 1) {
      expect(frontier.size).toBe(size);
      expect(hex(frontier.root())).toBe(hex(rootOf(all.slice(0, size))));
      frontier = Frontier.from(JSON.parse(JSON.stringify(frontier)));
      if (size < 40) frontier.append(all[size]!);
    }
  });

  test("every inclusion proof verifies, and at no other index", () => {
    for (let size = 1; size <= 40; size += 1) {
      const leaves = all.slice(0, size);
      const root = rootOf(leaves);
      for (let index = 0; index < size; index += 1) {
        const claim = {
          leaf: leaves[index]!,
          index,
          size,
          proof: inclusionProof(leaves, index),
          root,
        };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, index: (index + 1) % (size + 1) })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...claim.proof, root] })).toBe(false);
        if (size > 1) {
          expect(verifyInclusion({ ...claim, proof: claim.proof.slice(1) })).toBe(false);
        }
      }
    }
  });

  test("every consistency proof verifies, and for no other old root", () => {
    for (let newSize = 0; newSize <= 40; newSize += 1) {
      for (let oldSize = 0; oldSize <= newSize; oldSize += 1) {
        const proof = consistencyProof(all.slice(0, newSize), oldSize);
        const oldRoot = rootOf(all.slice(0, oldSize));
        const newRoot = rootOf(all.slice(0, newSize));
        const claim = { oldSize, oldRoot, newSize, newRoot, proof };
        expect(verifyConsistency(claim), `${oldSize} in ${newSize}`).toBe(true);
        expect(verifyConsistency({ ...claim, oldRoot: leafHash(oldRoot) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...proof, newRoot] })).toBe(false);
        if (oldSize > 0) {
          expect(verifyConsistency({ ...claim, newRoot: leafHash(newRoot) })).toBe(false);
        }
      }
    }
  });
});

test("one flipped bit anywhere in a proof, leaf or root is found", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 200 }), fc.nat(), fc.nat(), (size, pick, at) => {
      const leaves = leavesOf(size);
      const root = rootOf(leaves);
      const index = pick % size;
      const proof = inclusionProof(leaves, index);
      const claim = { leaf: leaves[index]!, index, size, proof, root };
      expect(verifyInclusion(claim)).toBe(true);
      expect(verifyInclusion({ ...claim, leaf: flipped(claim.leaf, at) })).toBe(false);
      expect(verifyInclusion({ ...claim, root: flipped(root, at) })).toBe(false);
      const bad = proof.map((p, i) => (i === at % proof.length ? flipped(p, at) : p));
      expect(verifyInclusion({ ...claim, proof: bad })).toBe(false);

      const oldSize = 1 + (pick % (size - 1));
      const steps = consistencyProof(leaves, oldSize);
      const oldRoot = rootOf(leaves.slice(0, oldSize));
      const grown = { oldSize, oldRoot, newSize: size, newRoot: root, proof: steps };
      expect(verifyConsistency(grown)).toBe(true);
      const wrong = steps.map((p, i) => (i === at % steps.length ? flipped(p, at) : p));
      expect(verifyConsistency({ ...grown, proof: wrong })).toBe(false);
    }),
    { numRuns: 100 },
  );
});

test("a proof does not serve for a tree of another height", () => {
  const leaves = leavesOf(4);
  const root = rootOf(leaves);
  const claim = { leaf: leaves[0]!, index: 0, size: 4, proof: inclusionProof(leaves, 0), root };
  expect(verifyInclusion(claim)).toBe(true);
  for (const size of [1, 2, 5, 8, 16, 1000]) {
    expect(verifyInclusion({ ...claim, size }), `${size}`).toBe(false);
  }
  // The second of two leaves, passed off as the only one.
  const [a, b] = leaves as [Uint8Array, Uint8Array];
  const pair = { leaf: b, proof: [a], root: nodeHash(a, b) };
  expect(verifyInclusion({ ...pair, index: 1, size: 2 })).toBe(true);
  expect(verifyInclusion({ ...pair, index: 0, size: 1 })).toBe(false);

  const grown = { oldSize: 1, oldRoot: a, newRoot: root, proof: consistencyProof(leaves, 1) };
  expect(verifyConsistency({ ...grown, newSize: 4 })).toBe(true);
  for (const newSize of [2, 5, 8, 16, 1000]) {
    expect(verifyConsistency({ ...grown, newSize }), `${newSize}`).toBe(false);
  }
});

test("an inner node cannot stand for a leaf", () => {
  const [a, b] = leavesOf(2);
  expect(hex(leafHash(Uint8Array.of(...a!, ...b!)))).not.toBe(hex(nodeHash(a!, b!)));
});

test("claims about sizes that cannot be are false and never an endless walk", () => {
  const leaf = leafHash(Uint8Array.of(1));
  for (const size of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
    expect(verifyInclusion({ leaf, index: 0, size, proof: [], root: leaf })).toBe(false);
  }
  const short = new Uint8Array(31);
  expect(verifyInclusion({ leaf: short, index: 0, size: 1, proof: [], root: short })).toBe(false);
  const shrunk = { oldSize: 2, oldRoot: leaf, newSize: 1, newRoot: leaf, proof: [] };
  expect(verifyConsistency(shrunk)).toBe(false);
  const empty = { oldSize: 0, oldRoot: leaf, newSize: 1, newRoot: leaf, proof: [] };
  expect(verifyConsistency(empty)).toBe(false);
  expect(verifyConsistency({ ...empty, oldRoot: emptyRoot() })).toBe(true);
  const none = { oldSize: 0, oldRoot: leaf, newSize: 0, newRoot: leaf, proof: [] };
  expect(verifyConsistency(none)).toBe(false);
  const nothing = { ...none, oldRoot: emptyRoot(), newRoot: emptyRoot() };
  expect(verifyConsistency(nothing)).toBe(true);
});

test("makers refuse what does not fit the tree", () => {
  const code = expect.objectContaining({ code: "option-invalid" });
  expect(() => inclusionProof(leavesOf(3), 3)).toThrow(code);
  expect(() => inclusionProof([], 0)).toThrow(code);
  expect(() => consistencyProof(leavesOf(3), 4)).toThrow(code);
  expect(() => new Frontier().append(new Uint8Array(31))).toThrow(code);
});

test("a stored frontier whose peaks do not fit its size is refused", () => {
  const peak = hex(leafHash(Uint8Array.of(1)));
  expect(Frontier.from({ size: 2, peaks: [peak] }).size).toBe(2);
  const broken = expect.objectContaining({ code: "ledger-broken" });
  expect(() => Frontier.from({ size: 3, peaks: [peak] })).toThrow(broken);
  expect(() => Frontier.from({ size: 1, peaks: [peak.slice(2)] })).toThrow(broken);
  expect(() => Frontier.from({ size: 1, peaks: [peak.toUpperCase()] })).toThrow(broken);
  expect(() => Frontier.from({ size: -1, peaks: [] })).toThrow(broken);
});
