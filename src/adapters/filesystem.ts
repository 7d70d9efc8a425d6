/**
 * A folder as a place: files and folders below one root.
 *
 * What is claimed is `logical`: after `erase` the path was looked for and not found. The bytes were
 * overwritten in place before that, but whether the medium kept older blocks is not seen from here,
 * so the overwriting is hygiene and no evidence. The folders are trusted to be changed by nobody
 * else during a call.
 */
import { constants, type Stats } from "node:fs";
import { chmod, lstat, mkdir, open, readdir, realpath, rmdir, unlink } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { CustodyError } from "../errors.js";
import type { Connector, Sight } from "../ports/connector.js";
import { readOptions } from "./option-reading.js";

/** The longest ref, in characters, and the most entries below one ref. */
export const REF_CHARACTERS_MAX = 4_096;
export const TREE_ENTRIES_MAX = 1_000_000;

export interface FilesystemOptions {
  /**
   * The folder that holds everything this connector may touch. When it is not there, every call
   * fails.
   */
  readonly root: string;
  /** The name on certificates, kebab-case. Default "filesystem". */
  readonly name?: string | undefined;
}

const Options = z.strictObject({
  root: z.string().min(1),
  name: z
    .string()
    .max(100)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .default("filesystem"),
});

const NOT_LOOKED_AT = Object.freeze([
  "free blocks of the file system",
  "backups and snapshots of the volume",
]);
const OWNER_READ_WRITE = 0o600;
const FROZEN_MODE = 0o000;
const ZERO_CHUNK_BYTES = 1024 * 1024;

/**
 * Every failure is `connector-failed` with the system's code.
 * @throws `option-invalid`, `option-unknown`
 */
export function filesystem(options: FilesystemOptions): Connector {
  const { root, name } = readOptions(Options, options, "filesystem");
  return new Filesystem(resolve(root), name);
}

/** What lies at a ref and below it: files first, then folders from the inside out. */
interface Tree {
  readonly files: string[];
  readonly links: string[];
  readonly folders: string[];
}

type Doing = { readonly ref: string; readonly signal: AbortSignal };

class Filesystem implements Connector {
  readonly name: string;
  readonly #root: string;

  constructor(root: string, name: string) {
    this.#root = root;
    this.name = name;
  }

  /**
   * Overwrites, truncates and unlinks a file, or every file of a folder and the folder. Looks at
   * all of it first: refused, before anything is changed, for a file that has a second name (a hard
   * link keeps the bytes), a link that leads out of what is erased, and anything that is neither
   * file, folder nor link.
   */
  async erase(ref: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#attempt({ ref, signal }, async (doing) => {
      const path = await this.#locate(doing);
      if (path === undefined) return;
      const tree = await this.#survey(doing, path);
      for (const file of tree.files) await this.#eraseFile(doing, file);
      for (const link of tree.links) await unlink(link);
      for (const folder of tree.folders) {
        await syncFolder(folder);
        await rmdir(folder);
      }
      await syncFolder(dirname(path));
    });
  }

  async inspect(ref: string, { signal }: { readonly signal: AbortSignal }): Promise<Sight> {
    return this.#attempt({ ref, signal }, async (doing) => {
      const present = (await this.#locate(doing)) !== undefined;
      return { present, level: "logical", notLookedAt: NOT_LOOKED_AT };
    });
  }

  /**
   * Takes every permission from the file, or from every file of a folder; files laid there later
   * are not frozen. The superuser, and whoever has a file open already, still reads. A ref that is
   * not there rejects.
   */
  async freeze(ref: string, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#attempt({ ref, signal }, async (doing) => {
      const path = await this.#locate(doing);
      if (path === undefined) throw this.#failed(ref, "ENOENT");
      const { files } = await this.#survey(doing, path);
      for (const file of files) await chmod(file, FROZEN_MODE);
    });
  }

  /**
   * Writes a new file, private to the owner (0600), with the folders on its way. An error of the
   * chunks' own is passed on; in every failure what was written so far is erased again.
   */
  async write(
    ref: string,
    chunks: AsyncIterable<Uint8Array>,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<void> {
    await this.#attempt({ ref, signal }, async (doing) => {
      if ((await this.#locate(doing)) !== undefined) {
        throw new CustodyError("export-exists", { place: ref });
      }
      const path = join(await realpath(this.#root), ref);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
      const file = await open(path, flags | constants.O_NOFOLLOW, OWNER_READ_WRITE);
      try {
        for await (const chunk of chunks) {
          this.#requireGoingOn(doing);
          await file.writeFile(chunk);
        }
        await file.sync();
      } catch (error) {
        await this.#eraseFile(doing, path);
        throw error;
      } finally {
        await file.close();
      }
      await syncFolder(dirname(path));
    });
  }

  /**
   * The path of the ref when something is there. Its folder, links followed, must lie below the
   * root.
   */
  async #locate({ ref }: Doing): Promise<string | undefined> {
    this.#requireRef(ref);
    const root = await realpath(this.#root);
    const path = join(root, ref);
    const folder = await absentAsUndefined(realpath(dirname(path)));
    if (folder === undefined) {
      await this.#requireAbsentFolder(ref, root);
      return undefined;
    }
    if (!within(root, folder)) throw this.#failed(ref, "a link leads out of the root");
    return (await absentAsUndefined(lstat(path))) && path;
  }

  /**
   * A folder that can not be followed is absent only when no link stands in its way: a dangling one
   * hides bytes.
   */
  async #requireAbsentFolder(ref: string, root: string): Promise<void> {
    let path = root;
    for (const part of ref.split("/")) {
      path = join(path, part);
      const stats = await absentAsUndefined(lstat(path));
      if (stats === undefined) return;
      if (stats.isSymbolicLink()) throw this.#failed(ref, "a link leads nowhere");
    }
  }

  #requireRef(ref: string): void {
    const parts = ref.split("/");
    const plain = parts.every((part) => part !== "" && part !== "." && part !== "..");
    const fits = ref.length <= REF_CHARACTERS_MAX && !ref.includes("\0") && !ref.includes("\\");
    if (!plain || !fits || isAbsolute(ref)) throw this.#failed(ref, "not a path below the root");
  }

  async #survey(doing: Doing, top: string): Promise<Tree> {
    const tree: Tree = { files: [], links: [], folders: [] };
    const ahead = [top];
    for (let path = ahead.pop(); path !== undefined; path = ahead.pop()) {
      this.#requireGoingOn(doing);
      const stats = await lstat(path);
      if (stats.isDirectory()) {
        tree.folders.unshift(path);
        for (const entry of await readdir(path)) ahead.push(join(path, entry));
      } else if (stats.isSymbolicLink()) {
        await this.#requireInnerLink(doing, top, path);
        tree.links.push(path);
      } else {
        this.#requireOnlyName(doing, stats);
        tree.files.push(path);
      }
      const entries = tree.files.length + tree.links.length + tree.folders.length + ahead.length;
      if (entries > TREE_ENTRIES_MAX) {
        throw new CustodyError("limit-exceeded", {
          limit: "TREE_ENTRIES_MAX",
          max: TREE_ENTRIES_MAX,
        });
      }
    }
    return tree;
  }

  async #requireInnerLink({ ref }: Doing, top: string, link: string): Promise<void> {
    if (link === top) throw this.#failed(ref, "it is a link");
    const target = await absentAsUndefined(realpath(link));
    if (target !== undefined && within(await realpath(top), target)) return;
    throw this.#failed(ref, "it holds a link that leads out of it");
  }

  #requireOnlyName({ ref }: Doing, stats: Stats): void {
    if (!stats.isFile()) throw this.#failed(ref, "neither a file nor a folder");
    if (stats.nlink > 1) throw this.#failed(ref, "another name (hard link) keeps the bytes");
  }

  async #eraseFile(doing: Doing, path: string): Promise<void> {
    const { mode } = await lstat(path);
    if ((mode & OWNER_READ_WRITE) !== OWNER_READ_WRITE) await chmod(path, OWNER_READ_WRITE);
    const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      const stats = await file.stat();
      this.#requireOnlyName(doing, stats);
      const zeros = new Uint8Array(Math.min(stats.size, ZERO_CHUNK_BYTES));
      for (let position = 0; position < stats.size; ) {
        this.#requireGoingOn(doing);
        const length = Math.min(zeros.length, stats.size - position);
        position += (await file.write(zeros, 0, length, position)).bytesWritten;
      }
      await file.sync();
      await file.truncate(0);
      await file.sync();
    } finally {
      await file.close();
    }
    await unlink(path);
  }

  #requireGoingOn({ ref, signal }: Doing): void {
    if (signal.aborted) throw this.#failed(ref, "aborted");
  }

  async #attempt<T>(doing: Doing, work: (doing: Doing) => Promise<T>): Promise<T> {
    this.#requireGoingOn(doing);
    try {
      return await work(doing);
    } catch (cause) {
      if (cause instanceof CustodyError) throw cause;
      throw this.#failed(doing.ref, (cause as NodeJS.ErrnoException).code ?? "unknown", cause);
    }
  }

  #failed(ref: string, reason: string, cause?: unknown): CustodyError {
    const details = { connector: this.name, place: ref, reason };
    return new CustodyError("connector-failed", details, { cause });
  }
}

async function absentAsUndefined<T>(looking: Promise<T>): Promise<T | undefined> {
  try {
    return await looking;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cause;
  }
}

function within(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === "" || (!isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
