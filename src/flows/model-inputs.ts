/**
 * What a model may be made from, asked of every input before training: its lineage, its tags, its
 * state, and each record behind it.
 */
import type { Artifact } from "../core/artifact.js";
import type { Dataset } from "../core/dataset.js";
import { requireCell } from "../core/layout.js";
import {
  conditionOf,
  type Mark,
  type Model,
  mayBuildOn,
  stateFor,
  stateOf,
} from "../core/model.js";
import type { RecordStatus } from "../core/record.js";
import { effectOf, type Relation } from "../core/relation.js";
import { decideUse } from "../core/standing.js";
import { type Parent, type RunTime, type Seen, seenOf } from "../core/training-time.js";
import type { Use } from "../core/vocabulary.js";
import { CustodyError, type ErrorDetails, type RefusalCode } from "../errors.js";
import type { OrdinalSet } from "../lib/bitmap.js";
import { kindOfId } from "../lib/id.js";
import { contentOf, learnedBehind, type Source } from "./ancestry.js";
import { artifactStatus } from "./artifact-status.js";
import type { Context } from "./context.js";
import { withinSeen } from "./layouts.js";
import { marksNow } from "./marks.js";
import { judgedSet } from "./members.js";
import { policyNow } from "./policy-now.js";
import { recordOf } from "./questions.js";
import { need } from "./rows.js";

/** Uses that make models. */
export const TRAINING_USES: readonly Use[] = ["first-party-training", "research"];

export interface Input extends Source {
  readonly relation: Relation;
  /** Of a sealed dataset: the purpose it was sealed for. */
  readonly sealedFor?: string;
  /** Of a sealed dataset: what of it the run reads. */
  readonly seen?: Seen;
  readonly model?: Model;
}

interface Refusal {
  readonly code: RefusalCode;
  readonly details: ErrorDetails;
}

/** Where several codes fit, the first wins; any other comes after these. */
const CODES: readonly RefusalCode[] = [
  "lineage-missing",
  "untagged-input",
  "model-frozen",
  "record-tainted",
  "record-restricted",
  "record-erased",
];

/**
 * The inputs opened, when all of them may be trained on now.
 * @throws the refusal that comes first of all that fit; `not-found`, `id-invalid`
 */
export async function admitInputs(
  ctx: Context,
  parents: readonly Parent[],
  purpose: string,
  time: RunTime = {},
): Promise<readonly Input[]> {
  const inputs: Input[] = [];
  const found: Refusal[] = [];
  for (const parent of parents) {
    const input = await openInput(ctx, parent, found);
    const seen = seenOf({ ...time, parents }, input.id, input.relation);
    inputs.push(input.sealedFor === undefined ? input : { ...input, seen });
  }
  throwFirst(found);
  for (const input of inputs) {
    if (input.model === undefined) await refuseData(ctx, input, purpose, found);
  }
  throwFirst(found);
  return inputs;
}

async function openInput(
  ctx: Context,
  { id, relation, at }: Parent,
  found: Refusal[],
): Promise<Input> {
  switch (kindOfId(id)) {
    case "record":
      requireNoTime(at);
      return { id, relation, ordinal: (await recordOf(ctx, id)).ordinal };
    case "dataset": {
      const { purpose, layout } = (await need<Dataset>(ctx, "dataset", id)).body;
      if (at !== undefined) requireCell(at, layout, "begin.from.at");
      return { id, relation, sealedFor: purpose };
    }
    case "artifact": {
      requireNoTime(at);
      const { tagged } = (await need<Artifact>(ctx, "artifact", id)).body;
      if (!tagged) found.push({ code: "untagged-input", details: { id } });
      return { id, relation };
    }
    case "model": {
      requireNoTime(at);
      const model = (await need<Model>(ctx, "model", id)).body;
      found.push(...againstModel(model));
      return { id, relation, model };
    }
    default: {
      const expected = "record, dataset, artifact or model";
      throw new CustodyError("id-invalid", { path: "from.id", expected });
    }
  }
}

function requireNoTime(at: unknown): void {
  if (at !== undefined) requireCell(at, undefined, "begin.from.at");
}

/** Why nothing may be made with a model: its sources cannot be shown, or it is work product. */
export function againstModel(model: Model): readonly Refusal[] {
  const { id } = model;
  const state = stateOf(model);
  const found: Refusal[] = [];
  if (model.lineage === "unknown") found.push({ code: "lineage-missing", details: { id } });
  if (!mayBuildOn(state)) found.push({ code: "model-frozen", details: { id, state } });
  return found;
}

export function throwFirst(found: readonly Refusal[]): void {
  const rank = ({ code }: Refusal): number =>
    CODES.includes(code) ? CODES.indexOf(code) : CODES.length;
  const [first] = [...found].sort((a, b) => rank(a) - rank(b));
  if (first !== undefined) throw new CustodyError(first.code, first.details);
}

const STATUS_CODE: { readonly [S in Exclude<RecordStatus, "admitted">]: RefusalCode } = {
  tainted: "record-tainted",
  restricted: "record-restricted",
  held: "record-restricted",
  erased: "record-erased",
};

/** The code with which data of this status is refused; undefined when it may be used. */
export function codeOfStatus(status: RecordStatus): RefusalCode | undefined {
  return status === "admitted" ? undefined : STATUS_CODE[status];
}

async function refuseData(
  ctx: Context,
  input: Input,
  purpose: string,
  found: Refusal[],
): Promise<void> {
  const { id, relation, sealedFor, seen = "whole" } = input;
  if (id.startsWith("art_")) {
    const code = codeOfStatus(await artifactStatus(ctx, id));
    if (code !== undefined) found.push({ code, details: { id } });
  }
  const content = await withinSeen(ctx, await contentOf(ctx, input), id, seen);
  if (sealedFor !== undefined) await refuseRecords(ctx, id, content, [sealedFor], found);
  if (relation === "evaluated-on") {
    // Nothing is learned from it: it need not be open to training, only open.
    if (input.ordinal !== undefined) await refuseRecords(ctx, id, content, [""], found);
    return;
  }
  const purposes = await trainingPurposes(ctx, purpose);
  await refuseRecords(ctx, id, content, purposes, found);
  const learned = id.startsWith("art_")
    ? (await learnedBehind(ctx, id)).andNot(content)
    : undefined;
  if (learned !== undefined) await refuseRecords(ctx, id, learned, purposes, found, "learned");
}

/** The purposes that make models, the one that is named first. */
async function trainingPurposes(ctx: Context, named: string): Promise<readonly string[]> {
  const { purposes } = await policyNow(ctx);
  const all = [...purposes.values()].filter(({ use }) => TRAINING_USES.includes(use));
  if (all.length === 0) {
    throw new CustodyError("purpose-forbidden", {
      purpose: named,
      rule: "a model is trained for a purpose of use first-party-training or research",
    });
  }
  const names = all.map(({ name }) => name);
  return names.includes(named) ? [named, ...names.filter((name) => name !== named)] : names;
}

/**
 * The first of the records that is open to none of the purposes, with the code of the first.
 * @param how `learned`: a model learned from it, so its bytes may be gone; what else is against it
 * counts
 */
async function refuseRecords(
  ctx: Context,
  id: string,
  ordinals: OrdinalSet,
  purposes: readonly string[],
  found: Refusal[],
  how: "read" | "learned" = "read",
): Promise<void> {
  const marks = await marksNow(ctx);
  for await (const { record, basis, facts } of judgedSet(ctx, ordinals, "")) {
    const asked = how === "learned" ? { ...record, erasedAt: "" } : record;
    const decide = (purpose: string) =>
      decideUse(facts, asked, basis, marks(record), purpose === "" ? record.purpose : purpose);
    const decisions = purposes.map(decide);
    const [first] = decisions;
    if (first === undefined || first.allowed || decisions.some(({ allowed }) => allowed)) continue;
    const details: ErrorDetails = {
      id,
      record: record.id,
      purpose: purposes[0] === "" ? record.purpose : purposes[0],
      rule: first.because.section,
      help: ["Make it again without what may not be used any more."],
    };
    found.push({ code: first.code, details });
    if (first.code === "record-tainted") return;
  }
}

/** What the inputs hand on to a model at its birth. */
export function inheritedMarks(inputs: readonly Input[], at: string): readonly Mark[] {
  const marks: Mark[] = [];
  for (const { id, relation, model } of inputs) {
    if (model === undefined) continue;
    const state = stateFor(effectOf(relation, conditionOf(stateOf(model))).own);
    if (state !== undefined) marks.push({ state, cause: "parent", by: id, at });
  }
  return marks;
}
