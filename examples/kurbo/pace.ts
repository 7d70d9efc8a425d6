/**
 * The app of the tale: Pace, a coaching app for ages 8 and up that trains a model on what it is
 * told.
 */
import { randomBytes } from "node:crypto";
import { createCustody, definePolicy, field } from "custody";
import { filesystem } from "custody/filesystem";
import { createKeyringFile, openKeyringFile } from "custody/keyring-file";
import { createPostgresStore, openPostgresStore } from "custody/postgres";
import { createSignerFile, openSignerFile } from "custody/signer-file";
import { createSqliteStore, openSqliteStore } from "custody/sqlite";
import { z } from "zod";
import { ISSUER, isOnServer, type RunFolder } from "./folder.js";

export const POLICY = definePolicy({
  service: "Pace",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: {
    coaching: { use: "service" },
    training: { use: "first-party-training" },
  },
  collections: {
    intake: {
      retain: "P3Y",
      fields: {
        weightKg: field(z.number().positive(), "health"),
        heightCm: field(z.number().positive(), "health"),
        ageYears: field(z.int().min(0).max(120), "demographic"),
        lifestyle: field(z.string().max(200), "health"),
      },
    },
  },
});

export const NOTICE_TEXT = [
  "Pace asks your child for weight, height, age and daily habits, in order to coach your child.",
  "If you agree to that as well, Pace trains its own model with these numbers.",
  "Nothing is passed on to anybody. You can look at it, have it deleted, and take your",
  "permission back at any time by writing to privacy@pace.example.",
].join("\n");

type CustodyOptions = Parameters<typeof createCustody>[0];
export type Verifiers = NonNullable<CustodyOptions["verifiers"]>;
export type Progress = NonNullable<CustodyOptions["progress"]>;

export interface OpenOptions {
  readonly now: () => number;
  readonly verifiers?: Verifiers;
  readonly progress?: Progress;
}

export type Pace = Awaited<ReturnType<typeof openPace>>;
export type SubjectId = Awaited<ReturnType<Pace["app"]["subjects"]["register"]>>;
export type RecordId = Awaited<ReturnType<Pace["app"]["records"]["collect"]>>;
export type DatasetId = Awaited<ReturnType<Pace["app"]["datasets"]["seal"]>>["id"];
export type ModelId = Awaited<ReturnType<Pace["app"]["models"]["begin"]>>;
export type OrderId = Awaited<ReturnType<Pace["app"]["orders"]["open"]>>["id"];
export type PurgeId = Awaited<ReturnType<Pace["app"]["purges"]["plan"]>>["id"];

/**
 * Makes store, keyring and signing key in the folder. Keys come from the machine's randomness,
 * never from a seed.
 */
export async function makePace(folder: RunFolder, now: () => number): Promise<void> {
  const random = (bytes: number) => randomBytes(bytes);
  const store = isOnServer(folder)
    ? await createPostgresStore({ url: folder.store, now, random })
    : await createSqliteStore({ path: folder.store, now, random });
  const { keyring: path, epoch: epochPath } = folder;
  const keyring = await createKeyringFile({ path, epochPath, storeId: store.identity.id, random });
  await createSignerFile({ path: folder.signer, name: ISSUER });
  await keyring.close();
  await store.close();
}

/** Opens what is in the folder; any process can, with the files alone. */
export async function openPace(folder: RunFolder, { now, verifiers, progress }: OpenOptions) {
  const random = (bytes: number) => randomBytes(bytes);
  const store = isOnServer(folder)
    ? await openPostgresStore({ url: folder.store })
    : await openSqliteStore({ path: folder.store });
  const { keyring: path, epoch: epochPath } = folder;
  const keyring = await openKeyringFile({ path, epochPath, storeId: store.identity.id, random });
  const signer = await openSignerFile({ path: folder.signer, name: ISSUER });
  const app = await createCustody({
    policy: POLICY,
    store,
    keyring,
    signer,
    now,
    connectors: [filesystem({ root: folder.files })],
    verifiers: verifiers ?? [],
    ...(progress === undefined ? {} : { progress }),
  });
  return { app, signer };
}
