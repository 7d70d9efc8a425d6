/** The twins of `refusals.ts`: the same calls as they are meant, which must compile. */
import { z } from "zod";
import { definePolicy, field } from "../../src/index.js";
import { type PublicJwk, verifyCertificate } from "../../src/verify.js";
import { app, consent, dataset, record, request, subject, text } from "./client.js";

declare const keys: readonly PublicJwk[];

export async function accepted(): Promise<void> {
  const intake = { subject, collection: "intake", purpose: "coaching" } as const;

  await app.records.check({ subject, collection: "intake", purpose: "training" });
  await app.records.read({ record, purpose: "coaching" });
  await app.notices.publish({ version: "v1", text, covers: ["coaching"] });
  await app.consents.request({
    subject,
    purposes: ["coaching"],
    method: "email-plus",
    contact: text,
  });
  await app.datasets.seal({ name: "all", purpose: "training", select: {} });

  await app.records.collect({ ...intake, values: { weightKg: 41.5 } });
  await app.records.collect({ ...intake, values: { weightKg: 41.5, nickname: "otter" } });
  await app.records.collect({
    ...intake,
    collection: "survey",
    values: { answer: "yes" },
    consent,
  });

  await app.subjects.get(subject);
  await app.records.status(record);
  await app.datasets.export({ dataset, connector: "filesystem", ref: "all.jsonl" });
  await app.consents.revoke({ consent });

  await app.holds.place({ records: [record], authority: "Court", instrument: "subpoena-7" });
  await app.datasets.prove({ dataset, record });

  const from = [{ id: dataset, relation: "trained-on" }] as const;
  await app.models.begin({ name: "nudge", purpose: "training", from });

  await verifyCertificate(text, { keys });

  await app.consents.confirm({ request, response: { token: text } });
  await app.consents.confirm({ request, response: { token: text, grants: ["coaching"] } });

  const fields = { weightKg: field(z.number(), "health") };
  definePolicy({
    service: "Pace",
    audience: "mixed",
    jurisdiction: "US",
    regimes: ["coppa"],
    purposes: { coaching: { use: "service" } },
    collections: { intake: { retain: "P3Y", fields } },
  });
}
