import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { base64, concat, fromBase64, fromBase64url, hex, utf8 } from "../../src/lib/bytes.js";
import { emptyRoot } from "../../src/lib/merkle.js";
import {
  checkpointBody,
  keyHash,
  NOTE_SIGNATURES_MAX,
  openNote,
  parseCheckpoint,
  signedNote,
} from "../../src/lib/note.js";

function keyPair(name: string) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const bytes = fromBase64url(publicKey.export({ format: "jwk" }).x!)!;
  return { name, publicKey: bytes, privateKey };
}
const by = (privateKey: KeyObject, body: string) =>
  new Uint8Array(sign(null, utf8(body), privateKey));
type Pair = ReturnType<typeof keyPair>;
const signedBy = (body: string, key: Pair) =>
  signedNote(body, key.name, key.publicKey, by(key.privateKey, body));
const lineBy = (body: string, key: Pair) => signedBy(body, key).slice(body.length + 1);

const log = keyPair("log.example.org");
const witness = keyPair("witness.example.org/w1");
const stranger = keyPair("stranger.example.org");
const body = checkpointBody({ origin: "log.example.org", size: 0, root: emptyRoot() });
const note = signedBy(body, log);
const refused = expect.objectContaining({ code: "option-invalid" });

test("the published example of the format opens", () => {
  // The note and key in the documentation of Go's sumdb/note package.
  const text =
    "If you think cryptography is the answer to your problem,\n" +
    "then you don't know what your problem is.\n";
  const example =
    `${text}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIu` +
    "GUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
  const key = fromBase64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")!.slice(1);
  expect(hex(keyHash("PeterNeumann", key))).toBe("c74f20a3");
  const keys = [{ name: "PeterNeumann", publicKey: key }];
  expect(openNote(example, keys)).toEqual({ body: text, signedBy: ["PeterNeumann"] });
  expect(openNote(example.replace("problem is", "problem was"), keys)).toBeUndefined();
});

describe("checkpoints", () => {
  test("a checkpoint is three lines and goes both ways", () => {
    expect(body).toBe("log.example.org\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
    expect(parseCheckpoint(body)).toEqual({
      origin: "log.example.org",
      size: 0,
      root: emptyRoot(),
    });
    const root = emptyRoot();
    const large = { origin: "a b", size: Number.MAX_SAFE_INTEGER, root };
    expect(parseCheckpoint(checkpointBody(large))).toEqual(large);
    expect(parseCheckpoint(`${body}extension\n`)?.size).toBe(0);
  });

  test("anything else is not a checkpoint", () => {
    const root = base64(emptyRoot());
    const wrong = [
      "",
      body.slice(0, -1),
      `o\n00\n${root}\n`,
      `o\n-1\n${root}\n`,
      `o\n1.0\n${root}\n`,
      `o\n1e3\n${root}\n`,
      `o\n9007199254740992\n${root}\n`,
      `\n1\n${root}\n`,
      `o\n1\n${root.slice(0, -1)}\n`,
      `o\n1\n${base64(emptyRoot().slice(1))}\n`,
      `o\r\n1\n${root}\n`,
      `${body}\n`,
      "o\n1\n",
    ];
    for (const text of wrong) expect(parseCheckpoint(text), JSON.stringify(text)).toBeUndefined();
  });

  test("what a line cannot hold is not written", () => {
    const root = emptyRoot();
    expect(() => checkpointBody({ origin: "a\nb", size: 1, root })).toThrow(refused);
    expect(() => checkpointBody({ origin: "", size: 1, root })).toThrow(refused);
    expect(() => checkpointBody({ origin: "a", size: -1, root })).toThrow(refused);
    expect(() => checkpointBody({ origin: "a", size: 1.5, root })).toThrow(refused);
    expect(() => checkpointBody({ origin: "a", size: 1, root: root.slice(1) })).toThrow(refused);
  });
});

describe("signatures", () => {
  test("a note names those of the given keys that signed it", () => {
    expect(openNote(note, [log])).toEqual({ body, signedBy: [log.name] });
    const cosigned = note + lineBy(body, witness);
    expect(openNote(cosigned, [log, witness])?.signedBy).toEqual([log.name, witness.name]);
    expect(openNote(cosigned, [witness])?.signedBy).toEqual([witness.name]);
    expect(openNote(cosigned, [stranger])).toBeUndefined();
    expect(openNote(cosigned, [])).toBeUndefined();
  });

  test("signatures of unknown keys are ignored, a wrong one of a known key is not", () => {
    const withStranger = note + lineBy(body, stranger);
    expect(openNote(withStranger, [log])?.signedBy).toEqual([log.name]);
    const forged = concat(keyHash(witness.name, witness.publicKey), new Uint8Array(64));
    const withForged = `${note}\u2014 ${witness.name} ${base64(forged)}\n`;
    expect(openNote(withForged, [log])?.signedBy).toEqual([log.name]);
    expect(openNote(withForged, [log, witness])).toBeUndefined();
  });

  test("the same key under another name is another key", () => {
    expect(openNote(note, [{ ...log, name: "other.example.org" }])).toBeUndefined();
    expect(openNote(note, [{ ...stranger, name: log.name }])).toBeUndefined();
  });

  test("a signature counts once, however often it is repeated", () => {
    expect(openNote(note + lineBy(body, log), [log])?.signedBy).toEqual([log.name]);
  });

  test("no changed character leaves the note as it was", () => {
    for (let index = 0; index < note.length; index += 1) {
      for (const other of ["A", "b", "=", "\n", " ", "\u2014"]) {
        if (note[index] === other) continue;
        const changed = note.slice(0, index) + other + note.slice(index + 1);
        expect(openNote(changed, [log]), `${index} ${JSON.stringify(other)}`).toBeUndefined();
      }
    }
  });

  test("malformed notes do not open", () => {
    const wrong = [
      "",
      body,
      `${body}\n`,
      note.slice(0, -1),
      `${note}\n`,
      note.replace("\u2014", "-"),
      note.replace("\u2014 ", "\u2014  "),
      note.replaceAll("\n", "\r\n"),
      `${note}garbage\n`,
      `${note}\u2014 x AAAA\n`,
      note.replace("log.example.org\n0", "log.example.org\t\n0"),
      note + lineBy(body, stranger).repeat(NOTE_SIGNATURES_MAX),
    ];
    for (const text of wrong) expect(openNote(text, [log]), JSON.stringify(text)).toBeUndefined();
    const full = note + lineBy(body, stranger).repeat(NOTE_SIGNATURES_MAX - 1);
    expect(openNote(full, [log])?.signedBy).toEqual([log.name]);
  });

  test("what the format cannot hold is not written", () => {
    const signature = by(log.privateKey, body);
    expect(() => signedNote("no newline", "n", log.publicKey, signature)).toThrow(refused);
    expect(() => signedNote(body, "two words", log.publicKey, signature)).toThrow(refused);
    expect(() => signedNote(body, "a+b", log.publicKey, signature)).toThrow(refused);
    expect(() => signedNote(body, "", log.publicKey, signature)).toThrow(refused);
    expect(() => signedNote(body, "n", log.publicKey.slice(1), signature)).toThrow(refused);
    expect(() => signedNote(body, "n", log.publicKey, signature.slice(1))).toThrow(refused);
  });
});
