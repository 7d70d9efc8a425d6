/** A whole custody in a temporary folder, with a clock that tests move, for tests of flows. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { filesystem } from "../src/adapters/filesystem.js";
import { createKeyringFile, openKeyringFile } from "../src/adapters/keyring-file.js";
import { createKeyringMemory } from "../src/adapters/keyring-memory.js";
import { createMemoryStore } from "../src/adapters/memory/index.js";
import { createPostgresStore, openPostgresStore } from "../src/adapters/postgres/index.js";
import { createSignerMemory } from "../src/adapters/signer-file.js";
import { createSqliteStore, openSqliteStore } from "../src/adapters/sqlite/index.js";
import { definePolicy, field } from "../src/core/policy.js";
import { createCustody } from "../src/custody.js";
import type { Progress } from "../src/flows/context.js";
import { hex } from "../src/lib/bytes.js";
import type { ConsentId, SubjectId } from "../src/lib/id.js";
import type { Keyring } from "../src/ports/keyring.js";
import type { Store } from "../src/ports/store.js";
import { scriptedVerifier } from "../src/testing/scripted-verifier.js";
import { sharedUrl } from "./postgres-server.js";

export const policy = definePolicy({
  service: "Pace",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: { coaching: { use: "service" }, training: { use: "first-party-training" } },
  collections: {
    intake: {
      retain: "P3Y",
      fields: {
        weightKg: field(z.number().positive(), "health"),
        heightCm: field(z.number().positive(), "health"),
        nickname: field(z.string().min(1), "screen-name"),
      },
    },
  },
});

export type StoreName = "memory" | "sqlite" | "postgres";

export interface WorldOptions {
  /** "postgres" needs a test file that awaited `worldStores()`. */
  readonly store?: StoreName;
  readonly progress?: (progress: Progress) => void | Promise<void>;
}

export const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes));

export async function world(options: WorldOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "custody-world-"));
  const clock = { ms: Date.parse("2021-02-10T15:00:00.000Z") };
  const now = (): number => clock.ms;
  const { store: kind = "memory" } = options;
  const onDisk = kind !== "memory";
  const { store, reopened } = await openStore(kind, folder, now);
  const storeId = store.identity.id;
  const path = join(folder, "custody.keys");
  const epochPath = join(folder, "custody.epoch");
  if (onDisk) await (await createKeyringFile({ path, epochPath, storeId, random })).close();
  const keyring = onDisk
    ? await openKeyringFile({ path, epochPath, storeId, random })
    : createKeyringMemory({ storeId, random });
  const signer = createSignerMemory({ name: "pace.example" });
  const form = scriptedVerifier({ method: "signed-form" });
  const mail = scriptedVerifier({ method: "email-plus" });
  const clientOn = (opened: Store, keys: Keyring) =>
    createCustody({
      policy,
      store: opened,
      keyring: keys,
      signer,
      connectors: [filesystem({ root: folder })],
      verifiers: [form, mail],
      now,
      random,
      pause: async () => {},
      ...(options.progress === undefined ? {} : { progress: options.progress }),
    });
  const app = await clientOn(store, keyring);
  const others: (typeof app)[] = [];
  /** A client with connections of its own to the same store and keys, as another process has. */
  const another = async () => {
    const opened = await reopened();
    const other = await clientOn(
      opened,
      await openKeyringFile({ path, epochPath, storeId, random }),
    );
    others.push(other);
    return other;
  };
  await app.notices.publish({
    version: "v1",
    text: "What we do.",
    covers: ["coaching", "training"],
  });

  async function born(day: string): Promise<SubjectId> {
    const subject = await app.subjects.register({ timeZone: "America/Los_Angeles" });
    const said = { subject, kind: "birth-date", source: "sign-up-screen", value: day } as const;
    await app.subjects.addEvidence(said);
    return subject;
  }

  async function agreed(
    subject: SubjectId,
    grants: readonly ("coaching" | "training")[] = ["coaching", "training"],
  ): Promise<ConsentId> {
    const contact = `parent-of-${subject}@example.org`;
    const request = await app.consents.request({
      subject,
      purposes: ["coaching", "training"],
      method: "signed-form",
      contact,
    });
    const script = { outcome: "verified", reported: "signed-form", grants } as const;
    const response = form.answer(request, script);
    const answer = await app.consents.confirm({ request, response });
    if (answer.consent === undefined) throw new Error("no consent");
    return answer.consent;
  }

  const weigh = (subject: SubjectId, weightKg = 41.25) =>
    app.records.collect({
      subject,
      collection: "intake",
      purpose: "coaching",
      values: { weightKg, nickname: "otter" },
    });

  return {
    app,
    clock,
    folder,
    store,
    keyring,
    signer,
    form,
    mail,
    born,
    agreed,
    weigh,
    another,
    dispose: async () => {
      for (const one of [...others, app]) await one.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Opened {
  readonly store: Store;
  /** Another handle on the same store; what is only in memory has none. */
  readonly reopened: () => Promise<Store>;
}

/** On PostgreSQL a schema of its own for each world; the server goes with the test file. */
async function openStore(kind: StoreName, folder: string, now: () => number): Promise<Opened> {
  if (kind === "memory") {
    const reopened = () => Promise.reject(new Error("a store in memory is opened once"));
    return { store: await createMemoryStore({ now, random }), reopened };
  }
  if (kind === "sqlite") {
    const path = join(folder, "custody.db");
    const store = await createSqliteStore({ path, now, random });
    return { store, reopened: () => openSqliteStore({ path }) };
  }
  const place = { url: sharedUrl(), schema: `custody_${hex(random(8))}` };
  const store = await createPostgresStore({ ...place, now, random });
  return { store, reopened: () => openPostgresStore(place) };
}

export type World = Awaited<ReturnType<typeof world>>;

/** The code with which a promise was refused; fails when it was not. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  throw new Error("not refused");
}
