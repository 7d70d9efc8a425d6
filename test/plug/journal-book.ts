/** The journals of all clients, folded: what was acknowledged, and what is not known. */
import type { About, Did, Line, Op } from "./journal.js";

export interface PastAct {
  readonly op: Op;
  readonly about: About;
  readonly end:
    | { readonly is: "did"; readonly did: Did }
    | { readonly is: "refused"; readonly code: string }
    /** A fault, or the client was killed in the middle. */
    | { readonly is: "unknown"; readonly code: string };
}

export class JournalBook {
  readonly #acts = new Map<string, PastAct>();
  /** Events by id with the sequence that was acknowledged. */
  readonly appended = new Map<string, number>();
  /** Events whose append was rejected with a code that says: nothing was written. */
  readonly rejected = new Map<string, string>();
  readonly wrong: string[] = [];
  readonly faults = new Map<string, number>();
  #acknowledged = 0;

  /** Acts that were begun. */
  get operations(): number {
    return this.#acts.size;
  }

  /** Acts of which the client learnt how they ended. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  acts(): readonly PastAct[] {
    return [...this.#acts.values()];
  }

  /** @param client one life of one process */
  add(client: string, line: Line): void {
    switch (line.is) {
      case "try":
        this.#acts.set(`${client}/${line.n}`, {
          op: line.op,
          about: line.about,
          end: { is: "unknown", code: "" },
        });
        return;
      case "did":
      case "refused":
        this.#acknowledged += 1;
        this.#end(`${client}/${line.n}`, line);
        return;
      case "fault":
        this.faults.set(line.code, (this.faults.get(line.code) ?? 0) + 1);
        this.#end(`${client}/${line.n}`, { is: "unknown", code: line.code });
        return;
      case "append":
        this.appended.set(line.event, line.seq);
        return;
      case "rejected":
        this.rejected.set(line.event, line.code);
        return;
      case "wrong":
        this.wrong.push(line.what);
    }
  }

  #end(key: string, end: PastAct["end"]): void {
    const act = this.#acts.get(key);
    if (act === undefined) this.wrong.push(`an act ended that did not begin: ${key}`);
    else this.#acts.set(key, { ...act, end });
  }
}
