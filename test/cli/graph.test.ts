import { expect, test } from "vitest";
import { graphOf, toDot, toMermaid } from "../../src/cli/graph.js";

const TRACED = {
  paths: { dat: ["sub", "dat"], mod: ["sub", "dat", "mod"], art: ["sub", "dat", "mod", "art"] },
  relations: { mod: "trained-on", art: "generated-by" },
  recipients: ['the "lab"'],
};

test("what paths share is drawn once, with the word of each edge", () => {
  const { nodes, edges } = graphOf("sub", TRACED);
  expect(nodes).toEqual(["sub", "dat", "mod", "art", 'to the "lab"']);
  expect(edges.map(({ from, to, label }) => `${from}>${to}:${label}`)).toEqual([
    "sub>dat:",
    "dat>mod:trained-on",
    "mod>art:generated-by",
    'sub>to the "lab":disclosed',
  ]);
});

test("a start that is in none of the paths is drawn, and leads to itself never", () => {
  const none = { relations: {}, recipients: [] };
  const paths = { d: ["s", "d"], m: ["s", "d", "m"], n: ["s", "d", "n"] };
  const graph = graphOf("s", { paths, ...none });
  expect(graph.nodes).toEqual(["s", "d", "m", "n"]);
  expect(toDot(graph).match(/->/g)).toHaveLength(3);
  expect(toMermaid(graph).match(/-->/g)).toHaveLength(3);
  expect(graphOf("s", { paths: { s: ["s"] }, ...none }).edges).toEqual([]);
});

test("a name cannot break out of either drawing", () => {
  const graph = graphOf("sub", TRACED);
  expect(toDot(graph)).toContain('"to the \\"lab\\"" [shape=box];');
  expect(toDot(graph)).toContain('"mod" -> "art" [label="generated-by"];');
  expect(toMermaid(graph)).toContain('n4["to the #quot;lab#quot;"]');
  expect(toMermaid(graph)).toContain("n2 -->|generated-by| n3");
});

test("nothing below is a drawing of the start alone", () => {
  const graph = graphOf("sub", { paths: {}, relations: {}, recipients: [] });
  expect(graph).toEqual({ nodes: ["sub"], edges: [], recipients: [] });
  expect(toMermaid(graph)).toBe('flowchart LR\n  n0["sub"]');
});
