/** A trace as a drawing: Graphviz' DOT, or Mermaid. */
export interface Graph {
  readonly nodes: readonly string[];
  readonly edges: readonly Edge[];
  /** Names of recipients among the nodes: everything else is an id. */
  readonly recipients: readonly string[];
}

interface Edge {
  readonly from: string;
  readonly to: string;
  /** How the one was made from the other; "" for a dataset's members. */
  readonly label: string;
}

interface Traced {
  readonly paths: { readonly [node: string]: readonly string[] };
  readonly relations: { readonly [node: string]: string };
  readonly recipients: readonly string[];
}

/** Each path leads from the start to its node; what paths share is drawn once. */
export function graphOf(start: string, { paths, relations, recipients }: Traced): Graph {
  const nodes = new Set([start]);
  const edges = new Map<string, Edge>();
  for (const path of Object.values(paths)) {
    for (const [index, to] of path.entries()) {
      nodes.add(to);
      const from = path[index - 1] ?? start;
      if (from !== to) edges.set(`${from} ${to}`, { from, to, label: relations[to] ?? "" });
    }
  }
  const named = recipients.map((name) => `to ${name}`);
  for (const to of named) edges.set(`${start} ${to}`, { from: start, to, label: "disclosed" });
  return { nodes: [...nodes, ...named], edges: [...edges.values()], recipients: named };
}

export function toDot({ nodes, edges, recipients }: Graph): string {
  const shape = (node: string) => (recipients.includes(node) ? " [shape=box]" : "");
  const label = (text: string) => (text === "" ? "" : ` [label=${quoted(text)}]`);
  const lines = [
    ...nodes.map((node) => `  ${quoted(node)}${shape(node)};`),
    ...edges.map((edge) => `  ${quoted(edge.from)} -> ${quoted(edge.to)}${label(edge.label)};`),
  ];
  return ["digraph trace {", "  rankdir=LR;", ...lines, "}"].join("\n");
}

export function toMermaid({ nodes, edges }: Graph): string {
  const names = new Map(nodes.map((node, index) => [node, `n${index}`]));
  const name = (node: string) => names.get(node) ?? "";
  const label = (text: string) => (text === "" ? "" : `|${text}|`);
  const lines = [
    ...nodes.map((node) => `  ${name(node)}["${plain(node)}"]`),
    ...edges.map((edge) => `  ${name(edge.from)} -->${label(edge.label)} ${name(edge.to)}`),
  ];
  return ["flowchart LR", ...lines].join("\n");
}

function quoted(node: string): string {
  return JSON.stringify(node);
}

/** Mermaid's own way to write a quotation mark; a label is one line. */
function plain(node: string): string {
  return node.replaceAll('"', "#quot;").replace(/\s+/g, " ");
}
