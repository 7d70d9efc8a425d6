// The main way, resumable from whatever is there: run again after a SIGKILL, it goes on. Prints the end state.
// Usage: node way.mjs FOLDER [STEP#OCCURRENCE]
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createCustody, definePolicy, field } from "custody";
import { filesystem } from "custody/filesystem";
import { createKeyringFile, openKeyringFile } from "custody/keyring-file";
import { createSignerFile, openSignerFile } from "custody/signer-file";
import { createSqliteStore, openSqliteStore } from "custody/sqlite";
import { scriptedVerifier } from "custody/testing";
import { verifyCertificate } from "custody/verify";
import { z } from "zod";

const [folder, kill = ""] = process.argv.slice(2);
const [killStep, killAt] = kill.split("#");
const at = (name) => join(folder, name);
const random = (n) => new Uint8Array(randomBytes(n));
const clock = { ms: Date.parse("2022-03-03T15:00:00Z") };
const now = () => clock.ms;
let met = 0;

if (!existsSync(at("custody.db"))) {
  const made = await createSqliteStore({ path: at("custody.db"), now, random });
  const storeId = made.identity.id;
  await made.close();
  const keys = { path: at("custody.keys"), epochPath: at("custody.epoch"), storeId, random };
  await (await createKeyringFile(keys)).close();
  await createSignerFile({ path: at("signer.jwk"), name: "pace.example" });
  writeFileSync(at("secret"), randomBytes(32));
}
const store = await openSqliteStore({ path: at("custody.db") });
const keyring = await openKeyringFile({
  path: at("custody.keys"),
  epochPath: at("custody.epoch"),
  storeId: store.identity.id,
  random,
});
const signer = await openSignerFile({ path: at("signer.jwk"), name: "pace.example" });
const form = scriptedVerifier({
  method: "signed-form",
  secret: new Uint8Array(readFileSync(at("secret"))),
});
const policy = definePolicy({
  service: "Pace",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: { coaching: { use: "service" }, training: { use: "first-party-training" } },
  collections: {
    intake: {
      retain: "P3Y",
      fields: { weightKg: field(z.number(), "health"), nick: field(z.string(), "screen-name") },
    },
    songs: { retain: "P1D", fields: { song: field(z.string(), "audio") } },
  },
});
const app = await createCustody({
  policy,
  store,
  keyring,
  signer,
  connectors: [filesystem({ root: folder })],
  verifiers: [form],
  now,
  random,
  progress: ({ step }) => {
    if (step !== killStep) return;
    met += 1;
    if (met === Number(killAt)) process.kill(process.pid, "SIGKILL");
  },
});

const rows = async (query) => {
  const found = [];
  for await (const row of store.scan(query)) found.push(row);
  return found;
};
const documents = (kind) => rows({ table: "document", kind });

if ((await documents("notice")).length === 0) {
  await app.notices.publish({
    version: "v1",
    text: "What we do.",
    covers: ["coaching", "training"],
  });
}
for (const [name, birth, consent] of [
  ["child", "2011-11-11", true],
  ["liar", "2005-05-05", false],
  ["adult", "1980-01-05", false],
  ["singer", "1981-01-05", false],
]) {
  const subject = await app.subjects.register({ externalId: name, timeZone: "America/New_York" });
  const known = await app.subjects.get(subject);
  if (known.band === "unknown") {
    await app.subjects.addEvidence({
      subject,
      kind: "birth-date",
      source: "sign-up-screen",
      value: birth,
    });
  }
  if (consent && known.consents.length === 0) {
    const purposes = ["coaching", "training"];
    const request = await app.consents.request({
      subject,
      purposes,
      method: "signed-form",
      contact: "p@example.org",
    });
    const response = form.answer(request, {
      outcome: "verified",
      reported: "signed-form",
      grants: purposes,
    });
    await app.consents.confirm({ request, response });
  }
  if (Object.keys(known.records).length === 0) {
    const entry =
      name === "singer"
        ? { collection: "songs", values: { song: "la" } }
        : { collection: "intake", values: { weightKg: 41.25, nick: name } };
    await app.records.collect({ subject, purpose: "coaching", ...entry });
  }
}
let dataset = (await documents("dataset"))[0]?.id;
dataset ??= (await app.datasets.seal({ name: "all", purpose: "training", select: {} })).id;
if ((await documents("place")).length === 0) {
  await app.datasets.export({ dataset, connector: "filesystem", ref: "all.jsonl" });
}
let model = (await documents("model"))[0]?.id;
model ??= await app.models.begin({
  name: "m",
  purpose: "training",
  from: [{ id: dataset, relation: "trained-on" }],
});
if ((await app.models.get(model)).completedAt === "") {
  writeFileSync(at("model.json"), "{}");
  const digest = createHash("sha256").update("{}").digest("hex");
  await app.models.complete({
    model,
    digest,
    places: [{ connector: "filesystem", ref: "model.json" }],
  });
}
const liar = await app.subjects.register({ externalId: "liar" });
if ((await app.subjects.get(liar)).band !== "child") {
  await app.subjects.addEvidence({
    subject: liar,
    kind: "birth-date",
    source: "profile",
    value: "2011-05-05",
  });
}
let order = (await documents("order"))[0]?.id;
order ??= (
  await app.orders.open({
    title: "Order",
    citation: "none",
    opened: "2022-03-03",
    select: { "band-at-collection": "child", basis: "none" },
    remedy: {
      data: { destroy: "P30D" },
      models: { relation: "in-whole-or-in-part", destroy: "P90D" },
      freeze: "immediately",
    },
  })
).id;
let purge = (await documents("purge"))[0];
const id = purge?.id ?? (await app.purges.plan({ order })).id;
purge = (await documents("purge"))[0];
if (purge.body.approvals.length === 0)
  await app.purges.approve({ purge: id, by: { name: "A", title: "B" } });
const run = await app.purges.run(id);
const { jws } = await app.certificates.issue({
  purge: id,
  signer: { name: "A", title: "B", human: true },
});
const certificate = await verifyCertificate(jws, { keys: [await signer.publicJwk()] });
clock.ms += 2 * 86_400_000;
await app.retention.sweep();
const records = await rows({ table: "record" });
const payloads = [];
for (const record of records)
  payloads.push(...(await rows({ table: "payload", record: record.id })));
const states = [];
for (const record of records) states.push((await app.records.status(record.id)).status);
const set = (await documents("dataset"))[0].body;
const verified = await app.ledger.verify();
process.stdout.write(
  JSON.stringify({
    run,
    records: records.map((record) => [record.ordinal, record.erasedAt !== ""]),
    states,
    payloads: payloads.length,
    datasets: (await documents("dataset")).length,
    members: set.count,
    steps: (await documents("step")).map((step) => step.body.progress.state),
    purges: (await documents("purge")).length,
    model: (await app.models.get(model)).state,
    files: ["all.jsonl", "model.json"].map((name) => existsSync(at(name))),
    levels: certificate.places.map((place) => [place.connector, place.level]),
    ledger: verified.ok,
    due: records.map((record) => record.due !== ""),
    keys: await Promise.all(
      records.map(async ({ basis }) => (await keyring.inspect(basis)).live.length > 0),
    ),
    restored: (await app.subjects.get(liar)).records,
  }),
);
await app.close();
