/**
 * The README's quick start, as a program that runs by itself: `node .build/examples/quick-
 * start.js`.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CustodyError, createCustody, definePolicy, field } from "custody";
import { createKeyringFile } from "custody/keyring-file";
import { createSignerFile } from "custody/signer-file";
import { createSqliteStore } from "custody/sqlite";
import { scriptedVerifier } from "custody/testing";
import { z } from "zod";

const folder = await mkdtemp(join(tmpdir(), "custody-quick-start-"));
const at = (name: string) => join(folder, name);
const random = (bytes: number) => randomBytes(bytes);
/** Stands still, so that the child stays ten years old. */
const now = () => Date.parse("2026-03-02T12:00:00Z");
const print = (what: unknown) => console.log(what instanceof CustodyError ? what.message : what);

// biome-ignore format: the README shows the whole on one screen
// README:start
const policy = definePolicy({
  service: "Pace", audience: "mixed", jurisdiction: "US", regimes: ["coppa"],
  purposes: { coaching: { use: "service" } },
  collections: { profile: { retain: "P1Y", fields: { weightKg: field(z.number(), "health") } } },
});
const store = await createSqliteStore({ path: at("custody.db"), now, random });
const files = { path: at("keyring.db"), epochPath: at("epoch.key") };
const keyring = await createKeyringFile({ ...files, storeId: store.identity.id, random });
const signer = await createSignerFile({ path: at("signer.json"), name: "pace.example" });
const forms = scriptedVerifier({ method: "signed-form" }); // in production: signedForm, emailPlus
const app = await createCustody({ policy, store, keyring, signer, verifiers: [forms], now });

const subject = await app.subjects.register({ externalId: "kip" });
const birth = { kind: "birth-date", source: "sign-up-screen", value: "2015-06-14" } as const;
print(await app.subjects.addEvidence({ subject, ...birth })); // a child: ten years old
const weight = { collection: "profile", purpose: "coaching", values: { weightKg: 36.2 } } as const;
await app.records.collect({ subject, ...weight }).catch(print); // refused: consent-required

await app.notices.publish({ version: "v1", text: "What we ask, and why.", covers: ["coaching"] });
const ask = { purposes: ["coaching"], method: "signed-form", contact: "p@home.example" } as const;
const request = await app.consents.request({ subject, ...ask });
const response = forms.answer(request, { outcome: "verified", reported: "signed-form" });
print(await app.consents.confirm({ request, response })); // given
print(await app.records.collect({ subject, ...weight })); // stored: rec_...
// README:end
await app.close();
