import { CustodyError } from "../errors.js";

/** A `T` that the compiler keeps apart from every other `T`; at run time it is the plain value. */
export type Brand<T, B extends string> = T & { readonly __brand: B };

/** Each kind of id with the prefix that explains it in a log. */
export const ID_KINDS = {
  subject: "sub",
  evidence: "evd",
  notice: "not",
  request: "req",
  consent: "con",
  basis: "bas",
  record: "rec",
  dataset: "dat",
  model: "mod",
  artifact: "art",
  order: "ord",
  hold: "hld",
  purge: "prg",
  step: "stp",
  certificate: "crt",
  event: "evt",
  store: "sto",
  checkpoint: "chk",
  export: "exp",
  disclosure: "dis",
  key: "key",
  approval: "apv",
  instruction: "ins",
} as const;

export type IdKind = keyof typeof ID_KINDS;

/** A prefixed ULID of one kind. Only `newId`, `idFactory`, `parseId` and `requireId` make one. */
export type Id<K extends IdKind> = string & { readonly __id: K };

export type SubjectId = Id<"subject">;
export type EvidenceId = Id<"evidence">;
export type NoticeId = Id<"notice">;
export type RequestId = Id<"request">;
export type ConsentId = Id<"consent">;
export type BasisId = Id<"basis">;
export type RecordId = Id<"record">;
export type DatasetId = Id<"dataset">;
export type ModelId = Id<"model">;
export type ArtifactId = Id<"artifact">;
export type OrderId = Id<"order">;
export type HoldId = Id<"hold">;
export type PurgeId = Id<"purge">;
export type StepId = Id<"step">;
export type CertificateId = Id<"certificate">;
export type EventId = Id<"event">;
export type StoreId = Id<"store">;
export type CheckpointId = Id<"checkpoint">;
export type ExportId = Id<"export">;
export type DisclosureId = Id<"disclosure">;
export type KeyId = Id<"key">;
export type ApprovalId = Id<"approval">;
export type InstructionId = Id<"instruction">;

/** Where an id's entropy comes from: `random(n)` gives n unpredictable bytes. */
export type RandomBytes = (n: number) => Uint8Array;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const PREFIX_CHARACTERS = 4;
const TIME_CHARACTERS = 10;
const TIME_MS_MAX = 2 ** 48 - 1;
const RANDOM_BYTES = 10;

const KIND_OF_PREFIX: ReadonlyMap<string, IdKind> = new Map(
  (Object.keys(ID_KINDS) as readonly IdKind[]).map((kind) => [`${ID_KINDS[kind]}_`, kind]),
);

/**
 * A fresh id: the prefix, `_`, and a ULID in lowercase Crockford base32 (48 bits of time in
 * milliseconds, 80 random bits). Ids of one millisecond are not in order; `idFactory` keeps that
 * order. Throws `clock-invalid` for a time before 1970, after 10889, or not a whole number.
 */
export function newId<K extends IdKind>(kind: K, atMs: number, random: RandomBytes): Id<K> {
  requireTime(atMs);
  return write(kind, atMs, entropy(random));
}

/** The id in `text`, when it is one of this kind in its canonical lowercase form. */
export function parseId<K extends IdKind>(kind: K, text: unknown): Id<K> | undefined {
  if (typeof text !== "string" || kindOfId(text) !== kind) return undefined;
  return text as Id<K>;
}

/**
 * Like `parseId`, but throws `id-invalid`, naming `path` and never the text that was found there.
 */
export function requireId<K extends IdKind>(kind: K, text: unknown, path: string): Id<K> {
  const id = parseId(kind, text);
  if (id === undefined) throw new CustodyError("id-invalid", { path, expected: kind });
  return id;
}

/** The kind of a well-formed id; undefined for every other text. */
export function kindOfId(text: string): IdKind | undefined {
  const kind = KIND_OF_PREFIX.get(text.slice(0, PREFIX_CHARACTERS));
  return kind !== undefined && ULID.test(text.slice(PREFIX_CHARACTERS)) ? kind : undefined;
}

/**
 * A maker of ids whose ULIDs rise strictly in the order of the calls, across all kinds. Within one
 * millisecond, and when the clock steps back, the last random part is counted up by one, so
 * neighbours are guessable: an id is a name, never a secret. Two factories know nothing of each
 * other's order. Throws `clock-invalid` as `newId` does.
 */
export function idFactory(source: {
  readonly now: () => number;
  readonly random: RandomBytes;
}): <K extends IdKind>(kind: K) => Id<K> {
  let lastMs = -1;
  let last: Uint8Array = new Uint8Array(RANDOM_BYTES);
  return (kind) => {
    const nowMs = source.now();
    requireTime(nowMs);
    if (nowMs > lastMs) {
      lastMs = nowMs;
      last = entropy(source.random);
    } else if (!countUp(last)) {
      // All 80 bits were ones: the next millisecond is borrowed, so the order holds.
      requireTime(lastMs + 1);
      lastMs += 1;
      last = entropy(source.random);
    }
    return write(kind, lastMs, last);
  };
}

function requireTime(atMs: number): void {
  if (!Number.isInteger(atMs) || atMs < 0 || atMs > TIME_MS_MAX) {
    throw new CustodyError("clock-invalid", { path: String(atMs) });
  }
}

function entropy(random: RandomBytes): Uint8Array {
  const bytes = random(RANDOM_BYTES);
  if (bytes.length !== RANDOM_BYTES) {
    throw new CustodyError("option-invalid", {
      path: "random",
      reason: `it must give ${RANDOM_BYTES} bytes when asked for ${RANDOM_BYTES}`,
    });
  }
  return Uint8Array.from(bytes);
}

/** Adds one to a big-endian number in place; false when it ran over. */
function countUp(bytes: Uint8Array): boolean {
  for (let index = bytes.length - 1; index >= 0; index -= 1) {
    const value = ((bytes[index] ?? 0) + 1) % 256;
    bytes[index] = value;
    if (value !== 0) return true;
  }
  return false;
}

function write<K extends IdKind>(kind: K, atMs: number, random: Uint8Array): Id<K> {
  const ulid = base32(atMs, TIME_CHARACTERS) + half(random, 0) + half(random, 5);
  return `${ID_KINDS[kind]}_${ulid}` as Id<K>;
}

/** Forty bits fit a double exactly, and are eight characters without a rest. */
function half(bytes: Uint8Array, offset: number): string {
  let value = 0;
  for (let index = offset; index < offset + 5; index += 1)
    value = value * 256 + (bytes[index] ?? 0);
  return base32(value, 8);
}

function base32(value: number, characters: number): string {
  let rest = value;
  let written = "";
  for (let index = 0; index < characters; index += 1) {
    written = ALPHABET.charAt(rest % 32) + written;
    rest = Math.floor(rest / 32);
  }
  return written;
}
