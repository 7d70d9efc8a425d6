/** `custody status`: what is there, in numbers. */
import { statSync } from "node:fs";
import type { Command } from "commander";
import type { StoredCheckpoint } from "../../core/checkpoint.js";
import type { Purge } from "../../core/purge.js";
import { DOCUMENT_KINDS } from "../../core/row.js";
import type { Context } from "../../flows/context.js";
import { dueDuties } from "../../flows/duties.js";
import { list } from "../../flows/rows.js";
import type { Bind, Call } from "../call.js";
import type { Config } from "../config.js";
import { addNotes } from "../help.js";
import { type Answer, pairs, table } from "../output.js";
import type { Tell } from "../progress.js";
import { isOnServer } from "../store-place.js";

const PROGRESS_ROWS = 1_000;

export interface Status {
  readonly store: string;
  readonly schema: number;
  readonly counts: { readonly [kind: string]: number };
  readonly records: { readonly stored: number; readonly erased: number };
  readonly ledger: { readonly size: number; readonly checkpointed: number };
  readonly orders: { readonly open: number; readonly overdue: number };
  readonly purges: { readonly [state: string]: number };
  readonly epoch: number;
  readonly policy: string;
  readonly bytes: { readonly [file: string]: number };
}

export function addStatus(program: Command, bind: Bind): void {
  const status = program.command("status").description("what is there, in numbers");
  addNotes(status, {
    examples: ["status", "status --json"],
    notes: ["A store that cannot be read is an error with exit code 3, never a count of zero."],
  });
  bind(status, act);
}

async function act(call: Call): Promise<Answer> {
  const config = call.config();
  const status = await call.inStore((context, tell) => statusOf(context, config, tell));
  return { json: status, text: textOf(status) };
}

async function statusOf(context: Context, config: Config, tell: Tell): Promise<Status> {
  const { store, keyring, policy } = context;
  const duties = (await dueDuties(context)).filter(({ state }) => state !== "done");
  const late = duties.filter(({ state }) => state === "overdue");
  return {
    store: store.identity.id,
    schema: store.identity.schema,
    counts: await documentCounts(context),
    records: await recordCounts(context, tell),
    ledger: { size: await store.size(), checkpointed: await checkpointedSize(context) },
    orders: { open: ordersOf(duties), overdue: ordersOf(late) },
    purges: await purgeCounts(context),
    epoch: await keyring.epoch(),
    policy: policy.purposes.size === 0 ? "" : policy.hash,
    bytes: bytesOf(config),
  };
}

async function documentCounts(context: Context): Promise<Status["counts"]> {
  const counts: Record<string, number> = {};
  for (const kind of DOCUMENT_KINDS) {
    let count = 0;
    for await (const _ of context.store.scan({ table: "document", kind })) count += 1;
    counts[kind] = count;
  }
  return counts;
}

async function recordCounts(context: Context, tell: Tell): Promise<Status["records"]> {
  let stored = 0;
  let erased = 0;
  for await (const record of context.store.scan({ table: "record" })) {
    if (record.erasedAt === "") stored += 1;
    else erased += 1;
    const done = stored + erased;
    if (done % PROGRESS_ROWS === 0) tell({ step: "count records", id: "", done });
  }
  return { stored, erased };
}

async function checkpointedSize(context: Context): Promise<number> {
  const stored = await list<StoredCheckpoint>(context, "checkpoint");
  return stored.reduce((largest, { body }) => Math.max(largest, body.size), 0);
}

async function purgeCounts(context: Context): Promise<Status["purges"]> {
  const counts: Record<string, number> = {};
  for (const { body } of await list<Purge>(context, "purge")) {
    counts[body.state] = (counts[body.state] ?? 0) + 1;
  }
  return counts;
}

function ordersOf(duties: readonly { readonly order: string }[]): number {
  return new Set(duties.map(({ order }) => order)).size;
}

function bytesOf({ store, keyring, epoch }: Config): Status["bytes"] {
  const sizes: Record<string, number> = {};
  // What a server needs for the store is the server's to say.
  const own = isOnServer(store) ? {} : { store, log: `${store}-wal` };
  const files: Readonly<Record<string, string>> = {
    ...own,
    ...(isOnServer(keyring) ? {} : { keyring }),
    ...(typeof epoch === "string" ? { epoch } : {}),
  };
  for (const [name, place] of Object.entries(files)) {
    sizes[name] = statSync(place, { throwIfNoEntry: false })?.size ?? 0;
  }
  return sizes;
}

function textOf(status: Status): string {
  const { ledger } = status;
  const counts = Object.entries(status.counts).filter(([, count]) => count > 0);
  const purges = Object.entries(status.purges).map(([state, count]) => `${count} ${state}`);
  const counted = [...counts.map(([kind, count]) => [kind, String(count)])];
  return [
    pairs([
      ["store", `${status.store}, schema ${status.schema}`],
      ["policy", status.policy === "" ? "none adopted" : status.policy],
      ["records", `${status.records.stored} stored, ${status.records.erased} erased`],
      ["ledger", `${ledger.size} entries, ${ledger.checkpointed} under a checkpoint`],
      ["open orders", `${status.orders.open}, ${status.orders.overdue} overdue`],
      ["purges", purges.length === 0 ? "none" : purges.join(", ")],
      ["epoch", String(status.epoch)],
      ...Object.entries(status.bytes).map(
        ([file, size]) => [`${file} bytes`, String(size)] as const,
      ),
    ]),
    "",
    table(["kind", "count"], counted),
  ].join("\n");
}
