/**
 * Clients that work at once, each a process of its own, while something is killed at seeded moments
 * and brought back: the server under all of them, or the clients themselves.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { hex } from "../../src/lib/bytes.js";
import type { PostgresServer } from "../postgres-server.js";
import type { ClientTask } from "./client.js";
import { BUSY_TIMEOUT_MS, makePlace, openPlace, type Place } from "./house.js";
import type { Line } from "./journal.js";
import { JournalBook } from "./journal-book.js";
import { type Examined, reread } from "./reread.js";

const HOME = join(import.meta.dirname, "..", "..");
/** After an act was begun, so long at most until the plug is pulled. */
const DELAY_MS_MAX = 40;
/**
 * One kill of so many leaves the server down for longer than a client waits: what it was committing
 * it cannot learn any more, and has to open the store anew.
 */
const LONG_DOWN_EVERY = 8;

export interface PlugOptions {
  /** Acts that are begun, at least. */
  readonly operations: number;
  readonly kills: number;
  readonly clients: number;
  readonly workers: number;
  readonly seed: number;
}

export interface PlugOutcome extends Examined {
  readonly book: JournalBook;
  readonly kills: number;
  /** Purges that were cut off, and how many of them came to their end when they were run again. */
  readonly resumed: readonly [cut: number, complete: number];
  /** Where the store lies, until `dispose`. */
  readonly place: Place;
  readonly dispose: () => void;
}

/** The client as JavaScript, in a folder of this process: other suites may build it too. */
async function built(): Promise<{ readonly file: string; readonly remove: () => void }> {
  const folder = join(HOME, ".build", `plug-${process.pid}`);
  const tsc = join(HOME, "node_modules", "typescript", "bin", "tsc");
  const project = join(HOME, "test", "plug", "tsconfig.json");
  await promisify(execFile)(process.execPath, [tsc, "-p", project, "--outDir", folder]);
  return {
    file: join(folder, "client.js"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

class Crew {
  readonly book = new JournalBook();
  readonly #file: string;
  readonly #place: Place;
  readonly #options: PlugOptions;
  readonly #living = new Map<ChildProcess, Promise<string>>();
  #lives = 0;
  #listeners: (() => void)[] = [];

  constructor(file: string, place: Place, options: PlugOptions) {
    this.#file = file;
    this.#place = place;
    this.#options = options;
  }

  start(): void {
    this.#lives += 1;
    const life = `life-${this.#lives}`;
    const { workers, seed } = this.#options;
    const task: ClientTask = { place: this.#place, seed: seed + this.#lives, workers };
    const child = spawn(process.execPath, [this.#file, JSON.stringify(task)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    reader.on("line", (text) => {
      const line = lineOf(text);
      if (line !== undefined) this.book.add(life, line);
      for (const listener of this.#listeners) listener();
    });
    const ended = new Promise<string>((resolve) => {
      child.on("close", (code, signal) => resolve(signal ?? String(code)));
    });
    this.#living.set(child, ended);
  }

  /** Resolves once so many acts were begun. @throws when a client ends by itself */
  async begun(operations: number): Promise<void> {
    const died = Promise.race([...this.#living.values()]).then((how) => {
      throw new Error(`a client ended by itself: ${how}`);
    });
    const reached = new Promise<void>((resolve) => {
      this.#listeners = [
        () => {
          if (this.book.operations >= operations) resolve();
        },
      ];
    });
    await Promise.race([reached, died]);
    died.catch(() => {});
  }

  /** Ends one of them, or all, by SIGKILL. */
  async kill(all: boolean, draw: () => number): Promise<number> {
    const living = [...this.#living];
    const at = Math.floor(draw() * living.length);
    const chosen = all ? living : living.slice(at, at + 1);
    for (const [child] of chosen) {
      this.#living.delete(child);
      child.kill("SIGKILL");
    }
    await Promise.all(chosen.map(([, ended]) => ended));
    return chosen.length;
  }

  /** Lets all finish what they are at. @throws when one does not end well */
  async stop(): Promise<void> {
    this.#listeners = [];
    for (const child of this.#living.keys()) child.stdin?.end();
    const how = await Promise.all(this.#living.values());
    if (how.some((one) => one !== "0")) throw new Error(`clients ended: ${how.join()}`);
  }

  abandon(): void {
    for (const child of this.#living.keys()) child.kill("SIGKILL");
  }
}

/** What a client was writing when it was killed is no line. */
function lineOf(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** Marsaglia's xorshift: the moments of the kills are those of the seed. */
function drawFrom(seed: number): () => number {
  let state = (seed ^ 0x2545f491) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

async function pulled(
  place: Place,
  options: PlugOptions,
  pull: (crew: Crew, draw: () => number, turn: number) => Promise<number>,
): Promise<PlugOutcome> {
  const { file, remove } = await built();
  const dispose = () => rmSync(place.folder, { recursive: true, force: true });
  await makePlace(place);
  const crew = new Crew(file, place, options);
  const draw = drawFrom(options.seed);
  let kills = 0;
  try {
    for (let client = 0; client < options.clients; client += 1) crew.start();
    for (let turn = 0; turn < options.kills; turn += 1) {
      const share = (turn + 0.2 + 0.6 * draw()) / options.kills;
      await crew.begun(Math.round(share * options.operations));
      await pause(Math.floor(draw() * DELAY_MS_MAX));
      kills += await pull(crew, draw, turn);
    }
    await crew.begun(options.operations);
    await crew.stop();
  } catch (error) {
    crew.abandon();
    dispose();
    throw error;
  } finally {
    remove();
  }
  return { ...(await examined(place, crew.book)), book: crew.book, kills, place, dispose };
}

export async function examined(place: Place, book: JournalBook) {
  const { store, app } = await openPlace(place);
  try {
    const found = await reread(store, app, book);
    const resumed = await resumeAll(store, app);
    return { ...found, resumed };
  } finally {
    await app.close();
  }
}

/** A purge that was cut off is run again, to its end. */
async function resumeAll(
  store: Awaited<ReturnType<typeof openPlace>>["store"],
  app: Awaited<ReturnType<typeof openPlace>>["app"],
): Promise<readonly [cut: number, complete: number]> {
  const cut: string[] = [];
  for await (const { id, body } of store.scan({ table: "document", kind: "purge" })) {
    if (body.state === "running" || body.state === "incomplete") cut.push(id);
  }
  let complete = 0;
  for (const id of cut) {
    if ((await app.purges.run(id as never)).state === "complete") complete += 1;
  }
  return [cut.length, complete];
}

export function pullPostgres(server: PostgresServer, options: PlugOptions): Promise<PlugOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "custody-plug-"));
  const schema = `custody_${hex(crypto.getRandomValues(new Uint8Array(8)))}`;
  return pulled(
    { folder, postgres: { url: server.url(), schema } },
    options,
    async (_, __, turn) => {
      await server.pullPlug();
      if (turn % LONG_DOWN_EVERY === 1) await pause(2 * BUSY_TIMEOUT_MS);
      await server.start();
      return 1;
    },
  );
}

export function pullSqlite(options: PlugOptions): Promise<PlugOutcome> {
  const folder = mkdtempSync(join(tmpdir(), "custody-plug-"));
  return pulled({ folder }, options, async (crew, draw) => {
    const killed = await crew.kill(draw() < 0.3, draw);
    for (let client = 0; client < killed; client += 1) crew.start();
    return killed;
  });
}

/** One line for people: how much, how often, and what it cost. */
export function told(store: string, { book, kills, lost, half, resumed }: PlugOutcome): string {
  const faults = [...book.faults].map(([code, count]) => `${code} ${count}`).join(", ");
  return (
    `plug ${store}: ${book.operations} operations, ${kills} kills, ` +
    `${book.acknowledged} acknowledged (${book.appended.size} appends), ` +
    `lost ${lost.length}, half ${half.length}; ` +
    `purges cut off ${resumed[0]}, resumed to the end ${resumed[1]}; faults: ${faults || "none"}`
  );
}
