/** A whole store, made by the real flows, carried to another place and used there. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { filesystem } from "../../src/adapters/filesystem.js";
import {
  openPostgresStore,
  postgresCopySource,
  postgresCopyTarget,
} from "../../src/adapters/postgres/index.js";
import {
  createSqliteStore,
  openSqliteStore,
  sqliteCopySource,
  sqliteCopyTarget,
} from "../../src/adapters/sqlite/index.js";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { createCustody } from "../../src/custody.js";
import { CustodyError } from "../../src/errors.js";
import { compareStores, copyOutlook, copyStore, discardCopy } from "../../src/flows/store-copy.js";
import type { RecordId, SubjectId } from "../../src/lib/id.js";
import type { StoreCopySource, StoreCopyTarget } from "../../src/ports/store-copy.js";
import { StoreSamples } from "../../src/testing/store-rules/samples.js";
import { verifyCertificate } from "../../src/verify.js";
import { newSchema } from "../adapters/postgres-fixture.js";
import { newFolder } from "../adapters/sqlite-fixture.js";
import { type PostgresServer, withServer } from "../postgres-server.js";
import { codeOf, policy, random, type World, world } from "../world.js";

const COPIER = fileURLToPath(new URL("../adapters/children/copier.mjs", import.meta.url));

/** A world on SQLite in which a bit of everything happened. */
async function lived() {
  const w = await world({ store: "sqlite" });
  const child = await w.born("2012-05-06");
  const consent = await w.agreed(child);
  const kept = await w.weigh(child);
  const other = await w.born("2013-01-02");
  await w.agreed(other);
  const gone = await w.weigh(other, 38.5);
  const { id: dataset } = await w.app.datasets.seal({
    name: "first",
    purpose: "training",
    select: {},
  });
  await w.app.ledger.checkpoint();
  const path = join(w.folder, "custody.db");
  return { ...w, child, consent, kept, other, gone, dataset, path };
}

type Lived = Awaited<ReturnType<typeof lived>>;
let life: Lived;
beforeAll(async () => {
  life = await lived();
});
afterAll(() => life.dispose());

async function source(path = life.path): Promise<StoreCopySource> {
  const opened = await sqliteCopySource({ path });
  onTestFinished(() => opened.close());
  return opened;
}

async function fileTarget(): Promise<{ readonly path: string; readonly target: StoreCopyTarget }> {
  const path = join(await newFolder(), "copy.db");
  const target = await sqliteCopyTarget({ path, random });
  onTestFinished(() => target.close());
  return { path, target };
}

function onServer(server: PostgresServer) {
  return { url: server.url(), schema: newSchema() };
}

async function serverTarget(place: { url: string; schema: string }): Promise<StoreCopyTarget> {
  const target = await postgresCopyTarget(place);
  onTestFinished(() => target.close());
  return target;
}

describe("from a file to a file", () => {
  test("every row arrives, the source stays as it was, and the copy is the same store", async () => {
    const from = await source();
    const before = await from.size();
    const { path, target } = await fileTarget();
    const report = await copyStore({ source: from, target });
    expect(report).toMatchObject({ store: life.store.identity.id, resumed: false, size: before });
    expect(report.rows).toMatchObject({ ledger: before, record: 2 });
    await target.close();
    const copy = await openSqliteStore({ path });
    onTestFinished(() => copy.close());
    expect(copy.identity).toEqual(life.store.identity);
    expect(await codeOf(sqliteCopyTarget({ path, random }).then((t) => t.state()))).toBe(
      "store-exists",
    );
    expect(await from.size()).toBe(before);
  });

  test("a target that is not empty is refused and left as it was", async () => {
    const { path } = await fileTarget();
    const there = await createSqliteStore({ path, now: Date.now, random });
    await there.close();
    const target = await sqliteCopyTarget({ path, random });
    expect(await codeOf(copyStore({ source: await source(), target }))).toBe("store-exists");
    await target.close();
    const foreign = join(await newFolder(), "other.db");
    new Database(foreign).exec("CREATE TABLE t (x)").close();
    const other = await sqliteCopyTarget({ path: foreign, random });
    expect(await codeOf(copyStore({ source: await source(), target: other }))).toBe(
      "store-foreign",
    );
    expect(new Database(foreign).prepare("SELECT count(*) FROM t").pluck().get()).toBe(0);
    await other.close();
  });

  test("what is written to the source meanwhile is found, and the target stays no store", async () => {
    const { path: original, target: first } = await fileTarget();
    await copyStore({ source: await source(), target: first });
    await first.close();
    const writer = await openSqliteStore({ path: original });
    onTestFinished(() => writer.close());
    const samples = new StoreSamples();
    for (const step of ["copy", "compare"] as const) {
      const { path, target } = await fileTarget();
      const state = { written: false };
      const progress = async (far: { readonly step: string }) => {
        if (state.written || far.step !== step) return;
        state.written = true;
        const event = { ...samples.event(), id: `evt_${randomBytes(13).toString("hex")}` as never };
        await writer.append({ event, writes: [{ put: samples.document() }] });
      };
      const from = await source(original);
      const code = await codeOf(copyStore({ source: from, target, progress }));
      expect(["copy-source-changed", "copy-damaged"], step).toContain(code);
      expect(await codeOf(openSqliteStore({ path })), step).toBe("copy-unfinished");
      // Neither does the next attempt pass for the same copy; begun anew it is whole.
      expect(await codeOf(copyStore({ source: from, target })), step).toBe("copy-source-changed");
      await discardCopy(from, target);
      expect((await copyStore({ source: from, target })).resumed).toBe(false);
    }
  });

  test("an event that wrote no row, after everything was compared, is found by the size alone", async () => {
    const { path: original, target: first } = await fileTarget();
    await copyStore({ source: await source(), target: first });
    await first.close();
    const writer = await openSqliteStore({ path: original });
    onTestFinished(() => writer.close());
    const event = { ...new StoreSamples().event(), id: "evt_written_at_the_end" as never };
    const progress = async (far: { readonly step: string; readonly table: string }) => {
      if (far.step === "compare" && far.table === "member")
        await writer.append({ event, writes: [] });
    };
    const { path, target } = await fileTarget();
    const from = await source(original);
    expect(await codeOf(copyStore({ source: from, target, progress }))).toBe("copy-source-changed");
    expect(await codeOf(openSqliteStore({ path }))).toBe("copy-unfinished");
  });

  test("the unfinished copy of another store is refused, and not taken away", async () => {
    const { path, target } = await fileTarget();
    const stopped = new Error("stopped");
    const progress = (far: { readonly step: string }) => {
      if (far.step === "copy") throw stopped;
    };
    await expect(copyStore({ source: await source(), target, progress })).rejects.toBe(stopped);
    const otherPath = join(await newFolder(), "other.db");
    await (await createSqliteStore({ path: otherPath, now: Date.now, random })).close();
    const other = await source(otherPath);
    expect(await codeOf(copyStore({ source: other, target }))).toBe("copy-unfinished");
    expect(await codeOf(discardCopy(other, target))).toBe("copy-unfinished");
    expect(await codeOf(openSqliteStore({ path }))).toBe("copy-unfinished");
    expect((await copyStore({ source: await source(), target })).resumed).toBe(true);
  });

  test("one changed byte in any table of the target is found before it becomes a store", async () => {
    for (const [table, sql] of [
      ["ledger", "UPDATE ledger SET bytes = CAST(bytes || x'20' AS BLOB) WHERE seq = 3"],
      ["document", "UPDATE document SET body = body || ' ' WHERE kind = 'consent'"],
      ["record", "UPDATE record SET source = 'apq' WHERE ordinal = 2"],
      ["record", "UPDATE record SET event = event - 1 WHERE ordinal = 1"],
      ["payload", "UPDATE payload SET salt = randomblob(16) WHERE record = 1"],
      ["payload", "DELETE FROM payload WHERE record = 2"],
      ["edge", "INSERT INTO edge VALUES ('a', 'b', 'c', 1)"],
      ["member", "UPDATE member SET bitmap = CAST(bitmap || x'00' AS BLOB)"],
    ] as const) {
      const { path, target } = await fileTarget();
      const state = { done: false };
      const progress = (far: { readonly step: string }) => {
        if (state.done || far.step !== "copy" || !("table" in far) || far.table !== "member")
          return;
        state.done = true;
        const db = new Database(path);
        expect(db.prepare(sql).run().changes, sql).toBeGreaterThan(0);
        db.close();
      };
      const refused = await copyStore({ source: await source(), target, progress }).catch(
        (error: unknown) => error,
      );
      if (!(refused instanceof CustodyError)) throw refused;
      expect(refused.code, sql).toBe("copy-damaged");
      expect(refused.details.name, sql).toBe(table);
      expect(await codeOf(openSqliteStore({ path }))).toBe("copy-unfinished");
    }
  });

  test("a dry look says what there is and makes nothing", async () => {
    const { path, target } = await fileTarget();
    const outlook = await copyOutlook({ source: await source(), target });
    expect(outlook.unfinished).toBeUndefined();
    expect(outlook.rows).toMatchObject({ ledger: outlook.size, record: 2 });
    expect(existsSync(path)).toBe(false);
  });
});

await withServer("between a file and a server", (server) => {
  test("the copy goes on where the file stopped: read, trace, purge, certificate, verify", async () => {
    const mine = await lived();
    onTestFinished(() => mine.dispose());
    const place = onServer(server);
    const target = await serverTarget(place);
    const from = await sqliteCopySource({ path: mine.path });
    const report = await copyStore({ source: from, target });
    await from.close();
    const store = await openPostgresStore(place);
    onTestFinished(() => store.close());
    const { keyring, signer, form, mail, clock, folder } = mine;
    const app = await createCustody({
      ...{ policy, store, keyring, signer, random, now: () => clock.ms },
      connectors: [filesystem({ root: folder })],
      verifiers: [form, mail],
    });
    expect(await app.ledger.verify()).toMatchObject({ ok: true, root: report.root });
    const record = mine.kept as RecordId;
    const read = await app.records.read({ record, purpose: "coaching" });
    expect(read).toMatchObject({ weightKg: 41.25, nickname: "otter" });
    await goOn(app, mine);
    expect(await app.ledger.verify()).toMatchObject({ ok: true });
  });

  test("and back again: the file that comes back is the same to the last byte of each row", async () => {
    const place = onServer(server);
    await copyStore({ source: await source(), target: await serverTarget(place) });
    const back = await fileTarget();
    const from = await postgresCopySource(place);
    onTestFinished(() => from.close());
    const report = await copyStore({ source: from, target: back.target });
    await back.target.close();
    expect(await compareStores(await source(), await source(back.path))).toMatchObject({
      root: report.root,
      rows: report.rows,
    });
  });

  test("killed at every commit it is nobody's store, and the next run ends in the same one", async () => {
    const place = onServer(server);
    for (const to of [place, { path: join(await newFolder(), "copy.db") }]) {
      const run = (killAt: number) => {
        const args = JSON.stringify({ from: { path: life.path }, to, killAt });
        return spawnSync(process.execPath, [COPIER, args], { encoding: "utf8" });
      };
      const open = () => ("path" in to ? openSqliteStore(to) : openPostgresStore(to));
      // Each run gets two commits further than the one before: the first of them is the last's.
      let runs = 0;
      for (; ; runs += 1) {
        const ran = run(3 + (runs % 2));
        if (ran.signal === null) {
          expect(ran.stderr).toBe("");
          expect(JSON.parse(ran.stdout)).toMatchObject({ resumed: true });
          break;
        }
        expect(ran.signal).toBe("SIGKILL");
        if (runs > 20) throw new Error("it does not get on");
        const opening = await open().then(
          async (store) => {
            await store.close();
            return "opened";
          },
          (error: CustodyError) => error.code,
        );
        // Only a kill after the very last commit leaves a store; then there is nothing to go on with.
        if (opening === "opened") break;
        expect(opening).toBe("copy-unfinished");
      }
      expect(runs).toBeGreaterThan(1);
      const store = await open();
      expect(store.identity).toEqual(life.store.identity);
      await store.close();
      const copied = await ("path" in to ? source(to.path) : postgresCopySource(to));
      await compareStores(await source(), copied);
      await copied.close();
    }
  });

  test("two programs that copy to one place do not mix: one of them is told", async () => {
    const place = onServer(server);
    const outcomes = await Promise.allSettled(
      [1, 2].map(async () =>
        copyStore({ source: await source(), target: await serverTarget(place) }),
      ),
    );
    const codes = outcomes.map((one) =>
      one.status === "fulfilled" ? "copied" : (one.reason as CustodyError).code,
    );
    for (const code of codes) expect(["copied", "conflict", "store-exists"]).toContain(code);
    const copied = await postgresCopySource(place).catch(() => undefined);
    if (copied === undefined) {
      await copyStore({ source: await source(), target: await serverTarget(place) });
    }
    const whole = copied ?? (await postgresCopySource(place));
    await compareStores(await source(), whole);
    await whole.close();
  });

  test("a schema in which others keep tables is refused", async () => {
    const place = onServer(server);
    await server.run(`CREATE SCHEMA ${place.schema}; CREATE TABLE ${place.schema}.theirs (x int)`);
    const target = await serverTarget(place);
    expect(await codeOf(copyStore({ source: await source(), target }))).toBe("store-foreign");
  });

  test("one changed byte on the server is found", async () => {
    const place = onServer(server);
    await copyStore({ source: await source(), target: await serverTarget(place) });
    const flip = `UPDATE ${place.schema}.payload
      SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) WHERE ordinal = 1`;
    await server.run(flip);
    const copied = await postgresCopySource(place);
    onTestFinished(() => copied.close());
    expect(await codeOf(compareStores(await source(), copied))).toBe("copy-damaged");
    await server.run(flip);
    expect((await compareStores(await source(), copied)).rows.record).toBe(2);
  });
});

/** A trace of one person, and a purge of the other to its certificate. */
async function goOn(app: World["app"], mine: Lived): Promise<void> {
  const traced = await app.trace(mine.child as SubjectId);
  expect(traced).toMatchObject({ records: [mine.kept], datasets: [mine.dataset] });
  const { id: purge } = await app.purges.plan({ subject: mine.other });
  await app.purges.approve({ purge, by: { name: "A", title: "B" } });
  expect(await app.purges.run(purge)).toMatchObject({ state: "complete", open: [] });
  expect(await codeOf(app.records.read({ record: mine.gone, purpose: "coaching" }))).toBe(
    "record-erased",
  );
  const signer = { name: "A", title: "B", human: true } as const;
  const { jws } = await app.certificates.issue({ purge, signer });
  const certificate = await verifyCertificate(jws, { keys: [await mine.signer.publicJwk()] });
  expect(certificate.store).toBe(mine.store.identity.id);
}
