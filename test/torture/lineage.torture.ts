/** Ten thousand nodes in a database file against the naive closure. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  closure,
  dice,
  distances,
  expected,
  randomGraph,
  strike,
  told,
} from "../flows/random-lineage.js";

test.each([101, 102, 103])(
  "ten thousand nodes of seed %i",
  async (seed) => {
    const folder = mkdtempSync(join(tmpdir(), "custody-lineage-"));
    const graph = await randomGraph(seed, 10_000, 200, join(folder, "custody.db"));
    const found = closure(graph, await strike(graph, dice(seed * 7919)));
    const wrong: string[] = [];
    for (const node of graph.nodes.values()) {
      const [is, should] = [await told(graph, node), expected(node, found)];
      if (is !== should) wrong.push(`${node.kind} ${node.id} is ${is}, not ${should}`);
    }
    expect(wrong).toEqual([]);
    for (const { subject } of graph.people.slice(0, 20)) {
      const { records, datasets, artifacts, models, paths } = await graph.home.app.trace(subject);
      const steps = distances(graph, new Set([subject]));
      const all = [...records, ...datasets, ...artifacts, ...models].sort();
      expect(all).toEqual([...steps.keys()].sort());
      for (const [id, path] of Object.entries(paths)) expect(path.length - 1).toBe(steps.get(id));
    }
    await graph.home.app.close();
    rmSync(folder, { recursive: true, force: true });
  },
  1_800_000,
);
