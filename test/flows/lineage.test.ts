/** Random graphs against a naive closure: nothing reached is missed, nothing else is marked. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import {
  closure,
  dice,
  distances,
  expected,
  type Graph,
  randomGraph,
  strike,
  told,
} from "./random-lineage.js";

const SIZE = 400;
const PEOPLE = 24;
const open: { readonly app: { close(): Promise<void> } }[] = [];

afterEach(async () => {
  for (const home of open.splice(0)) await home.app.close();
});

/** Nodes whose state or status differs from what the naive closure calls for. */
async function wrongIn(graph: Graph, seed: number): Promise<readonly string[]> {
  const found = closure(graph, await strike(graph, dice(seed * 7919)));
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const node of graph.nodes.values()) {
    const [is, should] = [await told(graph, node), expected(node, found)];
    seen.add(`${node.kind} ${is}`);
    if (is !== should) wrong.push(`${node.kind} ${node.id} is ${is}, not ${should}`);
  }
  // The graph was no easy one: both sides of the question were asked.
  for (const kind of ["model clean", "model frozen", "artifact admitted", "artifact tainted"]) {
    expect(seen, [...seen].join()).toContain(kind);
  }
  return wrong;
}

test("a thousand nodes in a database file bear marks where the naive closure says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "custody-lineage-"));
  const graph = await randomGraph(6, 1_000, PEOPLE, join(folder, "custody.db"));
  open.push(graph.home);
  expect(await wrongIn(graph, 6)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
}, 240_000);

describe.each([1, 2, 3, 4, 5])("a random graph of seed %i", (seed) => {
  test("bears marks where the naive closure says, and nowhere else", async () => {
    const graph = await randomGraph(seed, SIZE, PEOPLE);
    open.push(graph.home);
    expect(await wrongIn(graph, seed)).toEqual([]);
  });

  test("is traced whole, each by a shortest way of edges that exist", async () => {
    const graph = await randomGraph(seed, SIZE, PEOPLE);
    open.push(graph.home);
    const roll = dice(seed);
    for (let turn = 0; turn < 6; turn += 1) {
      const { subject } = graph.people[roll(PEOPLE)] ?? { subject: "" };
      const steps = distances(graph, new Set([subject]));
      const traced = await graph.home.app.trace(subject);
      const { records, datasets, artifacts, models, paths } = traced;
      const all = [...records, ...datasets, ...artifacts, ...models].sort();
      expect(all).toEqual([...steps.keys()].sort());
      for (const [id, path] of Object.entries(paths)) {
        expect(path.length - 1, path.join(" > ")).toBe(steps.get(id));
        expect([path[0], path.at(-1)]).toEqual([subject, id]);
        expect(path.slice(2).every((to, at) => linked(path[at + 1], to))).toBe(true);
      }
      function linked(from: string | undefined, to: string): boolean {
        const [a, b] = [graph.nodes.get(from ?? ""), graph.nodes.get(to)];
        const twins = a?.digest !== "" && a?.digest === b?.digest;
        return twins || b?.parents.some((edge) => edge.to === from) === true;
      }
    }
  });
});
