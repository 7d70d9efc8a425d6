/**
 * Where everything of one run lies, and how to look through it for a value that should not be
 * there.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

export interface RunFolder {
  readonly root: string;
  readonly store: string;
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

export function folderAt(root: string): RunFolder {
  return {
    root,
    store: join(root, "custody.db"),
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
    store: from(folder.store),
    keyring: from(folder.keyring),
    epoch: from(folder.epoch),
    signer: from(folder.signer),
    issuer: ISSUER,
    connectors: { filesystem: { root: from(folder.files) } },
  };
  await writeFile(folder.config, `${JSON.stringify(config, null, 2)}\n`);
}

export interface Found {
  /** Names of the files that hold any of the texts, relative to the folder. */
  readonly files: readonly string[];
  /** How many files were read, and how many bytes. */
  readonly looked: number;
  readonly bytes: number;
}

/**
 * Reads every file below the folder, databases and logs of databases included, and looks for the
 * texts.
 */
export async function lookFor(root: string, texts: readonly string[]): Promise<Found> {
  const files: string[] = [];
  let looked = 0;
  let bytes = 0;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readFile(path);
    looked += 1;
    bytes += content.length;
    if (texts.some((text) => content.includes(text))) files.push(relative(root, path));
  }
  return { files: files.sort(), looked, bytes };
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
