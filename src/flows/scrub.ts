/** Rewriting what deletion left in the store's own files, on demand and apart from any purge. */
import type { Event } from "../core/event.js";
import { instantText } from "../lib/instant.js";
import type { ScrubOptions, ScrubReport } from "../ports/store.js";
import type { Context } from "./context.js";

/**
 * Scrubs, and writes to the ledger what was reached. The level is the store's own; no key is looked
 * at and no epoch closed, which a purge does.
 * @throws what the store throws
 */
export async function scrubStore(
  ctx: Pick<Context, "store" | "newId" | "now" | "actor">,
  options: ScrubOptions = {},
): Promise<ScrubReport> {
  const report = await ctx.store.scrub(options);
  const event: Event = {
    id: ctx.newId("event"),
    type: "store-scrubbed",
    at: instantText(ctx.now()),
    actor: ctx.actor,
    about: { level: report.level },
  };
  await ctx.store.append({ event, writes: [] });
  return report;
}
