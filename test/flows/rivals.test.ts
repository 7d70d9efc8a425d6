/**
 * Clients with connections of their own to one store, as processes have: what one committed, the
 * others are held to.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { LedgerEvent } from "../../src/core/event.js";
import { text } from "../../src/lib/bytes.js";
import type { SubjectId } from "../../src/lib/id.js";
import { worldStores } from "../postgres-server.js";
import { codeOf, type StoreName, type World, world } from "../world.js";

const RIVALS = 8;
const TURNS_MAX = 2_000;
const stores = (await worldStores()).filter((store) => store !== "memory");

let open: World[] = [];
afterEach(async () => {
  for (const w of open) await w.dispose();
  open = [];
});

async function rivalry(store: StoreName, count: number) {
  const w = await world({ store });
  open.push(w);
  const clients: World["app"][] = [];
  for (let client = 0; client < count; client += 1) clients.push(await w.another());
  return { w, clients };
}

async function eventsOf({ store }: World): Promise<readonly LedgerEvent[]> {
  const events: LedgerEvent[] = [];
  for await (const { seq, bytes } of store.entries(0)) {
    expect(seq).toBe(events.length);
    events.push(JSON.parse(text(bytes)) as LedgerEvent);
  }
  return events;
}

async function requireSound(w: World): Promise<void> {
  expect(await w.app.ledger.verify()).toMatchObject({ ok: true });
}

function weighing(client: World["app"], subject: SubjectId, weightKg: number) {
  return client.records.collect({
    subject,
    collection: "intake",
    purpose: "coaching",
    values: { weightKg, nickname: "otter" },
  });
}

describe.each(stores)("rivals on %s", (store) => {
  test("eight writers that collide on one subject all end, and none of their evidence is lost", async () => {
    const { w, clients } = await rivalry(store, RIVALS);
    const subject = await w.born("2006-06-06");
    const before = (await w.store.get({ table: "document", kind: "subject", id: subject }))
      ?.version;
    const days = clients.map((_, index) => `2006-07-0${index + 1}`);
    await Promise.all(
      clients.map((client, index) =>
        client.subjects.addEvidence({
          subject,
          kind: "birth-date",
          source: "profile",
          value: days[index] ?? "",
        }),
      ),
    );
    const row = await w.store.get({ table: "document", kind: "subject", id: subject });
    expect(row?.version).toBe((before ?? 0) + RIVALS);
    expect((await w.app.subjects.get(subject)).evidence).toHaveLength(1 + RIVALS);
    const about = (await eventsOf(w)).filter((event) => event.about.subject === subject);
    expect(about.filter(({ type }) => type === "evidence-added")).toHaveLength(1 + RIVALS);
    await requireSound(w);
  });

  test("a collect that was committed after a revocation is refused, and all before are restricted", async () => {
    const { w, clients } = await rivalry(store, RIVALS);
    const child = await w.born("2012-12-12");
    const consent = await w.agreed(child);
    await w.weigh(child);
    // Each goes on until it is refused: whoever comes before the revocation is let in.
    const untilRefused = async (client: World["app"]) => {
      const results: string[] = [];
      for (let turn = 0; turn < TURNS_MAX && !results.includes("consent-withdrawn"); turn += 1) {
        const done = weighing(client, child, 30 + turn / 1_000);
        results.push(await done.then((id) => id as string).catch((error) => error.code));
      }
      return results;
    };
    const [revoker, ...others] = clients as [World["app"], ...World["app"][]];
    const collecting = others.map(untilRefused);
    await weighing(revoker, child, 29);
    await revoker.consents.revoke({ consent });
    const ended = await Promise.all(collecting);
    const results = ended.flat();
    const taken = results.filter((result) => result.startsWith("rec_"));
    const refused = results.filter((result) => !result.startsWith("rec_"));
    expect(refused).toEqual(others.map(() => "consent-withdrawn"));
    const events = await eventsOf(w);
    const revoked = events.findIndex(({ type }) => type === "consent-revoked");
    expect(revoked).toBeGreaterThan(0);
    const later = events.slice(revoked).filter(({ type }) => type === "record-collected");
    expect(later).toEqual([]);
    for (const id of taken) {
      expect((await w.app.records.status(id as never)).status).toBe("restricted");
    }
    expect((await w.app.subjects.get(child)).records).toEqual({ restricted: taken.length + 2 });
    await requireSound(w);
  });

  test("a seal that races a revocation gives nobody's values away afterwards", async () => {
    const { w, clients } = await rivalry(store, 2);
    const [sealer, revoker] = clients as [World["app"], World["app"]];
    const children = await Promise.all(Array.from({ length: 12 }, () => w.born("2012-12-12")));
    const consents = await Promise.all(children.map((child) => w.agreed(child)));
    await Promise.all(children.map((child) => w.weigh(child)));
    const leaving = consents.slice(0, 6);
    const [sets] = await Promise.all([
      (async () => {
        const made: { readonly id: string; readonly count: number }[] = [];
        for (let turn = 0; turn < 4; turn += 1) {
          const name = `set-${turn}`;
          made.push(await sealer.datasets.seal({ name, purpose: "training", select: {} }));
        }
        return made;
      })(),
      (async () => {
        for (const consent of leaving) await revoker.consents.revoke({ consent });
      })(),
    ]);
    for (const { id, count } of sets) {
      expect(count).toBeGreaterThanOrEqual(6);
      expect(count).toBeLessThanOrEqual(12);
      const seen: string[] = [];
      for await (const { record } of w.app.datasets.read(id as never)) seen.push(record);
      expect(seen).toHaveLength(6);
      const from = [{ id: id as never, relation: "trained-on" }] as const;
      const begun = w.app.models.begin({ name: "m", purpose: "training", from });
      // Whoever left in the middle is in the set; training on it is refused.
      if (count > 6) expect(await codeOf(begun)).toBe("record-restricted");
      else await begun;
    }
    const last = await w.app.datasets.seal({ name: "last", purpose: "training", select: {} });
    expect(last.count).toBe(6);
    await requireSound(w);
  });

  test("two runners on one purge erase each step to its end, and one certificate tells it", async () => {
    const { w, clients } = await rivalry(store, 2);
    const child = await w.born("2012-12-12");
    await w.agreed(child);
    const records = await Promise.all(Array.from({ length: 5 }, () => w.weigh(child)));
    const { id } = await w.app.purges.plan({ subject: child });
    await w.app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
    const both = await Promise.all(clients.map((client) => client.purges.run(id)));
    expect(both.map(({ state, open: left }) => [state, left])).toEqual([
      ["complete", []],
      ["complete", []],
    ]);
    for (const record of records) {
      const payloads: unknown[] = [];
      for await (const row of w.store.scan({ table: "payload", record })) payloads.push(row);
      expect(payloads).toEqual([]);
    }
    const steps: string[] = [];
    for await (const { body } of w.store.scan({ table: "document", kind: "step", owner: id })) {
      steps.push((body.progress as { state: string }).state);
    }
    expect(new Set(steps)).toEqual(new Set(["seen"]));
    const events = await eventsOf(w);
    expect(events.filter(({ type }) => type === "purge-started")).toHaveLength(1);
    expect(events.filter(({ type }) => type === "purge-finished")).toHaveLength(1);
    // Whatever both of them erased is named by both: erasing is idempotent.
    const erased = events.flatMap(({ rows }) =>
      Object.entries(rows).flatMap(([name, digest]) =>
        name.startsWith("payload/") && digest === null ? [name] : [],
      ),
    );
    expect(new Set(erased).size).toBe(records.length * 2);
    const signer = { name: "A", title: "B", human: true } as const;
    const certificate = await w.app.certificates.issue({ purge: id, signer });
    expect(certificate.jws.split(".")).toHaveLength(3);
    await requireSound(w);
  });
});
