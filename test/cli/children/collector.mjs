/**
 * An app process on a folder that `custody init` made: people sign up and are collected from.
 * `node collector.mjs FOLDER COUNT` writes the id of each record, one a line.
 */
import { join } from "node:path";
import { createCustody, definePolicy, field } from "custody";
import { openKeyringFile } from "custody/keyring-file";
import { openSignerFile } from "custody/signer-file";
import { openSqliteStore } from "custody/sqlite";
import { z } from "zod";

const [folder, count] = process.argv.slice(2);
const at = (name) => join(folder, name);
const random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));
const store = await openSqliteStore({ path: at("custody.db") });
const places = { path: at("custody.keyring"), epochPath: at("custody.epoch") };
const keyring = await openKeyringFile({ ...places, storeId: store.identity.id, random });
const app = await createCustody({
  policy: definePolicy({
    service: "Pace",
    audience: "mixed",
    jurisdiction: "US",
    regimes: ["coppa"],
    purposes: { coaching: { use: "service" } },
    collections: {
      profile: { retain: "P3Y", fields: { weightKg: field(z.number(), "health") } },
    },
  }),
  store,
  keyring,
  signer: await openSignerFile({ path: at("custody.key.json"), name: "privacy.example" }),
});

async function person(index) {
  const subject = await app.subjects.register({});
  const said = { subject, kind: "birth-date", source: "sign-up-screen", value: "1980-01-02" };
  await app.subjects.addEvidence(said);
  const weight = { collection: "profile", purpose: "coaching", values: { weightKg: 50 + index } };
  const record = await app.records.collect({ subject, ...weight });
  process.stdout.write(`${record}\n`);
}

for (let index = 0; index < Number(count); index += 4) {
  await Promise.all([0, 1, 2, 3].map((more) => person(index + more)));
}
await app.close();
