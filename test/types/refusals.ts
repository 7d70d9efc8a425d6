/**
 * What must not compile. Each marked line names, after its mark, the compiler's code and the words by which it is
 * refused; the test compiles this file once with the marks (each must be needed) and once without (each line must be
 * refused for its own reason, and no other line at all).
 */
import { z } from "zod";
import { definePolicy, field } from "../../src/index.js";
import { verifyCertificate } from "../../src/verify.js";
import { app, consent, dataset, record, request, subject, text } from "./client.js";

export async function refused(): Promise<void> {
  const intake = { subject, collection: "intake", purpose: "coaching" } as const;
  const values = { weightKg: 41.5 };

  // 1. A purpose that the policy does not declare.
  // @ts-expect-error TS2322 '"advertising"' is not assignable
  await app.records.collect({ subject, collection: "intake", purpose: "advertising", values });
  // @ts-expect-error TS2322 '"advertising"' is not assignable
  await app.records.check({ subject, collection: "intake", purpose: "advertising" });
  // @ts-expect-error TS2322 '"advertising"' is not assignable
  await app.records.read({ record, purpose: "advertising" });
  // @ts-expect-error TS2322 '"advertising"' is not assignable
  await app.notices.publish({ version: "v1", text, covers: ["advertising"] });
  const asked = { subject, method: "email-plus", contact: text } as const;
  // @ts-expect-error TS2322 '"advertising"' is not assignable
  await app.consents.request({ ...asked, purposes: ["advertising"] });
  // @ts-expect-error TS2322 '"advertising"' is not assignable
  await app.datasets.seal({ name: "all", purpose: "advertising", select: {} });

  // 2. A value of another type than its field's.
  // @ts-expect-error TS2322 'string' is not assignable to type 'number'
  await app.records.collect({ ...intake, values: { weightKg: "41.5" } });
  // @ts-expect-error TS2322 'null' is not assignable to type 'number'
  await app.records.collect({ ...intake, values: { weightKg: null } });

  // 3. A field that the collection does not declare, though another collection may.
  // @ts-expect-error TS2353 'shoeSize' does not exist
  await app.records.collect({ ...intake, values: { weightKg: 41.5, shoeSize: 36 } });
  // @ts-expect-error TS2353 'answer' does not exist
  await app.records.collect({ ...intake, values: { answer: "yes" } });

  // 4. A text where an id belongs.
  // @ts-expect-error TS2345 'string' is not assignable to parameter of type 'SubjectId'
  await app.subjects.get(text);
  // @ts-expect-error TS2345 'string' is not assignable to parameter of type 'RecordId'
  await app.records.status(text);
  // @ts-expect-error TS2322 'string' is not assignable to type 'ConsentId'
  await app.consents.revoke({ consent: text });

  // 5. A dataset's id among the ids of records.
  // @ts-expect-error TS2322 'DatasetId' is not assignable to type 'RecordId'
  await app.holds.place({ records: [record, dataset], authority: "Court", instrument: text });
  // @ts-expect-error TS2322 'DatasetId' is not assignable to type 'RecordId'
  await app.datasets.prove({ dataset, record: dataset });
  // @ts-expect-error TS2345 'ConsentId' is not assignable to parameter of type 'RecordId'
  await app.records.status(consent);

  // 6. A model without parents.
  // @ts-expect-error TS2322 Source has 0 element(s) but target requires 1
  await app.models.begin({ name: "nudge", purpose: "training", from: [] });
  // @ts-expect-error TS2345 Property 'from' is missing
  await app.models.begin({ name: "nudge", purpose: "training" });

  // 7. A certificate verified without keys.
  // @ts-expect-error TS2554 Expected 2 arguments, but got 1
  await verifyCertificate(text);
  // @ts-expect-error TS2741 Property 'keys' is missing
  await verifyCertificate(text, {});

  // 8. A confirmation that brings its own verdict.
  // @ts-expect-error TS2353 'verified' does not exist
  await app.consents.confirm({ request, response: { token: text }, verified: true });
  // @ts-expect-error TS2353 'verdict' does not exist
  await app.consents.confirm({ request, response: { token: text, verdict: "verified" } });
  // @ts-expect-error TS2353 'method' does not exist
  await app.consents.confirm({ request, response: { token: text, method: "signed-form" } });

  // 9. A field without a personal-data category.
  // @ts-expect-error TS2554 Expected 2 arguments, but got 1
  const bare = field(z.number());
  const service = { service: "Pace", audience: "mixed", jurisdiction: "US" } as const;
  const rest = { ...service, regimes: ["coppa"], purposes: {} } as const;
  const schema = z.number();
  // @ts-expect-error TS2741 Property 'category' is missing
  definePolicy({ ...rest, collections: { intake: { retain: "P3Y", fields: { kg: { schema } } } } });
  // @ts-expect-error TS2345 '"weight"' is not assignable
  field(schema, "weight");
  bare satisfies object;
}
