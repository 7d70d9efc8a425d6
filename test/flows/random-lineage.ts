/**
 * A random graph of records, artifacts, datasets and models, built on the client and kept beside it
 * in its plainest form, with a naive closure to hold the client's answers against.
 */
import { createHash } from "node:crypto";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import { createSqliteStore } from "../../src/adapters/sqlite/index.js";
import type { PolicyDefinition } from "../../src/core/policy.js";
import type { Custody } from "../../src/custody.js";
import type { ConsentId, SubjectId } from "../../src/lib/id.js";
import { house } from "./law-fixture.js";

type Client = Custody<PolicyDefinition>;
export type Condition = 0 | 1 | 2 | 3;
const NONE = 0;
const WITHDRAWN = 1;
const DOUBTED = 2;
const TAINTED = 3;

interface Edge {
  readonly to: string;
  readonly relation: string;
}

export interface Node {
  readonly id: string;
  readonly kind: "record" | "sealed" | "dataset" | "artifact" | "model";
  readonly parents: readonly Edge[];
  readonly digest: string;
  readonly subject: string;
}

export interface Graph {
  readonly nodes: Map<string, Node>;
  readonly home: Awaited<ReturnType<typeof house>>;
  readonly people: readonly Person[];
}

/** A child with the consent that the record came in under, or somebody taken for an adult. */
export interface Person {
  readonly subject: SubjectId;
  readonly consent: ConsentId | undefined;
}

/** Repeatable: the same seed, the same graph. */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const pick = <T>(roll: (n: number) => number, of: readonly T[]): T => {
  const one = of[roll(of.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
};
const DERIVE = [
  "copied",
  "joined",
  "labelled-by",
  "embedded-by",
  "generated-by",
  "aggregated",
] as const;
const MAKE = [
  "fine-tuned-from",
  "distilled-from",
  "merged-from",
  "adapter-of",
  "quantized-from",
  "converted",
] as const;
const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * @param file of a database; in memory unless given. A store in memory looks at every row of a scan.
 */
export async function randomGraph(
  seed: number,
  size: number,
  people: number,
  file?: string,
): Promise<Graph> {
  const roll = dice(seed);
  const home = await house({ audience: "mixed" }, undefined, (options) =>
    file === undefined ? createMemoryStore(options) : createSqliteStore({ ...options, path: file }),
  );
  const graph: Graph = { nodes: new Map(), home, people: [] };
  const crowd: Person[] = [];
  for (let n = 0; n < people; n += 1) {
    const adult = n % 4 === 0;
    const subject = await home.born(adult ? "1980-06-14" : "2016-06-14", "US");
    const consent = adult ? undefined : await home.agreed(subject, ["play", "training"]);
    crowd.push({ subject, consent });
    add(graph, { id: await home.score(subject), kind: "record", parents: [], subject });
  }
  while (graph.nodes.size < size) await grow(graph, crowd, roll);
  return { ...graph, people: crowd };
}

function add(graph: Graph, node: Partial<Node> & Pick<Node, "id" | "kind" | "parents">): void {
  graph.nodes.set(node.id, { digest: "", subject: "", ...node });
}

async function grow(
  graph: Graph,
  crowd: readonly { readonly subject: SubjectId }[],
  roll: (n: number) => number,
): Promise<void> {
  const { app } = graph.home;
  const name = `n${graph.nodes.size}`;
  const all = [...graph.nodes.values()];
  const some = (): readonly Node[] => [
    ...new Set(Array.from({ length: 1 + roll(3) }, () => pick(roll, all))),
  ];
  const what = roll(10);
  if (what === 0) {
    const subjects = [pick(roll, crowd).subject, pick(roll, crowd).subject];
    const { id } = await app.datasets.seal({ name, purpose: "training", select: { subjects } });
    const members = all.filter((n) => n.kind === "record" && subjects.some((s) => s === n.subject));
    const parents = members.map(({ id: to }) => ({ to, relation: "member" }));
    add(graph, { id, kind: "sealed", parents });
  } else if (what < 6) {
    const relation = pick(roll, DERIVE);
    const kind = roll(2) === 0 ? ("artifact" as const) : ("dataset" as const);
    const from = some().map(({ id }) => id);
    const { id } = await app.artifacts.derive({ name, kind, relation, from });
    add(graph, { id, kind, parents: from.map((to) => ({ to, relation })) });
  } else {
    await train(graph, app, some(), name, roll);
  }
}

async function train(
  graph: Graph,
  app: Client,
  sources: readonly Node[],
  name: string,
  roll: (n: number) => number,
): Promise<void> {
  const parents = sources.map((node): Edge => {
    const learns = node.kind === "model" ? pick(roll, MAKE) : "trained-on";
    return { to: node.id, relation: roll(5) === 0 ? "evaluated-on" : learns };
  });
  const from = parents.map(({ to: id, relation }) => ({ id, relation }));
  type Begin = Parameters<Client["models"]["begin"]>[0];
  const begin = { name, purpose: "training", from } as unknown as Begin;
  const model = await app.models.begin(begin);
  const others = [...graph.nodes.values()].filter(({ kind }) => kind === "model");
  const twin = roll(12) === 0 && others.length > 0 ? pick(roll, others).digest : "";
  const digest = twin === "" ? digestOf(name) : twin;
  await app.models.complete({ model, digest, places: [] });
  add(graph, { id: model, kind: "model", parents, digest });
}

/** What the causes come to, computed the slow way: until nothing changes any more. */
export function closure(graph: Graph, causes: ReadonlyMap<string, Condition>) {
  const whole = new Map<string, Condition>();
  const data = new Map<string, Condition>();
  const of = (map: Map<string, Condition>, id: string): Condition => map.get(id) ?? NONE;
  const groups = new Map<string, string[]>();
  for (const { id, digest } of graph.nodes.values()) {
    if (digest !== "") groups.set(digest, [...(groups.get(digest) ?? []), id]);
  }
  for (let changed = true; changed; ) {
    changed = false;
    const put = (map: Map<string, Condition>, id: string, to: Condition): void => {
      if (to <= of(map, id)) return;
      map.set(id, to);
      changed = true;
    };
    for (const node of graph.nodes.values()) {
      if (node.kind === "record") {
        put(whole, node.id, causes.get(node.subject) ?? NONE);
        put(data, node.id, causes.get(node.subject) ?? NONE);
      }
      for (const { to, relation } of node.parents) {
        put(whole, node.id, through(relation, of(whole, to)));
        if (node.kind !== "model") put(data, node.id, of(data, to));
      }
    }
    for (const ids of groups.values()) {
      const worst = Math.max(...ids.map((id) => of(whole, id))) as Condition;
      for (const id of ids) put(whole, id, worst);
    }
  }
  return { whole: (id: string) => of(whole, id), data: (id: string) => of(data, id) };
}

function through(relation: string, condition: Condition): Condition {
  if (relation !== "evaluated-on") return condition;
  return condition >= DOUBTED ? DOUBTED : NONE;
}

const MODEL = ["clean", "since-withdrawn", "suspect", "frozen"] as const;

/** The state or status that the naive closure calls for. */
export function expected(node: Node, found: ReturnType<typeof closure>): string {
  if (node.kind === "model") return MODEL[found.whole(node.id)];
  const content = found.data(node.id);
  const whole = found.whole(node.id);
  if (content === TAINTED || whole === TAINTED) return "tainted";
  if (content >= WITHDRAWN || whole === DOUBTED) return "restricted";
  return "admitted";
}

export async function told(graph: Graph, node: Node): Promise<string> {
  const { app } = graph.home;
  if (node.kind === "model") return (await app.models.get(node.id)).state;
  if (node.kind === "record") return (await app.records.status(node.id as never)).status;
  if (node.kind === "sealed") return app.datasets.status(node.id as never);
  return (await app.artifacts.get(node.id)).status;
}

/** Steps from the records of some subjects to everything below, twins one step from each other. */
export function distances(graph: Graph, subjects: ReadonlySet<string>): Map<string, number> {
  const children = new Map<string, string[]>();
  const link = (from: string, to: string) =>
    children.set(from, [...(children.get(from) ?? []), to]);
  const byDigest = new Map<string, string[]>();
  const steps = new Map<string, number>();
  const queue: string[] = [];
  for (const { id, digest, kind, subject, parents } of graph.nodes.values()) {
    for (const { to } of parents) link(to, id);
    for (const twin of digest === "" ? [] : (byDigest.get(digest) ?? [])) {
      link(id, twin);
      link(twin, id);
    }
    if (digest !== "") byDigest.set(digest, [...(byDigest.get(digest) ?? []), id]);
    if (kind === "record" && subjects.has(subject)) {
      steps.set(id, 0);
      queue.push(id);
    }
  }
  for (let at = 0; at < queue.length; at += 1) {
    const id = queue[at] ?? "";
    for (const child of children.get(id) ?? []) {
      if (steps.has(child)) continue;
      steps.set(child, (steps.get(id) ?? 0) + 1);
      queue.push(child);
    }
  }
  return steps;
}

/** Lets something happen to some people; the rest are their twins. */
export async function strike(
  graph: Graph,
  roll: (n: number) => number,
): Promise<ReadonlyMap<string, Condition>> {
  const causes = new Map<string, Condition>();
  for (const [at, { subject, consent }] of graph.people.entries()) {
    // Each of the three happens to somebody; to the rest as the dice fall.
    const what = at < 3 ? Math.max(0, at - 1) : roll(8);
    if (consent === undefined) {
      if (what > 1) continue;
      const said = { subject, kind: "birth-date", source: "parent", value: "2016-06-14" } as const;
      await graph.home.app.subjects.addEvidence(said);
      causes.set(subject, DOUBTED);
    } else if (what === 0) {
      await graph.home.app.consents.revoke({ consent });
      causes.set(subject, WITHDRAWN);
    } else if (what === 1) {
      await graph.home.app.consents.invalidate({ consent, reason: "not-the-parent" });
      causes.set(subject, TAINTED);
    }
  }
  return causes;
}
