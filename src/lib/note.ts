import { createPublicKey, verify } from "node:crypto";
import { CustodyError } from "../errors.js";
import { base64, base64url, concat, equalBytes, fromBase64, sha256, utf8 } from "./bytes.js";

/**
 * The formats C2SP signed-note and tlog-checkpoint, so that independent witnesses can co-sign our
 * checkpoints.
 */

/** A key whose signature on a note counts. `publicKey` is the 32 bytes of an Ed25519 key. */
export interface NoteKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/** What a checkpoint says: the tree named `origin` had this root when it had `size` leaves. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/**
 * Longer notes and notes with more signatures are malformed; a checkpoint is a few hundred
 * characters.
 */
export const NOTE_CHARACTERS_MAX = 1_000_000;
export const NOTE_SIGNATURES_MAX = 100;

const KEY_BYTES = 32;
const ROOT_BYTES = 32;
const KEY_HASH_BYTES = 4;
const SIGNATURE_BYTES = 64;
const ED25519 = Uint8Array.of(0x0a, 0x01);
const SIGNATURE_LINE = /^\u2014 ([^\s\u0085+]+) (\S+)$/;
const NAME = /^[^\s\u0085+]+$/;
const SIZE = /^(?:0|[1-9][0-9]*)$/;

/** The three lines that a checkpoint signs. Throws `option-invalid` for what a line cannot hold. */
export function checkpointBody(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint;
  if (origin === "" || hasControl(origin) || origin.includes("\n")) throw refused("origin");
  if (!Number.isSafeInteger(size) || size < 0) throw refused("size");
  if (root.length !== ROOT_BYTES) throw refused("root");
  return `${origin}\n${size}\n${base64(root)}\n`;
}

/**
 * The checkpoint in a note's body; undefined when it is not written exactly as `checkpointBody`
 * does. Further lines are allowed by the format, must not be empty, and are not returned. This does
 * not look at any signature.
 */
export function parseCheckpoint(body: string): Checkpoint | undefined {
  if (!body.endsWith("\n") || hasControl(body)) return undefined;
  const [origin, size, root, ...extensions] = body.slice(0, -1).split("\n");
  if (origin === undefined || size === undefined || root === undefined) return undefined;
  if (origin === "" || !SIZE.test(size) || extensions.includes("")) return undefined;
  const bytes = fromBase64(root);
  const leaves = Number(size);
  if (bytes?.length !== ROOT_BYTES || !Number.isSafeInteger(leaves)) return undefined;
  return { origin, size: leaves, root: bytes };
}

/** The four bytes by which a note names a key: a hint, not an identity. Throws `option-invalid`. */
export function keyHash(name: string, publicKey: Uint8Array): Uint8Array {
  if (!NAME.test(name)) throw refused("name");
  if (publicKey.length !== KEY_BYTES) throw refused("publicKey");
  return sha256(utf8(name), ED25519, publicKey).slice(0, KEY_HASH_BYTES);
}

/**
 * A body with one signature line. `signature` is the Ed25519 signature over the UTF-8 bytes of
 * `body`, made by whoever holds the key; it is not checked here. Throws `option-invalid` for what
 * the format cannot hold.
 */
export function signedNote(
  body: string,
  name: string,
  publicKey: Uint8Array,
  signature: Uint8Array,
): string {
  if (!body.endsWith("\n") || hasControl(body)) throw refused("body");
  if (signature.length !== SIGNATURE_BYTES) throw refused("signature");
  const line = base64(concat(keyHash(name, publicKey), signature));
  return `${body}\n\u2014 ${name} ${line}\n`;
}

/**
 * Takes a note apart and names the given keys that signed it. Undefined when the note is malformed,
 * when none of the keys signed, or when a signature claims to be by one of them and is not.
 * Signatures by other keys are ignored, so that a note with more witnesses than we know still
 * opens.
 */
export function openNote(
  note: string,
  keys: readonly NoteKey[],
): { body: string; signedBy: string[] } | undefined {
  const split = note.lastIndexOf("\n\n");
  if (note.length > NOTE_CHARACTERS_MAX || split < 0 || !note.endsWith("\n")) return undefined;
  if (hasControl(note) || /\p{Surrogate}/u.test(note)) return undefined;
  const body = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > NOTE_SIGNATURES_MAX) return undefined;
  const signedBy = new Set<string>();
  for (const line of lines) {
    const signer = signerOf(body, line, keys);
    if (signer === "bad") return undefined;
    if (signer !== "unknown") signedBy.add(signer.name);
  }
  return signedBy.size === 0 ? undefined : { body, signedBy: [...signedBy] };
}

function signerOf(
  body: string,
  line: string,
  keys: readonly NoteKey[],
): NoteKey | "unknown" | "bad" {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? [];
  if (name === undefined || encoded === undefined) return "bad";
  const bytes = fromBase64(encoded);
  if (bytes === undefined || bytes.length <= KEY_HASH_BYTES) return "bad";
  const claimed = bytes.subarray(0, KEY_HASH_BYTES);
  const known = keys.filter(
    (key) => key.name === name && equalBytes(keyHash(key.name, key.publicKey), claimed),
  );
  if (known.length === 0) return "unknown";
  const signature = bytes.subarray(KEY_HASH_BYTES);
  return known.find((key) => verifies(utf8(body), signature, key.publicKey)) ?? "bad";
}

function verifies(data: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  const jwk = { kty: "OKP", crv: "Ed25519", x: base64url(publicKey) };
  return verify(null, data, createPublicKey({ key: jwk, format: "jwk" }), signature);
}

/** The format allows no character below U+0020 but the newline. */
function hasControl(written: string): boolean {
  for (let index = 0; index < written.length; index += 1) {
    const unit = written.charCodeAt(index);
    if (unit < 0x20 && unit !== 0x0a) return true;
  }
  return false;
}

function refused(path: string): CustodyError {
  return new CustodyError("option-invalid", { path, reason: "a signed note cannot hold it" });
}
