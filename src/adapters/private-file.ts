/**
 * Files that hold keys: mode 0600 whatever the umask says, never reached through a symbolic link,
 * durable when a call returns, and overwritten with zeros before their name is given up.
 *
 * The overwriting is hygiene. A journalling file system or a flash translation layer may keep the
 * old blocks, so nothing that custody certifies rests on it.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  type Stats,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { CustodyError } from "../errors.js";

export const PRIVATE_MODE = 0o600;
/** Far more than an epoch file or a signing key needs. */
export const PRIVATE_FILE_BYTES_MAX = 65_536;

const PERMISSION_BITS = 0o7777;
const ZERO_CHUNK_BYTES = 65_536;
/**
 * A reader that loses the race against a replacement reads again; the replacement is milliseconds
 * long.
 */
const READ_ATTEMPTS_MAX = 5;

export type MissingCode = "keyring-missing" | "signer-missing";

/**
 * Looks before anything is opened: a plain file, mode exactly 0600.
 * @throws `missing` when there is none (a link or a folder is none), `keyring-permissions`
 */
export function requirePrivate(place: string, missing: MissingCode): void {
  const stats = statsOf(place);
  if (stats === undefined || !stats.isFile()) throw new CustodyError(missing, { place });
  requireMode(place, stats);
}

/** True when the name is taken, by whatever. */
export function taken(place: string): boolean {
  return statsOf(place) !== undefined;
}

/**
 * The whole file, from one moment: when the name was given to another file meanwhile, that one is
 * read.
 * @throws `missing`, `keyring-permissions`, and for more than `PRIVATE_FILE_BYTES_MAX`
 * `store-damaged` (`option-invalid` for a signing key)
 */
export function readPrivate(place: string, missing: MissingCode): Uint8Array {
  for (let attempt = 1; attempt <= READ_ATTEMPTS_MAX; attempt += 1) {
    requirePrivate(place, missing);
    const fd = attemptFile(place, () => openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW));
    try {
      const opened = fstatSync(fd);
      requireMode(place, opened);
      if (opened.size > PRIVATE_FILE_BYTES_MAX) throw tooLong(place, missing);
      const bytes = attemptFile(place, () => readFileSync(fd));
      if (statsOf(place)?.ino === opened.ino) return new Uint8Array(bytes);
      bytes.fill(0);
    } finally {
      closeSync(fd);
    }
  }
  throw new CustodyError("conflict", { id: place, attempts: READ_ATTEMPTS_MAX });
}

/**
 * Makes the file with these bytes; file and folder are on the disk when it returns.
 * @throws `duplicate` when the name is taken, `store-full`, `option-invalid` when the folder does
 * not exist
 */
export function createPrivate(place: string, bytes: Uint8Array): void {
  const fd = attemptFile(place, () => openSync(place, "wx", PRIVATE_MODE));
  try {
    attemptFile(place, () => {
      fchmodSync(fd, PRIVATE_MODE);
      writeFileSync(fd, bytes);
      fsyncSync(fd);
    });
  } finally {
    closeSync(fd);
  }
  syncFolder(place);
}

/** Overwrites the file behind `fd` with zeros over its whole length and flushes it. */
export function overwriteWithZeros(fd: number): void {
  const { size } = fstatSync(fd);
  const zeros = new Uint8Array(Math.min(size, ZERO_CHUNK_BYTES));
  for (let position = 0; position < size; ) {
    position += writeSync(fd, zeros, 0, Math.min(zeros.length, size - position), position);
  }
  fsyncSync(fd);
}

/** Overwrites and unlinks a file of ours. A name that is not taken is a success. */
export function wipePrivate(place: string): void {
  if (!taken(place)) return;
  attemptFile(place, () => {
    const fd = openSync(place, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      overwriteWithZeros(fd);
      unlinkSync(place);
    } finally {
      closeSync(fd);
    }
  });
  syncFolder(place);
}

/**
 * Flushes the folder that holds `place`, so that a name given or taken away there survives a power
 * cut.
 */
export function syncFolder(place: string): void {
  attemptFile(place, () => {
    const fd = openSync(dirname(place), constants.O_RDONLY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

/**
 * Runs a file operation; what the system answers becomes one of our codes, with the place and the
 * system's code.
 */
export function attemptFile<T>(place: string, operation: () => T): T {
  try {
    return operation();
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    if (reason === "EEXIST") throw new CustodyError("duplicate", { id: place }, { cause });
    if (reason === "ENOSPC") throw new CustodyError("store-full", { place }, { cause });
    if (reason === "ENOENT") {
      const details = { path: place, reason: "there is no such file or folder" };
      throw new CustodyError("option-invalid", details, { cause });
    }
    throw new CustodyError("store-damaged", { place, reason }, { cause });
  }
}

function requireMode(place: string, stats: Stats): void {
  const mode = stats.mode & PERMISSION_BITS;
  if (mode === PRIVATE_MODE) return;
  throw new CustodyError("keyring-permissions", { place, mode: `0${mode.toString(8)}` });
}

function statsOf(place: string): Stats | undefined {
  return attemptFile(place, () => lstatSync(place, { throwIfNoEntry: false }));
}

function tooLong(place: string, missing: MissingCode): CustodyError {
  const reason = "it is too long";
  if (missing === "signer-missing")
    return new CustodyError("option-invalid", { path: place, reason });
  return new CustodyError("store-damaged", { place, reason });
}
