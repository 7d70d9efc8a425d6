/** Rows and events for the rules of a store: plausible, distinct, and the same in every run. */
import type { Event, Write } from "../../core/event.js";
import type {
  DocumentKind,
  DocumentRow,
  EdgeRow,
  MemberRow,
  PayloadRow,
  RecordRow,
} from "../../core/row.js";
import { base64url, sha256, utf8 } from "../../lib/bytes.js";
import { type BasisId, idFactory, type RecordId, type SubjectId } from "../../lib/id.js";
import { instantText } from "../../lib/instant.js";
import type { Batch, Expectation } from "../../ports/store.js";

const START_MS = 1_767_225_600_000;
const DAY_MS = 86_400_000;
const SALT_BYTES = 16;

export class StoreSamples {
  #count = 0;
  readonly id = idFactory({
    now: () => START_MS,
    random: (n) => this.bytes(n),
  });

  /** `n` bytes (up to 32) that no other call gives. */
  bytes(n: number): Uint8Array {
    this.#count += 1;
    return sha256(utf8(`sample ${this.#count}`)).subarray(0, n);
  }

  /** An instant so many days after the start of the samples. */
  day(days: number): string {
    return instantText(START_MS + days * DAY_MS);
  }

  event(about: Event["about"] = {}): Event {
    return {
      id: this.id("event"),
      type: "subject-registered",
      at: this.day(0),
      actor: "contract",
      about,
    };
  }

  /** A batch of these writes, under a fresh event. */
  batch(writes: readonly Write[], expect?: readonly Expectation[]): Batch {
    const batch = { event: this.event(), writes };
    return expect === undefined ? batch : { ...batch, expect };
  }

  document(given: Partial<DocumentRow> = {}): DocumentRow {
    return {
      table: "document",
      kind: "subject" satisfies DocumentKind,
      id: this.id("subject"),
      version: 1,
      owner: "",
      due: "",
      body: { state: "new", nested: { list: [1, null, "two", true] } },
      ...given,
    };
  }

  record(given: Partial<RecordRow> = {}): RecordRow {
    return {
      table: "record",
      id: this.id("record"),
      ordinal: 0,
      subject: this.id("subject"),
      collection: "weights",
      purpose: "coaching",
      basis: this.id("basis"),
      source: "app",
      taken: this.day(0),
      collected: this.day(0),
      due: this.day(30),
      erasedAt: "",
      ...given,
    };
  }

  payload(record: RecordId, category = "health"): PayloadRow {
    const sealed = base64url(this.bytes(32));
    return { table: "payload", record, category, sealed, salt: base64url(this.bytes(SALT_BYTES)) };
  }

  edge(child: string, parent: string, relation = "derived-from"): EdgeRow {
    return { table: "edge", child, parent, relation };
  }

  member(set: string, chunk: number): MemberRow {
    return { table: "member", set, chunk, bitmap: base64url(this.bytes(24)) };
  }

  /** `count` new records of one person under one basis. */
  records(count: number, subject: SubjectId, basis: BasisId): RecordRow[] {
    return Array.from({ length: count }, () => this.record({ subject, basis }));
  }
}
