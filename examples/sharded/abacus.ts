/** The app of the tale: Abacus, where children practise sums, and its made-up children. */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createCustody, definePolicy, field } from "custody";
import { filesystem } from "custody/filesystem";
import { createKeyringFile } from "custody/keyring-file";
import { createSignerFile } from "custody/signer-file";
import { createSqliteStore } from "custody/sqlite";
import { z } from "zod";
import { openPaperDesk, type PaperDesk } from "../kurbo/paper-desk.js";
import type { Row } from "./learner.js";

const POLICY = definePolicy({
  service: "Abacus",
  audience: "child-directed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: { practice: { use: "service" }, training: { use: "first-party-training" } },
  collections: {
    sums: {
      retain: "P2Y",
      fields: {
        ageYears: field(z.number(), "demographic"),
        hoursSlept: field(z.number(), "health"),
        minutesPractised: field(z.number(), "school"),
        sumsPerMinute: field(z.number(), "school"),
      },
    },
  },
});

const NOTICE = [
  "Abacus writes down how your child practises, in order to choose the next exercise.",
  "If you agree to that as well, Abacus trains its own model with these numbers.",
].join("\n");

export type Abacus = Awaited<ReturnType<typeof openAbacus>>;
export type App = Abacus["app"];
export type DatasetId = Awaited<ReturnType<App["datasets"]["seal"]>>["id"];
export type ModelId = Awaited<ReturnType<App["models"]["begin"]>>;

/** Everything of one run lies in the folder. Keys are real randomness, never a seed. */
export async function openAbacus(root: string, now: () => number) {
  const files = join(root, "files");
  await mkdir(join(root, "keys"), { recursive: true, mode: 0o700 });
  await mkdir(files, { recursive: true, mode: 0o700 });
  const random = (bytes: number) => randomBytes(bytes);
  const store = await createSqliteStore({ path: join(root, "custody.db"), now, random });
  const keyring = await createKeyringFile({
    path: join(root, "keys", "keyring.db"),
    epochPath: join(root, "keys", "epoch.key"),
    storeId: store.identity.id,
    random,
  });
  const signer = await createSignerFile({
    path: join(root, "keys", "signer.json"),
    name: "abacus.example",
  });
  const desk = openPaperDesk(now);
  const app = await createCustody({
    policy: POLICY,
    store,
    keyring,
    signer,
    now,
    connectors: [filesystem({ root: files })],
    verifiers: [desk.verifier],
  });
  await app.notices.publish({ version: "v1", text: NOTICE, covers: ["practice", "training"] });
  return { app, desk, files };
}

/** A child with a parent's consent to both purposes, and two evenings of exercises. */
export async function childSignsUp({ app, desk }: { app: App; desk: PaperDesk }, n: number) {
  const subject = await app.subjects.register({ externalId: `child-${n}` });
  const value = "2015-09-01";
  await app.subjects.addEvidence({ subject, kind: "birth-date", source: "sign-up-screen", value });
  const purposes = ["practice", "training"] as const;
  const contact = `parent-${n}@home.example`;
  const request = await app.consents.request({ subject, purposes, method: "signed-form", contact });
  const response = await desk.opened(request, purposes);
  const { consent } = await app.consents.confirm({ request, response });
  if (consent === undefined) throw new Error("the form gave no consent");
  const records: string[] = [];
  for (const evening of [0, 1]) {
    const values = { ...rowOf(n, evening) };
    const collection = "sums";
    records.push(await app.records.collect({ subject, collection, purpose: "practice", values }));
  }
  return { subject, consent, records };
}

/** The same child has the same evenings in every run. */
function rowOf(n: number, evening: number): Row {
  const draw = (salt: number): number =>
    ((n * 7_919 + evening * 104_729 + salt * 1_299_709) % 997) / 997;
  const ageYears = 7 + Math.floor(draw(1) * 6);
  const hoursSlept = 6 + Math.round(draw(2) * 40) / 10;
  const minutesPractised = 5 + Math.round(draw(3) * 30);
  const sums = 2 + 0.8 * (ageYears - 7) + 0.5 * (hoursSlept - 6) + 0.1 * minutesPractised + draw(4);
  return { ageYears, hoursSlept, minutesPractised, sumsPerMinute: Math.round(sums * 100) / 100 };
}
