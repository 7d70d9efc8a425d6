/** What every chapter is handed, and what one leaves for the next. */
import type { SetClock } from "./clock.js";
import type { RunFolder } from "./folder.js";
import type { Pace, RecordId, SubjectId } from "./pace.js";
import type { PaperDesk } from "./paper-desk.js";
import type { Person } from "./people.js";
import type { Story } from "./story.js";

export interface Tale {
  readonly story: Story;
  readonly folder: RunFolder;
  readonly clock: SetClock;
  readonly desk: PaperDesk;
  readonly app: Pace["app"];
  readonly signer: Pace["signer"];
}

/** Somebody from the crowd who is with us now. */
export interface Member {
  readonly person: Person;
  readonly subject: SubjectId;
  readonly record: RecordId;
}

export const GENERAL_COUNSEL = Object.freeze({ name: "Gina Halloran", title: "General Counsel" });

/** Does something for all, a group at a time: acts of one group share their commits. */
export async function inGroups<T, R>(
  items: readonly T[],
  act: (item: T, index: number) => Promise<R>,
  progress: (done: number, of: number) => void,
  size = GROUP_SIZE,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    const group = items.slice(start, start + size);
    results.push(...(await Promise.all(group.map((item, n) => act(item, start + n)))));
    progress(results.length, items.length);
  }
  return results;
}

const GROUP_SIZE = 100;

/** `3` gives "3 models", `1` gives "1 model". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
