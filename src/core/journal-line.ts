/**
 * A line of the journal: the rows that one commit wrote, payloads left out. Lines are ordered by
 * generation (each time an old copy came back begins another) and by the ledger's sequence in it.
 */
import { CustodyError } from "../errors.js";
import { keyOf, type Write } from "./event.js";
import { type Row, type RowKey, rowName } from "./row.js";

export interface JournalLine {
  readonly version: 1;
  readonly generation: number;
  readonly seq: number;
  /** The ledger's event. */
  readonly event: string;
  readonly puts: readonly Row[];
  readonly erased: readonly RowKey[];
}

/** Where a line stands among all. */
export type Position = Pick<JournalLine, "generation" | "seq">;

export function isAfter(a: Position, b: Position): boolean {
  return a.generation === b.generation ? a.seq > b.seq : a.generation > b.generation;
}

/**
 * @param ordinals as the store gave them to records first written in the commit
 */
export function lineOf(
  at: Position & { readonly event: string },
  writes: readonly Write[],
  ordinals: Readonly<Record<string, number>>,
): JournalLine {
  const puts: Row[] = [];
  const erased: RowKey[] = [];
  for (const write of writes) {
    if ("erase" in write) {
      if (write.erase.table !== "payload") erased.push(write.erase);
    } else if (write.put.table === "record") {
      puts.push({ ...write.put, ordinal: ordinals[write.put.id] ?? write.put.ordinal });
    } else if (write.put.table !== "payload") puts.push(write.put);
  }
  return { version: 1, ...at, puts, erased };
}

/** One line of text: also for readers that end a line at Unicode's own separators. */
export function lineText(line: JournalLine): string {
  return JSON.stringify(line).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/** @throws `store-damaged` for what is no line */
export function readLine(text: string): JournalLine {
  const line = parsed(text) as Partial<JournalLine> | undefined;
  const sound =
    line?.version === 1 &&
    Number.isSafeInteger(line.generation) &&
    Number.isSafeInteger(line.seq) &&
    typeof line.event === "string" &&
    Array.isArray(line.puts) &&
    Array.isArray(line.erased);
  if (sound) return line as JournalLine;
  throw new CustodyError("store-damaged", { place: "journal", reason: "not a line" });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What became of each row last, by its name in the ledger. */
export type Latest = Map<string, { readonly put: Row } | { readonly erase: RowKey }>;

export function fold(latest: Latest, line: JournalLine): void {
  for (const put of line.puts) latest.set(rowName(keyOf(put)), { put });
  for (const erase of line.erased) latest.set(rowName(erase), { erase });
}
