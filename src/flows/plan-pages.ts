/**
 * A plan over many rows: its lists in pages, so that hundreds of thousands of items fit, hashed
 * over all of them. Pages are written before the purge that they belong to; without it they are
 * nobody's.
 */
import type { Write } from "../core/event.js";
import { type Plan, type Purge, planHash, type WholePurge } from "../core/purge.js";
import { CustodyError } from "../errors.js";
import type { Json } from "../lib/canonical.js";
import type { Context } from "./context.js";
import { commit, created, type Loaded, list, need } from "./rows.js";

/** Well under what a store takes for one row. */
export const PLAN_PAGE_CHARACTERS = 300_000;
const PAGES_PER_COMMIT = 16;
const NUMBER_DIGITS = 8;

const PARTS = ["datasets", "artifacts", "models", "items", "retained", "again", "shards"] as const;
type Part = (typeof PARTS)[number];

/** `again` and `shards` are the lists of the plan's `retraining`. */
function entriesOf(plan: Plan, part: Part): readonly Json[] {
  const { again = [], shards = [] } = plan.retraining ?? {};
  const lists = { ...plan, again, shards };
  return (lists[part] ?? []) as unknown as readonly Json[];
}

interface Page {
  readonly part: Part;
  readonly entries: readonly Json[];
}

/** In the order of the lists, no page without an entry. */
export function* pagesOf(plan: Plan): Generator<Page> {
  for (const part of PARTS) {
    let entries: Json[] = [];
    let characters = 0;
    for (const entry of entriesOf(plan, part)) {
      entries.push(entry);
      characters += JSON.stringify(entry).length + 1;
      if (characters < PLAN_PAGE_CHARACTERS) continue;
      yield { part, entries };
      [entries, characters] = [[], 0];
    }
    if (entries.length > 0) yield { part, entries };
  }
}

export function pageWrite(purge: string, n: number, page: Page): Write {
  const id = `${purge}.${String(n).padStart(NUMBER_DIGITS, "0")}`;
  return created("page", id, page, { owner: purge });
}

export async function writePages(ctx: Context, purge: string, plan: Plan): Promise<void> {
  let writes: Write[] = [];
  let n = 0;
  const flush = async (): Promise<void> => {
    if (writes.length === 0) return;
    await commit(ctx, "plan-paged", { purge, pages: writes.length }, writes);
    writes = [];
  };
  for (const page of pagesOf(plan)) {
    writes.push(pageWrite(purge, n, page));
    n += 1;
    if (writes.length === PAGES_PER_COMMIT) await flush();
  }
  await flush();
}

/**
 * The purge with its whole plan, which is what was hashed. @throws `not-found`, `store-damaged`
 */
export async function needWhole(ctx: Context, id: string): Promise<Loaded<WholePurge>> {
  const { row, body } = await need<Purge>(ctx, "purge", id);
  return { row, body: await wholeOf(ctx, body) };
}

export async function wholeOf(ctx: Context, purge: Purge): Promise<WholePurge> {
  const lists: Record<Part, Json[]> = {
    datasets: [],
    artifacts: [],
    models: [],
    items: [],
    retained: [],
    again: [],
    shards: [],
  };
  for (const { body } of await list<Page>(ctx, "page", { owner: purge.id })) {
    for (const entry of body.entries) lists[body.part].push(entry);
  }
  const { cause, plannedAt, records, subjects, selection, retraining } = purge.plan;
  const { again, shards, ...own } = lists;
  const cost = retraining === undefined ? {} : { retraining: { again, shards, ...retraining } };
  const head = { cause, plannedAt, records, subjects, selection };
  const plan = { ...head, ...own, ...cost } as unknown as Plan;
  if (planHash(plan) === purge.planHash) return { ...purge, plan };
  throw new CustodyError("store-damaged", { place: purge.id, reason: "not the plan approved" });
}
