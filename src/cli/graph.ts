/** A trace as a drawing: Graphviz' DOT, or Mermaid. Every name in it is an id. */
export interface Graph {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** Each path leads from the start to its node; what paths share is drawn once. */
export function graphOf(
  start: string,
  { paths }: { readonly paths: { readonly [node: string]: readonly string[] } },
): Graph {
  const nodes = new Set([start]);
  const edges = new Map<string, readonly [string, string]>();
  for (const path of Object.values(paths)) {
    for (const [index, node] of path.entries()) {
      nodes.add(node);
      const before = path[index - 1] ?? start;
      if (before !== node) edges.set(`${before} ${node}`, [before, node]);
    }
  }
  return { nodes: [...nodes], edges: [...edges.values()] };
}

export function toDot({ nodes, edges }: Graph): string {
  const lines = [
    ...nodes.map((node) => `  ${quoted(node)};`),
    ...edges.map(([from, to]) => `  ${quoted(from)} -> ${quoted(to)};`),
  ];
  return ["digraph trace {", "  rankdir=LR;", ...lines, "}"].join("\n");
}

export function toMermaid({ nodes, edges }: Graph): string {
  const names = new Map(nodes.map((node, index) => [node, `n${index}`]));
  const name = (node: string) => names.get(node) ?? "";
  const lines = [
    ...nodes.map((node) => `  ${name(node)}["${node}"]`),
    ...edges.map(([from, to]) => `  ${name(from)} --> ${name(to)}`),
  ];
  return ["flowchart LR", ...lines].join("\n");
}

function quoted(node: string): string {
  return JSON.stringify(node);
}
