/**
 * A journal in a file of lines, private to its owner. Put it where the store's own backups do not
 * reach: an old copy of the store is brought up to date from it.
 */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { z } from "zod";
import { CustodyError } from "../errors.js";
import type { Journal } from "../ports/journal.js";
import { readOptions } from "./option-reading.js";

/** A line is a commit: as long as the rows of a full batch may be, and no longer. */
export const JOURNAL_LINE_BYTES_MAX = 64 * 1024 * 1024;
const MODE = 0o600;
const NEWLINE = 10;
const TAIL_CHUNK_BYTES = 65_536;

const OPTIONS = z.strictObject({ path: z.string().min(1), storeId: z.string().min(1) });

export interface JournalFileOptions {
  readonly path: string;
  /** The store it belongs to: `store.identity.id`. */
  readonly storeId: string;
}

/** @throws `duplicate` when the name is taken, `option-invalid`, `option-unknown`, `store-full` */
export async function createJournalFile(options: JournalFileOptions): Promise<Journal> {
  const { path, storeId } = readOptions(OPTIONS, options, "journal");
  const file = await attempt(path, () => open(path, "ax+", MODE));
  await attempt(path, async () => {
    await file.appendFile(`${JSON.stringify({ custody: "journal", version: 1, storeId })}\n`);
    await file.sync();
  });
  return journal(path, storeId, file);
}

/**
 * @throws `journal-missing`, `journal-foreign`, `store-damaged`, `option-invalid`, `option-unknown`
 */
export async function openJournalFile(options: JournalFileOptions): Promise<Journal> {
  const { path, storeId } = readOptions(OPTIONS, options, "journal");
  await cutTorn(path);
  const file = await attempt(path, () => open(path, "a+"));
  try {
    for await (const head of linesOf(path)) {
      requireHead(path, head, storeId);
      return journal(path, storeId, file);
    }
    throw new CustodyError("store-damaged", { place: path, reason: "it is empty" });
  } catch (error) {
    await file.close();
    throw error;
  }
}

function requireHead(path: string, head: string, storeId: string): void {
  let found: { readonly custody?: unknown; readonly storeId?: unknown } = {};
  try {
    found = JSON.parse(head) ?? {};
  } catch {
    // Told below.
  }
  if (found.custody !== "journal" || typeof found.storeId !== "string") {
    throw new CustodyError("store-damaged", { place: path, reason: "not a journal" });
  }
  if (found.storeId === storeId) return;
  throw new CustodyError("journal-foreign", { found: found.storeId, expected: storeId });
}

function journal(path: string, storeId: string, file: FileHandle): Journal {
  let closed = false;
  const requireOpen = (): void => {
    if (closed) throw new CustodyError("store-closed", { place: path });
  };
  return Object.freeze({
    storeId,
    async append(lines, durable) {
      requireOpen();
      const text = lines.map((line) => `${line}\n`).join("");
      if (Buffer.byteLength(text) > JOURNAL_LINE_BYTES_MAX) {
        const max = JOURNAL_LINE_BYTES_MAX;
        throw new CustodyError("limit-exceeded", { limit: "JOURNAL_LINE_BYTES_MAX", max });
      }
      await attempt(path, async () => {
        await file.appendFile(text);
        if (durable) await file.datasync();
      });
    },
    async *lines() {
      requireOpen();
      let head = true;
      for await (const line of linesOf(path)) {
        if (!head) yield line;
        head = false;
      }
    },
    async last() {
      requireOpen();
      return lastLine(file);
    },
    async close() {
      if (closed) return;
      closed = true;
      await file.datasync();
      await file.close();
    },
  } satisfies Journal);
}

async function* linesOf(path: string): AsyncIterable<string> {
  const input = createReadStream(path, { encoding: "utf8" });
  const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of reader) yield line;
  } finally {
    reader.close();
    input.destroy();
  }
}

/** A crash may have left half a line at the end: it was never acknowledged. */
async function cutTorn(path: string): Promise<void> {
  const file = await attempt(path, () => open(path, "r+"));
  try {
    const { size } = await file.stat();
    const end = await endOfLastLine(file, size);
    if (end < size) await attempt(path, () => file.truncate(end));
  } finally {
    await file.close();
  }
}

/** The offset behind the last newline. */
async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  for (let to = size; to > 0; to -= TAIL_CHUNK_BYTES) {
    const from = Math.max(0, to - TAIL_CHUNK_BYTES);
    const chunk = await bytesAt(file, from, to);
    const at = chunk.lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
  }
  return 0;
}

/** Undefined where only the head is there. */
async function lastLine(file: FileHandle): Promise<string | undefined> {
  const { size } = await file.stat();
  const end = (await endOfLastLine(file, size)) - 1;
  const from = await endOfLastLine(file, Math.max(0, end));
  if (end <= 0 || from === 0) return undefined;
  return (await bytesAt(file, from, end)).toString("utf8");
}

async function bytesAt(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  await file.read(bytes, 0, bytes.length, from);
  return bytes;
}

async function attempt<T>(place: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    if (cause instanceof CustodyError) throw cause;
    const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
    if (reason === "EEXIST") throw new CustodyError("duplicate", { id: place }, { cause });
    if (reason === "ENOENT") throw new CustodyError("journal-missing", { place }, { cause });
    if (reason === "ENOSPC") throw new CustodyError("store-full", { place }, { cause });
    throw new CustodyError("file-unreadable", { place, reason }, { cause });
  }
}
