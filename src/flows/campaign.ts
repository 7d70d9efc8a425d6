/**
 * What became of the notices to the people an order selects, as recorded: each by their last
 * request. Two flags stand beside: who asked for deletion is recorded, who asked questions is not.
 */
import type { Campaign } from "../core/certificate.js";
import type { Order } from "../core/order.js";
import type { Plan } from "../core/purge.js";
import type { OrdinalSet } from "../lib/bitmap.js";
import type { RequestBody } from "./challenge.js";
import type { Context } from "./context.js";
import { openSet } from "./marks.js";
import { selectedNow } from "./order-freeze.js";
import type { SubjectBody } from "./person.js";
import { list, load, need } from "./rows.js";

const ORDINALS_PER_SCAN = 5_000;

export async function campaignOf(ctx: Context, cause: Plan["cause"]): Promise<Campaign> {
  const counts = {
    noticed: 0,
    consented: 0,
    "school-authorised": 0,
    declined: 0,
    "no-answer": 0,
    "deletion-requested": 0,
    asked: 0,
  };
  for (const subject of await peopleOf(ctx, cause)) {
    const answer = await lastAnswer(ctx, subject);
    if (answer !== undefined) {
      counts.noticed += 1;
      counts[answer] += 1;
    }
    const person = await load<SubjectBody>(ctx, "subject", subject);
    if (person !== undefined && person.body.deletionRequestedAt !== "") {
      counts["deletion-requested"] += 1;
    }
  }
  return counts;
}

/** Whom the order selects now, or selected when it was opened: erased records count as well. */
async function peopleOf(ctx: Context, cause: Plan["cause"]): Promise<ReadonlySet<string>> {
  if (cause.kind === "subject") return new Set([cause.id]);
  const order = (await need<Order>(ctx, "order", cause.id)).body;
  const all = (await openSet(ctx, order.id)).or(await selectedNow(ctx, order));
  const people = new Set<string>();
  for (const ordinals of inPages(all)) {
    for await (const record of ctx.store.scan({ table: "record", ordinals })) {
      people.add(record.subject);
    }
  }
  return people;
}

function* inPages(set: OrdinalSet): Generator<readonly number[]> {
  let page: number[] = [];
  for (const ordinal of set) {
    page.push(ordinal);
    if (page.length < ORDINALS_PER_SCAN) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

type Answer = "consented" | "school-authorised" | "declined" | "no-answer";

/** Ids rise with time. A parent's own act asks for no consent and is no request for one. */
async function lastAnswer(ctx: Context, subject: string): Promise<Answer | undefined> {
  const requests = await list<RequestBody>(ctx, "request", { owner: subject });
  const last = requests.filter(({ body }) => body.act === undefined).at(-1)?.body;
  if (last === undefined) return undefined;
  if (last.status === "refused") return "declined";
  if (last.consent === "" || last.status === "requested" || last.status === "expired") {
    return "no-answer";
  }
  return last.from === "school" ? "school-authorised" : "consented";
}
