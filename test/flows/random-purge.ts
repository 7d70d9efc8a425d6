/**
 * A random graph with a place for everything, random orders and deletions, and a closure written
 * from scratch: what exactly is to be gone. The purge is then run however badly things go.
 */
import { createHash } from "node:crypto";
import { expect } from "vitest";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import { createCustody } from "../../src/custody.js";
import { CustodyError } from "../../src/errors.js";
import type { RecordId, SubjectId } from "../../src/lib/id.js";
import type { Connector } from "../../src/ports/connector.js";
import type { Store } from "../../src/ports/store.js";
import { type MemoryConnector, memoryConnector } from "../../src/testing/memory-connector.js";
import { house } from "./law-fixture.js";
import { dice } from "./random-lineage.js";

type Roll = (below: number) => number;
interface Edge {
  readonly to: string;
  readonly relation: string;
}
interface Node {
  readonly id: string;
  readonly kind: "record" | "sealed" | "artifact" | "model";
  readonly parents: readonly Edge[];
  readonly subject: string;
  readonly digest: string;
  readonly refs: readonly string[];
}
const CLASSES = {
  copies: "copied",
  joins: "joined",
  labels: "labelled-by",
  embeddings: "embedded-by",
  generated: "generated-by",
  aggregates: "aggregated",
} as const;
const MAKE = ["fine-tuned-from", "distilled-from", "merged-from", "converted"] as const;
const PLACES = ["shelf", "cellar"] as const;

export interface Trouble {
  /** One call or step in so many fails; 0 for never. */
  readonly oneIn: number;
  readonly workers: number;
  readonly runners: number;
}

const pick = <T>(roll: Roll, of: readonly T[]): T => of[roll(of.length)] as T;

class Shaky {
  readonly erased = new Set<string>();
  oneIn = 0;
  readonly #roll: Roll;
  constructor(roll: Roll) {
    this.#roll = roll;
  }
  slips(): boolean {
    return this.oneIn > 0 && this.#roll(this.oneIn) === 0;
  }
  over(place: MemoryConnector): Connector {
    const fail = () => {
      const details = { connector: place.name, place: "", reason: "unreachable" };
      if (this.slips()) throw new CustodyError("connector-failed", details);
    };
    return {
      name: place.name,
      erase: async (ref, options) => {
        this.erased.add(`${place.name}:${ref}`);
        fail();
        await place.erase(ref, options);
        fail();
      },
      inspect: async (ref, options) => {
        fail();
        return place.inspect(ref, options);
      },
    };
  }
}

export async function randomPurges(
  seed: number,
  size: number,
  people: number,
  keep: Parameters<typeof house>[2] = createMemoryStore,
) {
  const roll = dice(seed * 7_919);
  const home = await house({ audience: "mixed" }, undefined, keep);
  const places = new Map(PLACES.map((name) => [name, memoryConnector({ name })]));
  const shaky = new Shaky(roll);
  const client = () =>
    createCustody({
      policy: home.policy,
      store: home.store,
      keyring: home.keyring,
      signer: home.signer,
      connectors: [...places.values()].map((place) => shaky.over(place)),
      now: () => home.clock.ms,
      pause: async () => {},
      progress: ({ step }) => {
        if (step.startsWith("purge:") && shaky.slips()) throw new Error("died");
      },
    });
  const nodes = new Map<string, Node>();
  const app = await client();
  const subjects: SubjectId[] = [];
  const add = (node: Partial<Node> & Pick<Node, "id" | "kind">) =>
    nodes.set(node.id, { parents: [], subject: "", digest: "", refs: [], ...node });
  for (let n = 0; n < people; n += 1) {
    const subject = await home.born(n % 3 === 0 ? "1980-06-14" : "2016-06-14", "US");
    if (n % 3 !== 0) await home.agreed(subject, ["play", "training"]);
    subjects.push(subject);
    for (let k = 0; k <= roll(2); k += 1) {
      add({ id: await home.score(subject), kind: "record", subject });
    }
  }
  const laid = (name: string) =>
    PLACES.filter(() => roll(3) > 0).map((connector) => {
      places.get(connector)?.place(name, new Uint8Array([1]));
      return { connector, ref: name };
    });
  const refsOf = (at: ReturnType<typeof laid>) => at.map((p) => `${p.connector}:${p.ref}`);
  while (nodes.size < size) {
    const all = [...nodes.values()];
    const name = `n${nodes.size}`;
    const some = [...new Set(Array.from({ length: 1 + roll(3) }, () => pick(roll, all)))];
    const what = roll(10);
    if (what === 0) {
      const who = [pick(roll, subjects), pick(roll, subjects)];
      const select = { subjects: who };
      const { id } = await app.datasets.seal({ name, purpose: "training", select });
      const members = all.filter((n) => n.kind === "record" && who.some((s) => s === n.subject));
      add({
        id,
        kind: "sealed",
        parents: members.map(({ id: to }) => ({ to, relation: "member" })),
      });
    } else if (what < 6) {
      const relation = pick(roll, Object.values(CLASSES));
      const at = laid(name);
      const from = some.map(({ id }) => id);
      const { id } = await app.artifacts.derive({ name, relation, from, places: at });
      const parents = from.map((to) => ({ to, relation }));
      add({ id, kind: "artifact", parents, refs: refsOf(at) });
    } else {
      const parents = some.map((n): Edge => {
        const learns = n.kind === "model" ? pick(roll, MAKE) : "trained-on";
        return { to: n.id, relation: roll(5) === 0 ? "evaluated-on" : learns };
      });
      const from = parents.map(({ to: id, relation }) => ({ id, relation }));
      const model = await app.models.begin({ name, purpose: "training", from } as never);
      const twins = all.filter(({ kind }) => kind === "model");
      const twin = roll(10) === 0 && twins.length > 0 ? pick(roll, twins).digest : "";
      const digest = twin || createHash("sha256").update(name).digest("hex");
      const at = laid(name);
      await app.models.complete({ model, digest, places: at });
      add({ id: model, kind: "model", parents, digest, refs: refsOf(at) });
    }
  }
  return { home, roll, places, shaky, client, app, nodes, subjects };
}

export type Purges = Awaited<ReturnType<typeof randomPurges>>;

interface Cause {
  readonly who: readonly string[];
  readonly remedy: Readonly<Record<string, unknown>> | undefined;
  readonly held: ReadonlySet<string>;
}

/** What is to be gone, the slow way: until nothing changes any more. */
function closure({ nodes }: Purges, { who, remedy, held }: Cause): ReadonlySet<string> {
  const derived = (remedy?.derived ?? {}) as Readonly<Record<string, string>>;
  const fate = (relation: string): boolean => {
    const said = Object.entries(CLASSES).find(([, edge]) => edge === relation)?.[0] ?? "";
    const word = derived[said] ?? (typeof remedy?.data === "object" ? "gone" : "keep");
    return remedy === undefined || word !== "keep";
  };
  const hit = new Set<string>();
  const bytes = new Set<string>();
  const all = [...nodes.values()];
  for (let before = -1; before !== hit.size; ) {
    before = hit.size;
    for (const node of all) {
      if (node.kind === "record" && who.includes(node.subject)) hit.add(node.id);
      const model = node.kind === "model";
      // A deletion stops at models, and so does an order that keeps them.
      if (model && (remedy === undefined || remedy.models === "keep")) continue;
      const made = node.parents.some((p) => p.relation !== "evaluated-on" && hit.has(p.to));
      if (!made && !bytes.has(node.digest)) continue;
      hit.add(node.id);
      if (model) bytes.add(node.digest);
    }
  }
  // What a record's values went into: through lists and derived things, not through a model.
  const content = ({ id, kind, parents }: Node): readonly string[] =>
    kind === "record"
      ? [id]
      : parents.flatMap(({ to }) => {
          const source = nodes.get(to);
          return source === undefined || source.kind === "model" ? [] : content(source);
        });
  const erases = remedy === undefined || typeof remedy.data === "object";
  const goes = (node: Node): boolean => {
    const { id, kind, parents } = node;
    if (!hit.has(id) || kind === "sealed") return false;
    if (kind === "artifact") {
      const mine = content(node).filter((one) => who.includes(nodes.get(one)?.subject ?? ""));
      // Made from nothing of theirs but what a hold keeps: it stays with that.
      if (erases && mine.length > 0 && mine.every((one) => held.has(one))) return false;
      return fate(parents[0]?.relation ?? "");
    }
    if (kind === "model") return typeof remedy?.models === "object";
    return !held.has(id) && erases;
  };
  return new Set(all.filter(goes).map(({ id }) => id));
}

function randomRemedy(roll: Roll): Readonly<Record<string, unknown>> {
  const data = pick(roll, [{ destroy: "P30D" }, { destroy: "P30D" }, "keep", undefined]);
  const models = pick(roll, [
    { relation: "in-whole-or-in-part", destroy: "P90D" },
    "keep",
    undefined,
  ]);
  const derived = Object.fromEntries(
    Object.keys(CLASSES).flatMap((name) => {
      const word = pick(roll, ["keep", "P9D", undefined]);
      return word === undefined ? [] : [[name, word]];
    }),
  );
  return {
    ...(data === undefined ? {} : { data }),
    ...(models === undefined ? {} : { models }),
    ...(Object.keys(derived).length === 0 ? {} : { derived }),
    ...(roll(2) === 0 ? { freeze: "immediately" } : {}),
  };
}

async function sealedRecords(store: Store): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const { row } of store.everything())
    if (row.table === "payload") found.add(row.record);
  return found;
}

/** One order or deletion from its plan to its end, and every place and payload looked at. */
export async function purgeOnce(world: Purges, trouble: Trouble): Promise<void> {
  const { home, roll, places, shaky, nodes, subjects } = world;
  const who = subjects.filter(() => roll(4) === 0);
  const person = roll(4) === 0 ? pick(roll, subjects) : undefined;
  const records = [...nodes.values()].filter(({ kind }) => kind === "record");
  const held = new Set(records.filter(() => roll(6) === 0).map(({ id }) => id as RecordId));
  if (held.size > 0) {
    await world.app.holds.place({ records: [...held], authority: "Court", instrument: "7" });
  }
  const remedy = person === undefined ? randomRemedy(roll) : undefined;
  const chosen = person === undefined ? (who.length > 0 ? who : subjects.slice(0, 1)) : [person];
  const gone = closure(world, { who: chosen, remedy, held });
  const cause =
    person !== undefined
      ? { subject: person }
      : {
          order: (
            await world.app.orders.open({
              title: "In the matter of Pace",
              citation: "C-1",
              opened: "2026-05-01",
              select: { subject: chosen },
              remedy,
            } as never)
          ).id,
        };
  const { id, plan } = await world.app.purges.plan(cause as never);
  const wanted = [...nodes.values()].filter((node) => gone.has(node.id));
  const refs = wanted.flatMap((node) => node.refs).sort();
  const named = plan.items.filter(({ connector }) => connector !== "vault");
  expect(named.map(({ connector, ref }) => `${connector}:${ref}`).sort()).toEqual(refs);
  const going = wanted.filter(({ kind }) => kind === "record").length;
  const inVault = plan.items.filter(({ connector }) => connector === "vault");
  expect(inVault.reduce((sum, item) => sum + item.records, 0)).toBe(going);
  await world.app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
  for (let round = 0; round < 4; round += 1) {
    shaky.oneIn = round === 3 ? 0 : trouble.oneIn;
    // Each time other processes: new clients on the same store.
    const clients = await Promise.all(Array.from({ length: trouble.runners }, world.client));
    const { workers } = trouble;
    const runs = await Promise.allSettled(clients.map((one) => one.purges.run(id, { workers })));
    for (const run of runs) {
      if (run.status === "rejected") expect(String(run.reason)).toBe("Error: died");
    }
    if (round < 3) continue;
    for (const run of runs) expect(run).toMatchObject({ value: { state: "complete" } });
  }
  expect([...shaky.erased].filter((ref) => !refs.includes(ref))).toEqual([]);
  const payloads = await sealedRecords(home.store);
  for (const node of nodes.values()) {
    const out = gone.has(node.id);
    for (const at of node.refs) {
      const [connector = "", ref = ""] = at.split(":");
      const { signal } = new AbortController();
      const sight = await places.get(connector as "shelf")?.inspect(ref, { signal });
      expect([node.id, sight?.present]).toEqual([node.id, !out]);
    }
    if (node.kind === "record") expect([node.id, payloads.has(node.id)]).toEqual([node.id, !out]);
    if (node.kind !== "model") continue;
    expect((await world.app.models.get(node.id)).state === "destroyed").toBe(out);
  }
  expect((await world.app.ledger.verify()).ok).toBe(true);
}
