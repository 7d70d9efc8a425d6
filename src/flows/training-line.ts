/**
 * Upwards from models: the checkpoints, base models and derived data they were trained from, and
 * which of these would have to be made again.
 */
import { type Artifact, statusOfMarks } from "../core/artifact.js";
import { type Model, mayBuildOn, stateOf } from "../core/model.js";
import { CustodyError } from "../errors.js";
import type { Context } from "./context.js";
import { TRACE_NODES_MAX } from "./lineage.js";
import { need } from "./rows.js";

export interface Ancestor {
  readonly id: string;
  /** Models and artifacts it was made from; what it was only evaluated on is none. */
  readonly sources: readonly string[];
  readonly model?: Model;
  /** False where nothing can be made from it any more: frozen, destroyed, erased. */
  readonly usable: boolean;
}

/** Everything behind the models, sources before what is made from them. @throws `limit-exceeded` */
export async function trainingLine(
  ctx: Context,
  targets: readonly string[],
): Promise<ReadonlyMap<string, Ancestor>> {
  const line = new Map<string, Ancestor>();
  const opened = new Map<string, Ancestor>();
  const stack = targets.map((id) => ({ id, ready: false }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { id, ready } = next;
    const known = opened.get(id);
    if (known !== undefined) {
      if (ready) line.set(id, known);
      continue;
    }
    if (opened.size >= TRACE_NODES_MAX) {
      const max = TRACE_NODES_MAX;
      throw new CustodyError("limit-exceeded", { limit: "TRACE_NODES_MAX", max });
    }
    const ancestor = await openAncestor(ctx, id);
    opened.set(id, ancestor);
    stack.push({ id, ready: true });
    for (const source of ancestor.sources) stack.push({ id: source, ready: false });
  }
  return line;
}

const isMade = (id: string): boolean => /^(?:mod|art)_/.test(id);

async function openAncestor(ctx: Context, id: string): Promise<Ancestor> {
  if (id.startsWith("art_")) {
    const { erasedAt, marks, sources } = (await need<Artifact>(ctx, "artifact", id)).body;
    const usable = erasedAt === "" && statusOfMarks(marks) !== "tainted";
    return { id, sources: sources.filter(isMade), usable };
  }
  const { body: model } = await need<Model>(ctx, "model", id);
  const taught = model.parents.filter(({ relation }) => relation !== "evaluated-on");
  const sources = [...new Set(taught.map((parent) => parent.id))].filter(isMade);
  return { id, sources, model, usable: mayBuildOn(stateOf(model)) };
}

/**
 * Of the line what has to be made again, in its order: what has fallen, and of what that is made
 * from also what is not there to build on.
 */
export function toMakeAgain(
  line: ReadonlyMap<string, Ancestor>,
  targets: readonly string[],
  fallen: ReadonlySet<string>,
): readonly Ancestor[] {
  const again = new Set<string>();
  const queue = targets.filter((id) => fallen.has(id));
  for (const id of queue) {
    if (again.has(id)) continue;
    again.add(id);
    for (const source of line.get(id)?.sources ?? []) {
      if (fallen.has(source) || line.get(source)?.usable !== true) queue.push(source);
    }
  }
  return [...line.values()].filter(({ id }) => again.has(id));
}
