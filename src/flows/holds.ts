/** Holds: records that an authority's instrument forbids to erase, item by item. */
import { requireKnown, requireText } from "../core/options.js";
import { CustodyError } from "../errors.js";
import { OrdinalSet } from "../lib/bitmap.js";
import { type HoldId, type RecordId, requireId } from "../lib/id.js";
import type { Context } from "./context.js";
import { dayAfterRelease, leavesAnythingDue } from "./hold-release.js";
import { type HoldBody, setWrites } from "./marks.js";
import { recordOf } from "./questions.js";
import { changed, commit, created, need, nowText, retrying } from "./rows.js";

export const HOLD_RECORDS_MAX = 100_000;

export interface HoldInput {
  /** The records, one by one: "all" is no hold. */
  readonly records: readonly RecordId[];
  readonly authority: string;
  /** The subpoena, order or rule that requires it. */
  readonly instrument: string;
}

/**
 * @throws `hold-too-broad` without records or instrument, `not-found`, `option-invalid`,
 * `limit-exceeded`
 */
export async function placeHold(ctx: Context, input: HoldInput): Promise<HoldId> {
  requireKnown(input, ["records", "authority", "instrument"], "hold");
  const named = Array.isArray(input.records) && input.records.length > 0;
  if (!named || typeof input.instrument !== "string" || input.instrument === "") {
    throw new CustodyError("hold-too-broad", {
      path: named ? "hold.instrument" : "hold.records",
      help: ["Name each record, the authority and the instrument."],
    });
  }
  requireText(input.authority, "hold.authority");
  if (input.records.length > HOLD_RECORDS_MAX) {
    throw new CustodyError("limit-exceeded", { limit: "HOLD_RECORDS_MAX", max: HOLD_RECORDS_MAX });
  }
  const ordinals: number[] = [];
  for (const id of input.records) {
    const record = await recordOf(ctx, id);
    if (record.erasedAt !== "") throw new CustodyError("record-erased", { record: id });
    ordinals.push(record.ordinal);
  }
  const id = ctx.newId("hold");
  const body: HoldBody = {
    authority: input.authority,
    instrument: input.instrument,
    placedAt: nowText(ctx),
    releasedAt: "",
    records: ordinals.length,
  };
  await commit(ctx, "hold-placed", { hold: id, records: ordinals.length }, [
    created("hold", id, body),
    ...setWrites(id, OrdinalSet.of(ordinals)),
  ]);
  return id;
}

export interface Released {
  readonly records: number;
  /** The UTC day by which what no other hold keeps is to be gone; no day where nothing is. */
  readonly due: { readonly data?: string };
}

/**
 * Ends a hold. What it kept from an erasure goes with a sweep on the thirtieth day, and a second
 * certificate of the same purge then says so. @throws `not-found`, `state-conflict`
 */
export async function releaseHold(ctx: Context, hold: HoldId): Promise<Released> {
  const id = requireId("hold", hold, "hold");
  const data = dayAfterRelease(ctx);
  const records = await retrying(async () => {
    const found = await need<HoldBody>(ctx, "hold", id);
    if (found.body.releasedAt !== "") {
      throw new CustodyError("state-conflict", { id, state: "released", action: "release" });
    }
    const body = { ...found.body, releasedAt: nowText(ctx) };
    const about = { hold: id, due: data };
    await commit(ctx, "hold-released", about, [changed(found, body, `${data}T00:00:00.000Z`)]);
    return found.body.records;
  });
  return { records, due: (await leavesAnythingDue(ctx, id)) ? { data } : {} };
}
