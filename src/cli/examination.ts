/**
 * Everything the doctor looks at. Each look stands alone: one that fails hides none of the others.
 */
import { closeSync, lstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { openSignerFile } from "../adapters/signer-file.js";
import type { StoredCheckpoint } from "../core/checkpoint.js";
import { verifyLedger } from "../flows/ledger.js";
import { instantText } from "../lib/instant.js";
import type { Signer } from "../ports/signer.js";
import type { Store } from "../ports/store.js";
import { type Check, found, looked, ok, unseen } from "./check.js";
import type { Config } from "./config.js";
import { connectorsOf } from "./context.js";
import { keyFilesOf, openKeyringAt } from "./keyring-place.js";
import { lookAtPlaces } from "./place-look.js";
import type { Tell } from "./progress.js";
import { findingsAt, isOnServer, openStoreAt } from "./store-place.js";
import type { Terminal } from "./terminal.js";

const PRIVATE_MODE = 0o600;
const PERMISSION_BITS = 0o777;
/**
 * SQLite's file format: byte 18 and 19 say by what journal it is written and read; 2 is the
 * write-ahead log.
 */
const JOURNAL_OFFSET = 18;
const WRITE_AHEAD_LOG = 2;
/** The store's own first event needs no checkpoint yet. */
const UNCHECKED_ENTRIES_MAX = 1;

export interface Examination {
  readonly config: Config;
  readonly terminal: Terminal;
  readonly tell: Tell;
}

export async function examine(of: Examination): Promise<readonly Check[]> {
  const { store, signer } = of.config;
  const checks: Check[] = [ok("configuration", "version 1, every path named")];
  const files = [...(isOnServer(store) ? [] : [store]), ...keyFilesOf(of.config), signer];
  for (const place of files) checks.push(await lookAtMode(place));
  checks.push(await (isOnServer(store) ? lookAtServer(of) : lookAtJournal(store)));
  const key = await openKey(of.config, checks);
  const opened = await openStore(store, checks);
  if (opened === undefined) {
    const names = ["keyring", "ledger", "checkpoint", "requests", "places"];
    return [...checks, ...names.map((name) => unseen(name, "the store does not open"))];
  }
  try {
    return [...checks, ...(await examineStore(of, opened, key))];
  } finally {
    await opened.close();
  }
}

async function examineStore(
  { config, terminal, tell }: Examination,
  store: Store,
  signer: Signer | undefined,
): Promise<readonly Check[]> {
  return [
    await lookAtKeyring(config, terminal, store),
    await lookAtLedger(store, signer, tell),
    await lookAtCheckpoint(store),
    await lookAtRequests(store, instantText(terminal.now())),
    ...(await lookAtPlaces(store, connectorsOf(config), tell)),
  ];
}

function lookAtMode(place: string): Promise<Check> {
  const name = `permissions ${basename(place)}`;
  return looked(name, async () => {
    const stats = lstatSync(place, { throwIfNoEntry: false });
    if (stats === undefined) return unseen(name, "there is no such file");
    const mode = stats.mode & PERMISSION_BITS;
    if (!stats.isFile()) return found(name, "it is not a plain file");
    const text = `0${mode.toString(8)}`;
    return mode === PRIVATE_MODE ? ok(name, text) : found(name, `${text}, must be 0600`);
  });
}

function lookAtJournal(place: string): Promise<Check> {
  const name = "journal";
  return looked(name, async () => {
    const fd = openSync(place, "r");
    try {
      const bytes = new Uint8Array(2);
      const count = readSync(fd, bytes, 0, bytes.length, JOURNAL_OFFSET);
      const wal = count === bytes.length && bytes.every((byte) => byte === WRITE_AHEAD_LOG);
      return wal ? ok(name, "write-ahead log") : found(name, "not a write-ahead log");
    } finally {
      closeSync(fd);
    }
  });
}

/** Settings under which a crash loses what was acknowledged, and a clock that disagrees. */
function lookAtServer({ config, terminal }: Examination): Promise<Check> {
  const name = "server";
  return looked(name, async () => {
    const findings = (await findingsAt(config.store, terminal.now)) ?? [];
    return findings.length === 0
      ? ok(name, "durable settings, clocks agree")
      : found(name, findings.join("; "));
  });
}

async function openKey(config: Config, checks: Check[]): Promise<Signer | undefined> {
  let signer: Signer | undefined;
  const look = async () => {
    signer = await openSignerFile({ path: config.signer, name: config.issuer });
    return ok("signing key", (await signer.publicJwk()).kid);
  };
  checks.push(await looked("signing key", look));
  return signer;
}

/**
 * Opening sets what durability and scrubbing rest on and reads it back, so it is the look at the
 * pragmas too.
 */
async function openStore(place: string, checks: Check[]): Promise<Store | undefined> {
  let store: Store | undefined;
  const look = async () => {
    store = await openStoreAt(place);
    const { id, schema } = store.identity;
    const sound = isOnServer(place) ? "settings read back" : "whole, pragmas read back";
    return ok("store", `${id}, schema ${schema}, ${sound}`);
  };
  checks.push(await looked("store", look));
  return store;
}

function lookAtKeyring(config: Config, terminal: Terminal, store: Store): Promise<Check> {
  return looked("keyring", async () => {
    const keyring = await openKeyringAt(config, store.identity.id, terminal);
    try {
      return ok("keyring", `belongs to the store, epoch ${await keyring.epoch()}`);
    } finally {
      await keyring.close();
    }
  });
}

function lookAtLedger(store: Store, signer: Signer | undefined, tell: Tell): Promise<Check> {
  return looked("ledger", async () => {
    const reading = signer === undefined ? { store } : { store, signer };
    const verdict = await verifyLedger(reading, {
      progress: (far) => tell({ step: "verify ledger", id: "", ...far }),
    });
    if (!verdict.ok) return found("ledger", `does not fit from ${verdict.seq}: ${verdict.reason}`);
    const { size, notes } = verdict;
    return ok("ledger", `${size} entries fit, ${notes} signed checkpoints verified`);
  });
}

function lookAtCheckpoint(store: Store): Promise<Check> {
  const name = "checkpoint";
  return looked(name, async () => {
    const size = await store.size();
    let covered = 0;
    for await (const { body } of store.scan({ table: "document", kind: "checkpoint" })) {
      covered = Math.max(covered, (body as unknown as StoredCheckpoint).size);
    }
    if (covered > 0) return ok(name, `covers ${covered} of ${size} entries`);
    if (size <= UNCHECKED_ENTRIES_MAX) return ok(name, "nothing to cover yet");
    return found(name, `none for ${size} entries; run custody ledger checkpoint`);
  });
}

/** A request that lapsed keeps a parent's contact for nothing (16 CFR 312.5(c)(1)). */
function lookAtRequests(store: Store, now: string): Promise<Check> {
  const name = "requests";
  return looked(name, async () => {
    let stale = 0;
    for await (const _ of store.scan({ table: "document", kind: "request", dueBy: now })) {
      stale += 1;
    }
    return stale === 0 ? ok(name, "none past its day") : found(name, `${stale} past their day`);
  });
}
