/**
 * A checkpoint of the ledger as a signed note (C2SP tlog-checkpoint): whose tree, how many leaves,
 * which root. The origin is the signer's name, a slash and the store's id, so that two stores of
 * one signer are two logs and a note of one never passes for a note of the other. The key signs
 * under the signer's name alone, as witnesses know it.
 */
import { fromBase64url, hex } from "../lib/bytes.js";
import type { PublicJwk } from "../lib/jws.js";
import { type Checkpoint, checkpointBody, openNote, parseCheckpoint } from "../lib/note.js";

const KEY_BYTES = 32;

/**
 * What a stored checkpoint holds; `peaks` let the next one continue without reading the ledger from
 * the start.
 */
export interface StoredCheckpoint {
  readonly size: number;
  /** Hexadecimal. */
  readonly root: string;
  readonly note: string;
  readonly frontier: { readonly size: number; readonly peaks: readonly string[] };
}

export function checkpointOrigin(signer: string, store: string): string {
  return `${signer}/${store}`;
}

/** The three lines to sign. @throws `option-invalid` for a name that a line cannot hold */
export function checkpointText(
  signer: string,
  store: string,
  size: number,
  root: Uint8Array,
): string {
  return checkpointBody({ origin: checkpointOrigin(signer, store), size, root });
}

/** What a note says, without looking at its signatures; undefined when it is malformed. */
export function readCheckpoint(note: string): Checkpoint | undefined {
  const end = note.lastIndexOf("\n\n");
  return end < 0 ? undefined : parseCheckpoint(note.slice(0, end + 1));
}

/** What a note says, when one of `keys` signed it under `name`; undefined for everything else. */
export function openCheckpoint(
  note: string,
  keys: readonly PublicJwk[],
  name: string,
): Checkpoint | undefined {
  const known = keys.flatMap((key) => {
    const publicKey = fromBase64url(key.x ?? "");
    return publicKey?.length === KEY_BYTES ? [{ name, publicKey }] : [];
  });
  const opened = openNote(note, known);
  return opened === undefined ? undefined : parseCheckpoint(opened.body);
}

/** True when the stored figures are those of the note: the note is what was signed. */
export function agrees(stored: StoredCheckpoint, note: Checkpoint): boolean {
  return stored.size === note.size && stored.root === hex(note.root);
}
