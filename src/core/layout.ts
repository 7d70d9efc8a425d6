/**
 * How a sealed dataset is laid out for training that can be taken back in part: shards that are
 * trained apart, each in slices that are read one after the other (SISA: Bourtoule et al., Machine
 * Unlearning, IEEE S&P 2021). All of one person's records lie in one cell, so that taking one
 * person out touches one shard, from one slice on.
 */
import { CustodyError } from "../errors.js";
import { requireKnown } from "./options.js";

export const SHARDS_MAX = 1_000;
export const SLICES_MAX = 1_000;

export interface Layout {
  readonly shards: number;
  readonly slices: number;
  /**
   * The id of the dataset that was laid out first. A dataset rebuilt from it keeps it, so everybody
   * who stays in stays in their cell.
   */
  readonly seed: string;
}

/** One slice of one shard; both count from 0. */
export interface Cell {
  readonly shard: number;
  readonly slice: number;
}

/** The use of the keyring's hash that decides a person's cell. */
export const LAYOUT_USE = "dataset-layout";

/** What is hashed: without the keyring's key nobody can tell, or choose, where a person lies. */
export const layoutText = (seed: string, subject: string): string => `${seed}\n${subject}`;

const HALF_DIGITS = 12;

/**
 * The cell that a keyed hash (hex) picks. Two independent 48-bit halves of it, so that with at most
 * a thousand cells a side no cell is likelier than another by more than one in 10^11.
 */
export function cellFrom(print: string, { shards, slices }: Layout): Cell {
  const [shard, slice] = [print.slice(0, HALF_DIGITS), print.slice(HALF_DIGITS, 2 * HALF_DIGITS)];
  return { shard: Number.parseInt(shard, 16) % shards, slice: Number.parseInt(slice, 16) % slices };
}

/** What a seal asks for: undefined when it asks for no layout. @throws `option-invalid` */
export function readLayout(
  { shards, slices }: { readonly shards?: unknown; readonly slices?: unknown },
  path: string,
): Omit<Layout, "seed"> | undefined {
  if (shards === undefined && slices === undefined) return undefined;
  return {
    shards: requireCount(shards === undefined ? 1 : shards, 1, SHARDS_MAX, `${path}.shards`),
    slices: requireCount(slices === undefined ? 1 : slices, 1, SLICES_MAX, `${path}.slices`),
  };
}

/** @throws `option-invalid`, `option-unknown` for what is no cell of the layout */
export function requireCell(given: unknown, layout: Layout | undefined, path: string): Cell {
  if (layout === undefined) {
    throw new CustodyError("option-invalid", { path, reason: "the dataset has no shards" });
  }
  requireKnown(given, ["shard", "slice"], path);
  const { shard, slice } = given as { readonly shard?: unknown; readonly slice?: unknown };
  return {
    shard: requireCount(shard, 0, layout.shards - 1, `${path}.shard`),
    slice: requireCount(slice, 0, layout.slices - 1, `${path}.slice`),
  };
}

export function requireCount(given: unknown, min: number, max: number, path: string): number {
  if (typeof given === "number" && Number.isInteger(given) && given >= min && given <= max) {
    return given;
  }
  const reason = `a whole number from ${min} to ${max} is expected`;
  throw new CustodyError("option-invalid", { path, reason });
}
