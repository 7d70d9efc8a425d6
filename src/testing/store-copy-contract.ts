/** The examination of the two ports by which a whole store is carried to another place. */
import { advancedMarker, type CopyMarker, newCopyMarker } from "../core/copy-marker.js";
import {
  COPY_TABLES,
  type CopyKey,
  type CopyRows,
  type CopyTable,
  copyKeyOf,
  isSameRow,
} from "../core/copy-row.js";
import { utf8 } from "../lib/bytes.js";
import type { Store } from "../ports/store.js";
import type { CopyPages, StoreCopySource, StoreCopyTarget } from "../ports/store-copy.js";
import type { ContractRule } from "./contract.js";
import { check, equal, rejectsWith } from "./expectation.js";

/** An empty place, and the ways into it. */
export interface StoreCopyUnderTest {
  /** As a target; each call as another process would open it. */
  readonly target: () => Promise<StoreCopyTarget>;
  /** As the source of a further copy. */
  readonly source: () => Promise<StoreCopySource>;
  /** As a store. */
  readonly store: () => Promise<Store>;
  readonly dispose: () => Promise<void>;
}

const STORE = "sto_0000000000000000000000000a";
const ROOT = "00".repeat(32);
/** More than any adapter gives at once. */
const MANY = 2_100;

/** The rules, each with a place of its own that `open` makes. */
export function storeCopyContract(
  open: () => Promise<StoreCopyUnderTest>,
): readonly ContractRule[] {
  return RULES.map(([name, look]) => ({
    name,
    run: async () => {
      const place = await open();
      try {
        await look(place);
      } finally {
        await place.dispose();
      }
    },
  }));
}

type Look = (place: StoreCopyUnderTest) => Promise<void>;

const RULES: readonly (readonly [name: string, look: Look])[] = [
  [
    "an empty place has no state, and a begun copy has its marker, also for another process",
    async (place) => {
      const target = await place.target();
      equal(await target.state(), undefined);
      const marker = beginning(target);
      await target.begin(marker);
      equal(await target.state(), marker);
      await target.close();
      const again = await place.target();
      equal(await again.state(), marker);
      await rejectsWith("store-exists", again.begin(marker));
      await again.close();
    },
  ],
  [
    "nobody opens an unfinished copy as a store, nor as a source",
    async (place) => {
      const { target, marker } = await filled(place);
      await rejectsWith("copy-unfinished", place.store());
      await rejectsWith("copy-unfinished", place.source());
      await target.finish(marker);
      await target.close();
      await (await place.store()).close();
    },
  ],
  [
    "what was written is read back in the order of the keys, every byte of it",
    async (place) => {
      const { target } = await filled(place);
      await same(target);
      await target.audit();
      await target.close();
    },
  ],
  [
    "a finished copy is a store with the identity, the size and the rows that were carried",
    async (place) => {
      const { target, marker } = await filled(place);
      await target.finish(marker);
      await target.close();
      const store = await place.store();
      equal(store.identity, { id: STORE, schema: target.schema });
      equal(await store.size(), ROWS.ledger.length);
      const record = await store.get({ table: "record", id: "rec_3" as never });
      equal(record?.ordinal, 3);
      const body = (await store.get({ table: "document", kind: "consent", id: "con_1" }))?.body;
      equal(body, { state: "given" });
      await store.close();
      const source = await place.source();
      await same(source);
      equal(await source.size(), ROWS.ledger.length);
      await source.close();
    },
  ],
  [
    "a finished copy is no target any more",
    async (place) => {
      const { target, marker } = await filled(place);
      await target.finish(marker);
      await rejectsWith("store-exists", target.state());
      await rejectsWith("store-exists", target.begin(marker));
      await target.close();
      const again = await place.target();
      await rejectsWith("store-exists", again.state());
      await again.close();
    },
  ],
  [
    "rows and marker move together: with a marker that is not the present one neither does",
    async (place) => {
      const target = await place.target();
      const marker = beginning(target);
      await target.begin(marker);
      const stale = { ...marker, size: 99 };
      const rows = ROWS.ledger.slice(0, 5);
      const after = advancedMarker(marker, "ledger", rows.length, [4]);
      await rejectsWith("conflict", target.write(stale, after, "ledger", rows));
      equal((await target.page("ledger", undefined)).rows.length, 0);
      await target.write(marker, after, "ledger", rows);
      equal(await target.state(), after);
      await rejectsWith("conflict", target.write(marker, after, "ledger", rows));
      equal((await target.page("ledger", undefined)).rows.length, rows.length);
      await rejectsWith("conflict", target.finish(marker));
      await rejectsWith("conflict", target.discard(marker));
      equal(await target.state(), after);
      await target.close();
    },
  ],
  [
    "a discarded copy leaves the place empty",
    async (place) => {
      const { target, marker } = await filled(place);
      await target.discard(marker);
      equal(await target.state(), undefined);
      const fresh = beginning(target);
      await target.begin(fresh);
      equal(await target.state(), fresh);
      equal((await target.page("ledger", undefined)).rows.length, 0);
      await target.close();
    },
  ],
  [
    "a closed target does nothing more, and closing it again is no fault",
    async (place) => {
      const { target, marker } = await filled(place);
      await target.close();
      await target.close();
      await rejectsWith("store-closed", target.state());
      await rejectsWith("store-closed", target.page("ledger", undefined));
      await rejectsWith("store-closed", target.finish(marker));
    },
  ],
];

function beginning({ schema }: StoreCopyTarget): CopyMarker {
  return newCopyMarker({ store: STORE, schema, size: ROWS.ledger.length, root: ROOT });
}

/** A target that holds every sample row. */
async function filled(
  place: StoreCopyUnderTest,
): Promise<{ readonly target: StoreCopyTarget; readonly marker: CopyMarker }> {
  const target = await place.target();
  let marker = beginning(target);
  await target.begin(marker);
  for (const table of COPY_TABLES) marker = await fill(target, marker, table);
  equal(marker.table, "all");
  return { target, marker };
}

async function fill<T extends CopyTable>(
  target: StoreCopyTarget,
  marker: CopyMarker,
  table: T,
): Promise<CopyMarker> {
  const rows: readonly CopyRows[T][] = ROWS[table];
  const after = advancedMarker(marker, table, rows.length, undefined);
  await target.write(marker, after, table, rows);
  return after;
}

/** Every table page by page: the rows of the samples, each once, in order. */
async function same(pages: CopyPages): Promise<void> {
  for (const table of COPY_TABLES) await sameTable(pages, table);
}

async function sameTable<T extends CopyTable>(pages: CopyPages, table: T): Promise<void> {
  const wanted: readonly CopyRows[T][] = ROWS[table];
  let after: CopyKey | undefined;
  let at = 0;
  do {
    const page = await pages.page(table, after);
    for (const row of page.rows) {
      const expected = wanted[at];
      const fits = expected !== undefined && isSameRow(expected, row);
      check(fits, `${table} ${copyKeyOf(table, row).join("/")} is not row ${at} of the samples`);
      at += 1;
    }
    after = page.next;
  } while (after !== undefined);
  equal(at, wanted.length, `the number of rows of ${table}`);
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const at = "2026-01-01T00:00:00.000Z";

/** In the order of their keys. Texts with a NUL, bodies with spaces: what is stored is carried. */
const ROWS: { readonly [T in CopyTable]: readonly CopyRows[T][] } = {
  ledger: numbers(MANY).map((seq) => ({
    seq,
    id: `evt_${String(seq).padStart(6, "0")}`,
    bytes: utf8(`{"entry":${seq}}`),
  })),
  document: [
    document("alias", "a\0b", "", '{"odd":  "spaces are kept"}'),
    document("alias", "a\u0001b", "sub_1", "{}"),
    document("consent", "con_1", "sub_1", '{"state":"given"}'),
    ...numbers(MANY).map((n) => document("subject", `sub_${String(n).padStart(6, "0")}`, "", "{}")),
  ],
  record: numbers(MANY).map((index) => ({
    ordinal: index + 1,
    id: `rec_${index + 1}`,
    subject: `sub_${index % 7}`,
    ...{ collection: "weights", purpose: "coaching", basis: "bas_1", source: "app" },
    ...{ taken: at, collected: at, due: "", erasedAt: index === 0 ? at : "" },
    event: 3,
  })),
  payload: numbers(MANY).flatMap((index) => (index < 300 ? [] : payloads(index))),
  edge: [
    { child: "mod_1", parent: "dst_1", relation: "trained-on", event: 4 },
    { child: "mod_1", parent: "dst_2", relation: "trained-on", event: 5 },
  ],
  member: numbers(3).map((chunk) => ({
    ...{ chunk, set: "dst_1", bitmap: Uint8Array.of(0, chunk, 255) },
    event: 6,
  })),
};

function document(kind: "alias" | "consent" | "subject", id: string, owner: string, body: string) {
  return { kind, id, version: 2, owner, due: owner === "" ? "" : at, body, event: 2 };
}

function payloads(index: number): readonly CopyRows["payload"][] {
  return ["health", "screen-name"].map((category) => ({
    ordinal: index + 1,
    category,
    subject: `sub_${index % 7}`,
    sealed: utf8(`sealed ${index} ${category}\0`),
    salt: Uint8Array.of(index % 256, 0),
    event: 3,
  }));
}
