/** `custody init`: a new house, whole or not at all. */
import { lstatSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { CustodyError } from "../../errors.js";
import type { PublicJwk } from "../../ports/signer.js";
import type { Bind, Call } from "../call.js";
import { CONFIG_NAME, type ConfigText } from "../config.js";
import { addNotes } from "../help.js";
import { type Answer, pairs } from "../output.js";
import { createStoreAt, holdsPassword, isOnServer, resolvedPlace } from "../store-place.js";

const PUBLIC_KEY_NAME = "custody.pub.json";
const STORE_NAME = "custody.db";
const EPOCH_NAME = "custody.epoch";
const FILES_FOLDER = "files";
const FOLDER_MODE = 0o700;
const PUBLIC_MODE = 0o644;
const ISSUER = /^[^\s+]{1,200}$/u;

export function addInit(program: Command, bind: Bind): void {
  const init = program
    .command("init")
    .description("make a configuration, a store, a keyring and a signing key in a folder")
    .option("--dir <folder>", "where; made when it is not there", ".")
    .option("--store <url>", "postgres://… for a store on a server instead of a file")
    .option("--name <issuer>", "the name under which it signs, such as privacy.example", "custody");
  addNotes(init, {
    examples: ["init --dir keep --name privacy.example"],
    notes: [
      "A store that was made on a server stays there when a later step fails.",
      "Refuses when any of its files is there already, and leaves everything as it was.",
      "Keep the epoch file on no backup: closing an epoch is what makes old backups unreadable.",
    ],
  });
  bind(init, act);
}

async function act(call: Call): Promise<Answer> {
  const issuer = call.option("name") ?? "";
  if (!ISSUER.test(issuer)) {
    const reason = "1 to 200 characters, no spaces and no plus signs";
    throw new CustodyError("option-invalid", { path: "--name", reason });
  }
  const folder = call.path(call.option("dir") ?? ".");
  const config: ConfigText = {
    version: 1,
    store: serverOf(call) ?? STORE_NAME,
    keyring: "custody.keyring",
    epoch: EPOCH_NAME,
    signer: "custody.key.json",
    issuer,
    connectors: { filesystem: { root: FILES_FOLDER } },
  };
  requireFree(folder, config);
  const made = await undoing((undo) => make(call, folder, config, undo));
  const json = {
    config: join(folder, CONFIG_NAME),
    publicKey: join(folder, PUBLIC_KEY_NAME),
    store: made.store,
    kid: made.key.kid,
    issuer,
  };
  const text = [
    pairs([
      ["configuration", json.config],
      ["store", json.store],
      ["public key", json.publicKey],
      ["key id", json.kid],
      ["issuer", issuer],
    ]),
    "",
    "Give the public key file to whoever is to verify certificates.",
    "Put the keyring and the epoch file on different volumes where you can,",
    "and the epoch file on no backup.",
  ].join("\n");
  return { json, text };
}

/** The URL is written to the configuration, which holds no secret. @throws `option-invalid` */
function serverOf(call: Call): string | undefined {
  const url = call.option("store");
  if (url === undefined) return undefined;
  if (!isOnServer(url)) {
    throw new CustodyError("option-invalid", { path: "--store", reason: "not postgres://…" });
  }
  if (holdsPassword(url)) {
    const reason = "a password belongs in PGPASSWORD or a password file";
    throw new CustodyError("option-invalid", { path: "--store", reason });
  }
  return url;
}

/** @throws `store-exists` for a store, `duplicate` for any other name that is taken */
function requireFree(folder: string, config: ConfigText): void {
  const store = join(folder, STORE_NAME);
  if (!isOnServer(config.store) && isTaken(store))
    throw new CustodyError("store-exists", { place: store });
  const others = [CONFIG_NAME, config.keyring, EPOCH_NAME, config.signer, PUBLIC_KEY_NAME];
  for (const name of [...others, FILES_FOLDER]) {
    const place = join(folder, name);
    if (isTaken(place)) throw new CustodyError("duplicate", { id: place });
  }
}

function isTaken(place: string): boolean {
  try {
    return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch {
    throw new CustodyError("option-invalid", { path: "--dir", reason: "it is not a folder" });
  }
}

/** Everything in order, the configuration last: with it the house is there. */
async function make(
  call: Call,
  folder: string,
  config: ConfigText,
  undo: (path: string) => void,
): Promise<{ readonly store: string; readonly key: PublicJwk }> {
  const { now, random } = call.terminal;
  const { createKeyringFile } = await import("../../adapters/keyring-file.js");
  const { createSignerFile } = await import("../../adapters/signer-file.js");
  const at = (name: string) => join(folder, name);
  const first = attempt(() => mkdirSync(folder, { recursive: true, mode: FOLDER_MODE }));
  if (first !== undefined) undo(first);
  const place = resolvedPlace(folder, config.store);
  const store = await createStoreAt(place, { now, random });
  if (!isOnServer(place)) undo(place);
  await store.close();
  const storeId = store.identity.id;
  const places = { path: at(config.keyring), epochPath: at(EPOCH_NAME) };
  const keyring = await createKeyringFile({ ...places, storeId, random });
  undo(places.path);
  undo(places.epochPath);
  await keyring.close();
  const signer = await createSignerFile({ path: at(config.signer), name: config.issuer, random });
  undo(at(config.signer));
  attempt(() => mkdirSync(at(FILES_FOLDER), { mode: FOLDER_MODE }));
  undo(at(FILES_FOLDER));
  const key = await signer.publicJwk();
  writeNew(at(PUBLIC_KEY_NAME), key);
  undo(at(PUBLIC_KEY_NAME));
  writeNew(at(CONFIG_NAME), config);
  return { store: storeId, key };
}

/** Takes away, last first, what a failed act had made. */
async function undoing<T>(act: (undo: (path: string) => void) => Promise<T>): Promise<T> {
  const made: string[] = [];
  try {
    return await act((path) => made.push(path));
  } catch (error) {
    for (const path of made.reverse()) rmSync(path, { recursive: true, force: true });
    throw error;
  }
}

function writeNew(place: string, content: object): void {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  attempt(() => writeFileSync(place, text, { flag: "wx", mode: PUBLIC_MODE, flush: true }));
}

function attempt<T>(operation: () => T): T {
  try {
    return operation();
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new CustodyError("duplicate", { id: path }, { cause });
    if (code === "ENOSPC") throw new CustodyError("store-full", { place: path }, { cause });
    const reason = code ?? "unknown";
    throw new CustodyError("option-invalid", { path: "--dir", reason }, { cause });
  }
}
