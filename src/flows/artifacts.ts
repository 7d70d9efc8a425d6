/**
 * Derived artifacts: tables, embeddings, labels, figures, with what they were made from. Custody
 * holds no bytes of theirs; it knows their places, their status, and that they go with their
 * sources.
 */
import {
  ARTIFACT_KINDS,
  type Artifact,
  type ArtifactKind,
  contentSet,
  type Deidentification,
  sourceSet,
  statusOfMarks,
} from "../core/artifact.js";
import type { Write } from "../core/event.js";
import { conditionOf, type Mark, type Model, stateFor, stateOf } from "../core/model.js";
import { requireBoolean, requireKnown, requireText, requireTexts } from "../core/options.js";
import type { RecordStatus } from "../core/record.js";
import { DERIVE_RELATIONS, type DeriveRelation, effectOf } from "../core/relation.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { type ArtifactId, kindOfId, requireId } from "../lib/id.js";
import { contentOf } from "./ancestry.js";
import { artifactStatus, statusOf } from "./artifact-status.js";
import type { Context } from "./context.js";
import { lineageMoved, lineageSeen, settle } from "./marking.js";
import { setWrites } from "./marks.js";
import { judgedSet } from "./members.js";
import { againstModel, throwFirst } from "./model-inputs.js";
import { type PlaceInput, placeWrites, requirePlaces } from "./node-places.js";
import { recordOf } from "./questions.js";
import { commit, created, need, nowText, retrying } from "./rows.js";

export const ARTIFACT_SOURCES_MAX = 5_000;

export interface DeriveInput {
  readonly name: string;
  /** Records, datasets, artifacts, models; never empty. */
  readonly from: readonly string[];
  readonly relation: DeriveRelation;
  /** `dataset` for rows; `artifact` unless given. A trace lists the two apart. */
  readonly kind?: ArtifactKind;
  /** Where its bytes lie. Default none: then it cannot be destroyed, and a certificate says so. */
  readonly places?: readonly PlaceInput[];
  /** False when it carries no provenance of its own: it is trainable by nobody from then on. */
  readonly tagged?: boolean;
  /** How it was de-identified. It counts with a method, a report and a named human only. */
  readonly deidentified?: {
    readonly method: string;
    readonly report?: string;
    readonly by?: string;
  };
}

export interface Derived {
  readonly id: ArtifactId;
  readonly status: RecordStatus;
}

const KEYS = ["name", "from", "relation", "kind", "places", "tagged", "deidentified"];

/**
 * Registers what was made from records, datasets, artifacts or with models. Its status is the
 * strictest of its sources', now and later. Of a sealed dataset it takes what is not erased.
 *
 * @throws `lineage-missing` (no source, or a model of unknown lineage), `model-frozen`,
 * `record-erased` (a source is gone), `not-found`, `id-invalid`, `option-unknown`,
 * `option-invalid`, `connector-unknown`, `limit-exceeded`
 */
export async function deriveArtifact(ctx: Context, input: DeriveInput): Promise<Derived> {
  requireKnown(input, KEYS, "derive");
  requireText(input.name, "derive.name", 200);
  if (!Array.isArray(input.from) || input.from.length === 0) {
    throw new CustodyError("lineage-missing", { path: "derive.from" });
  }
  if (input.from.length > ARTIFACT_SOURCES_MAX) {
    const max = ARTIFACT_SOURCES_MAX;
    throw new CustodyError("limit-exceeded", { limit: "ARTIFACT_SOURCES_MAX", max });
  }
  requireTexts(input.from, "derive.from");
  requireWord(input.relation, DERIVE_RELATIONS, "derive.relation");
  if (input.kind !== undefined) requireWord(input.kind, ARTIFACT_KINDS, "derive.kind");
  requireBoolean(input.tagged, "derive.tagged");
  const deidentified = readDeidentification(input.deidentified);
  if (input.places !== undefined) requirePlaces(ctx, input.places, "derive.places");
  return retrying(() => deriveOnce(ctx, input, deidentified));
}

function requireWord(word: unknown, words: readonly string[], path: string): void {
  if (typeof word !== "string" || !words.includes(word)) {
    throw new CustodyError("option-invalid", { path, reason: "not one of the known words" });
  }
}

function readDeidentification(given: DeriveInput["deidentified"]): Deidentification | null {
  if (given === undefined) return null;
  requireKnown(given, ["method", "report", "by"], "derive.deidentified");
  const said = { method: given.method, report: given.report ?? "", by: given.by ?? "" };
  for (const [key, text] of Object.entries(said)) {
    if (key === "method" || text !== "") requireText(text, `derive.deidentified.${key}`);
  }
  return said;
}

async function deriveOnce(
  ctx: Context,
  input: DeriveInput,
  deidentified: Deidentification | null,
): Promise<Derived> {
  await settle(ctx);
  const seen = await lineageSeen(ctx);
  const at = nowText(ctx);
  const sources = await openSources(ctx, [...new Set(input.from)], input.relation, at);
  const { records, nodes, content, marks } = sources;
  const id = ctx.newId("artifact");
  const body: Artifact = {
    id,
    name: input.name,
    kind: input.kind ?? "artifact",
    relation: input.relation,
    sources: nodes,
    records: records.size,
    tagged: input.tagged !== false && sources.tagged,
    deidentified,
    derivedAt: at,
    marks,
    erasedAt: "",
  };
  const edges = nodes.map(
    (parent): Write => ({
      put: { table: "edge", child: id, parent, relation: input.relation },
    }),
  );
  const { relation, tagged } = body;
  const about = { artifact: id, relation, sources: nodes, records: records.size, tagged };
  await commit(ctx, "node-derived", about, [
    created("artifact", id, body),
    ...edges,
    ...setWrites(sourceSet(id, relation), records),
    ...setWrites(contentSet(id), content),
    ...placeWrites(id, input.places ?? [], at),
    lineageMoved(seen),
  ]);
  return { id, status: await artifactStatus(ctx, id) };
}

interface Sources {
  /** The records named one by one. */
  readonly records: OrdinalSet;
  /** Everything else, by id. */
  readonly nodes: readonly string[];
  readonly content: OrdinalSet;
  readonly marks: readonly Mark[];
  readonly tagged: boolean;
}

async function openSources(
  ctx: Context,
  from: readonly string[],
  relation: DeriveRelation,
  at: string,
): Promise<Sources> {
  const records: number[] = [];
  const nodes: string[] = [];
  const marks: Mark[] = [];
  let content = OrdinalSet.of([]);
  let tagged = true;
  const found: Parameters<typeof throwFirst>[0][number][] = [];
  for (const id of from) {
    const kind = kindOfId(id);
    if (kind === "record") {
      const record = await recordOf(ctx, id);
      if (record.erasedAt !== "") found.push({ code: "record-erased", details: { record: id } });
      records.push(record.ordinal);
      continue;
    }
    nodes.push(id);
    if (kind === "model") {
      const model = (await need<Model>(ctx, "model", id)).body;
      found.push(...againstModel(model));
      const state = stateFor(effectOf(relation, conditionOf(stateOf(model))).own);
      if (state === "suspect") marks.push({ state, cause: "parent", by: id, at });
    } else if (kind === "artifact") {
      const artifact = (await need<Artifact>(ctx, "artifact", id)).body;
      if (artifact.erasedAt !== "") found.push({ code: "record-erased", details: { id } });
      if (statusOfMarks(artifact.marks) !== "admitted") marks.push(...artifact.marks);
      tagged &&= artifact.tagged;
      content = content.or(await contentOf(ctx, { id }));
    } else {
      requireId("dataset", id, "derive.from");
      await need(ctx, "dataset", id);
      content = content.or(await living(ctx, await contentOf(ctx, { id })));
    }
  }
  throwFirst(found);
  const direct = OrdinalSet.of(records);
  return { records: direct, nodes, content: content.or(direct), marks, tagged };
}

/** A sealed dataset is read less its erased rows: nothing of them is in what is made from it. */
async function living(ctx: Context, members: OrdinalSet): Promise<OrdinalSet> {
  const ordinals: number[] = [];
  for await (const { record } of judgedSet(ctx, members, "")) {
    if (record.erasedAt === "") ordinals.push(record.ordinal);
  }
  return OrdinalSet.of(ordinals);
}

/** @throws `not-found`, `id-invalid` */
export async function getArtifact(
  ctx: Context,
  id: string,
): Promise<Artifact & { readonly status: RecordStatus }> {
  requireId("artifact", id, "artifact");
  await settle(ctx);
  const loaded = await need<Artifact>(ctx, "artifact", id);
  return { ...loaded.body, status: await statusOf(ctx, loaded) };
}
