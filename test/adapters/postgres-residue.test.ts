/** What deletion leaves in the server's files, looked for in the files themselves. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { base64url, utf8 } from "../../src/lib/bytes.js";
import type { Store } from "../../src/ports/store.js";
import { StoreSamples } from "../../src/testing/store-rules/samples.js";
import { type PostgresServer, withServer } from "../postgres-server.js";
import { again, newClient, newPostgresStore } from "./postgres-fixture.js";

const RECORDS = 200;

await withServer("on a real server", (server) => {
  test("a deleted payload stays in the heap until it is scrubbed, and in the log after", async () => {
    const { store } = await newPostgresStore(server);
    const { markers, erase } = await planted(store, "scrubbed");
    expect(await found(server, "base", markers)).toBe(markers.length);
    await erase();
    await server.run("VACUUM");
    expect(await found(server, "base", markers)).toBeGreaterThan(0);
    const { level, lookedAt, notLookedAt } = await store.scrub();
    expect(level).toBe("rewritten");
    expect(lookedAt).toHaveLength(6);
    expect(notLookedAt.join("\n")).toContain("write-ahead log");
    expect(await found(server, "base", markers)).toBe(0);
    expect(await found(server, "pg_wal", markers)).toBeGreaterThan(0);
  });

  test("while an older transaction can see what was deleted the level is logical", async () => {
    const { schema, url, store } = await newPostgresStore(server);
    const { markers, erase } = await planted(store, "seen-by-others");
    const reader = await newClient(url);
    onTestFinished(() => reader.end());
    await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await reader.query("SELECT 1");
    await erase();
    const hurried = await again({ url, schema, busyTimeoutMs: 100 });
    expect((await hurried.scrub()).level).toBe("logical");
    expect(await found(server, "base", markers)).toBeGreaterThan(0);
    await reader.query("ROLLBACK");
    expect((await hurried.scrub()).level).toBe("rewritten");
    expect(await found(server, "base", markers)).toBe(0);
  });
});

interface Planted {
  /** What is in the payloads that are to be erased: of every other record. */
  readonly markers: readonly string[];
  readonly erase: () => Promise<void>;
}

async function planted(store: Store, word: string): Promise<Planted> {
  const samples = new StoreSamples();
  const markers = Array.from({ length: RECORDS }, (_, index) => `planted-${word}-${index}-end`);
  const records = markers.map(() => samples.record());
  const payloads = records.map(({ id }, index) => {
    const sealed = base64url(utf8(markers[index] ?? ""));
    return { ...samples.payload(id), sealed };
  });
  const puts = records.flatMap((record, index) => [record, payloads[index] ?? record]);
  await store.append(samples.batch(puts.map((put) => ({ put }))));
  const odd = (_: unknown, index: number) => index % 2 === 1;
  const erase = async () => {
    const writes = payloads.filter(odd).map(({ record, category }) => ({
      erase: { table: "payload", record, category } as const,
    }));
    await store.append(samples.batch(writes));
  };
  return { markers: markers.filter(odd), erase };
}

/** How many of the markers lie in any file under the folder, after a checkpoint. */
async function found(
  server: PostgresServer,
  under: string,
  markers: readonly string[],
): Promise<number> {
  await server.run("CHECKPOINT");
  const folder = join(server.folder, "data", under);
  const texts = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => join(folder, file))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file).toString("latin1"));
  return markers.filter((marker) => texts.some((text) => text.includes(marker))).length;
}
