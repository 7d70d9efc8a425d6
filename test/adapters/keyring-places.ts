/** Keyrings in temporary folders, and looks at what lies on the disk. */
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKeyringFile, openKeyringFile } from "../../src/adapters/keyring-file.js";
import { isCustodyError } from "../../src/errors.js";
import type { Keyring } from "../../src/ports/keyring.js";

export const STORE = "sto_0000000000000000000000000a";
export const random = (count: number): Uint8Array => new Uint8Array(randomBytes(count));
export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
export const HEALTH = { basis: "bas_one", category: "health" } as const;
export const BOUND = utf8("record 1");
export const PLAIN = utf8("forty kilograms");

export interface Place {
  readonly folder: string;
  readonly path: string;
  readonly epochPath: string;
}

export async function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "custody-keyring-"));
}

export function placeIn(folder: string): Place {
  return { folder, path: join(folder, "keys.db"), epochPath: join(folder, "epoch.json") };
}

export async function newPlace(): Promise<Place> {
  return placeIn(await newFolder());
}

export function create({ path, epochPath }: Place): Promise<Keyring> {
  return createKeyringFile({ path, epochPath, storeId: STORE, random });
}

export function open(
  { path, epochPath }: Place,
  more: { cacheMaxKeys?: number; cacheLifeMs?: number; now?: () => number } = {},
): Promise<Keyring> {
  return openKeyringFile({ path, epochPath, storeId: STORE, random, ...more });
}

export function remove({ folder }: Place): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Every file as it lies there at this moment, in a new folder. */
export function copyOf(place: Place, name: string): Place {
  const folder = `${place.folder}-${name}`;
  mkdirSync(folder);
  for (const file of readdirSync(place.folder)) {
    copyFileSync(join(place.folder, file), join(folder, file));
  }
  return placeIn(folder);
}

/** Names, modes and bytes of a folder: equal before and after when nothing was changed. */
export function contents(folder: string): Record<string, string> {
  const seen = readdirSync(folder)
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const stats = statSync(path);
      const bytes = stats.isFile() ? readFileSync(path).toString("base64") : "folder";
      return [name, `${stats.mode.toString(8)} ${bytes}`];
    });
  return Object.fromEntries(seen);
}

/** The files of the folder that hold the bytes, raw or as a key could be written. */
export function filesHolding(folder: string, bytes: Uint8Array): string[] {
  const needle = Buffer.from(bytes);
  const spellings = [
    needle,
    ...(["base64url", "base64", "hex"] as const).map((form) =>
      Buffer.from(needle.toString(form).replace(/=+$/, "")),
    ),
  ];
  return readdirSync(folder).filter((name) => {
    const file = readFileSync(join(folder, name));
    return spellings.some((spelling) => file.includes(spelling));
  });
}

export function epochKeys({ epochPath }: Place): { epoch: number; id: string; key: string }[] {
  return JSON.parse(readFileSync(epochPath, "utf8")).keys;
}

export async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return "no error";
  } catch (error) {
    if (isCustodyError(error)) return error.code;
    throw error;
  }
}
