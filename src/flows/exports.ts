/**
 * Exports: the one deliberate way in which values leave as plain text. The copy is recorded as a
 * place of its dataset before its first byte is written, so that no crash leaves a copy nobody
 * knows of, and a purge finds it.
 */
import { createHash } from "node:crypto";
import type { Dataset } from "../core/dataset.js";
import { requireKnown, requireText } from "../core/options.js";
import { type Place, placeId } from "../core/place.js";
import { CustodyError } from "../errors.js";
import { utf8 } from "../lib/bytes.js";
import { canonical, type Json } from "../lib/canonical.js";
import { type DatasetId, requireId } from "../lib/id.js";
import type { Connector } from "../ports/connector.js";
import type { Context } from "./context.js";
import { type Part, readDataset, requirePart } from "./dataset-reading.js";
import { commit, created, load, need, nowText } from "./rows.js";

export interface ExportInput {
  readonly dataset: DatasetId;
  /**
   * The connector that writes, and where in it. The manifest goes beside, with `.manifest.json`
   * added.
   */
  readonly connector: string;
  readonly ref: string;
  /** One shard of a dataset that has them, from 0. Default: all of it. */
  readonly shard?: number;
  /** One slice of that shard, from 0. Default: all of them. */
  readonly slice?: number;
}

export interface Exported {
  readonly ref: string;
  readonly manifest: string;
  readonly lines: number;
  readonly root: string;
  /** SHA-256 (hex) of the JSON lines file. */
  readonly sha256: string;
}

/**
 * Writes the members that may still be used as JSON lines in the order of `datasets.read`, each
 * with its record id (and its place, where the dataset has shards), and a manifest with the Merkle
 * root of the whole dataset.
 * @throws `not-found`, `connector-unknown`, `export-exists`, `connector-failed`
 */
export async function exportDataset(ctx: Context, input: ExportInput): Promise<Exported> {
  requireKnown(input, ["dataset", "connector", "ref", "shard", "slice"], "export");
  requireId("dataset", input.dataset, "export.dataset");
  requireText(input.ref, "export.ref", 1_000);
  const { body } = await need<Dataset>(ctx, "dataset", input.dataset);
  const part = requirePart(input, body, "export");
  const connector = writerOf(ctx, input.connector);
  const manifest = `${input.ref}.manifest.json`;
  const id = placeId(input.dataset, input.connector, input.ref);
  if ((await load(ctx, "place", id)) !== undefined) {
    throw new CustodyError("export-exists", { place: input.ref });
  }
  const placed = [input.ref, manifest].map((ref) => {
    const place: Place = {
      node: input.dataset,
      connector: input.connector,
      ref,
      since: nowText(ctx),
      erasedAt: "",
      ...(part.shard === undefined ? {} : { part: { ...part, shard: part.shard } }),
    };
    const key = placeId(place.node, place.connector, ref);
    return created("place", key, place, { owner: input.dataset });
  });
  await commit(
    ctx,
    "dataset-exported",
    { dataset: input.dataset, connector: connector.name, ...part },
    placed,
  );
  const written: Tally = { lines: 0, digest: "" };
  const { signal } = new AbortController();
  await connector.write(input.ref, linesOf(ctx, { dataset: input.dataset, ...part }, written), {
    signal,
  });
  const about = {
    version: 1,
    dataset: body.id,
    name: body.name,
    purpose: body.purpose,
    asOf: body.asOf,
    root: body.root,
    ...(body.layout === undefined ? {} : { layout: { ...body.layout }, ...part }),
    sealed: body.count,
    lines: written.lines,
    sha256: written.digest,
    exportedAt: nowText(ctx),
  };
  await connector.write(manifest, once(utf8(`${canonical(about as Json)}\n`)), { signal });
  const { lines, digest } = written;
  return { ref: input.ref, manifest, lines, root: body.root, sha256: digest };
}

interface Tally {
  lines: number;
  digest: string;
}

async function* linesOf(
  ctx: Context,
  of: Part & { readonly dataset: DatasetId },
  tally: Tally,
): AsyncIterable<Uint8Array> {
  const hash = createHash("sha256");
  for await (const { record, values, at } of readDataset(ctx, of)) {
    const line = utf8(`${canonical({ record, values, ...at })}\n`);
    hash.update(line);
    tally.lines += 1;
    yield line;
  }
  tally.digest = hash.digest("hex");
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function writerOf(ctx: Context, name: string): Connector & Required<Pick<Connector, "write">> {
  const connector = ctx.connectors.get(name);
  if (connector?.write === undefined) {
    throw new CustodyError("connector-unknown", { connector: name });
  }
  return connector as Connector & Required<Pick<Connector, "write">>;
}
