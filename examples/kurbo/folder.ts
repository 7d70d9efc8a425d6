/**
 * Where everything of one run lies, and how to look through it for a value that should not be
 * there.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

export interface RunFolder {
  readonly root: string;
  /** A file of SQLite, or the URL of a database. */
  readonly store: string;
  /** Everywhere that the run leaves bytes: the folder, and a server's own. */
  readonly everywhere: readonly string[];
  readonly keyring: string;
  readonly epoch: string;
  readonly signer: string;
  /** The root of the filesystem connector: exports and models. */
  readonly files: string;
  /** What an auditor is handed: a certificate and a public key, nothing else. */
  readonly handedOver: string;
  /** The same, with one byte of the certificate changed. */
  readonly changed: string;
  readonly config: string;
}

export const ISSUER = "pace.example";

/** Where a database is whose files are not in the folder. */
export interface Elsewhere {
  readonly url: string;
  readonly folder: string;
}

export function folderAt(root: string, database?: Elsewhere): RunFolder {
  return {
    root,
    store: database?.url ?? join(root, "custody.db"),
    everywhere: database === undefined ? [root] : [root, database.folder],
    keyring: join(root, "keys", "keyring.db"),
    epoch: join(root, "keys", "epoch.key"),
    signer: join(root, "keys", "signer.json"),
    files: join(root, "files"),
    handedOver: join(root, "handed-over"),
    changed: join(root, "one-byte-changed"),
    config: join(root, "custody.json"),
  };
}

/** Makes the folders and the configuration that the `custody` command reads. It holds no secret. */
export async function layOut(folder: RunFolder): Promise<void> {
  await mkdir(join(folder.root, "keys"), { recursive: true, mode: 0o700 });
  for (const name of ["exports", "models"]) {
    await mkdir(join(folder.files, name), { recursive: true, mode: 0o700 });
  }
  for (const one of [folder.handedOver, folder.changed]) await mkdir(one, { recursive: true });
  const from = (path: string) => relative(folder.root, path);
  const config = {
    version: 1,
    store: isOnServer(folder) ? folder.store : from(folder.store),
    keyring: from(folder.keyring),
    epoch: from(folder.epoch),
    signer: from(folder.signer),
    issuer: ISSUER,
    connectors: { filesystem: { root: from(folder.files) } },
  };
  await writeFile(folder.config, `${JSON.stringify(config, null, 2)}\n`);
}

export function isOnServer({ store }: RunFolder): boolean {
  return store.startsWith("postgres://");
}

export interface Found {
  /** Names of the files that hold any of the texts, relative to the first folder. */
  readonly files: readonly string[];
  /** How many files were read, and how many bytes. */
  readonly looked: number;
  readonly bytes: number;
}

/**
 * Reads every file below the folders, databases and logs of databases included, and looks for the
 * texts.
 */
export async function lookFor(
  folders: readonly string[],
  texts: readonly string[],
): Promise<Found> {
  const files: string[] = [];
  const [first = ""] = folders;
  let looked = 0;
  let bytes = 0;
  for (const path of (await Promise.all(folders.map(filesBelow))).flat()) {
    const content = await contentOf(path);
    // A server at work takes files of its own away while they are looked for.
    if (content === undefined) continue;
    looked += 1;
    bytes += content.length;
    if (texts.some((text) => content.includes(text))) files.push(relative(first, path));
  }
  return { files: files.sort(), looked, bytes };
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

function contentOf(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

export async function digestOf(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}

export async function isThere(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}
