/**
 * The example of docs/age-signals.md, as a program that runs by itself: `node
 * .build/examples/age-signals.js`. It plays the vendor as well.
 */
import { randomBytes } from "node:crypto";
import { createCustody, definePolicy, field } from "custody";
import { jwtSignal, readAppleAgeRange } from "custody/age-signals";
import { createKeyringMemory, createMemoryStore } from "custody/memory";
import { createSignerMemory } from "custody/signer-file";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { z } from "zod";

const random = (bytes: number) => randomBytes(bytes);
const now = () => Date.parse("2026-05-01T12:00:00Z");
const nonce = randomBytes(16).toString("base64url");
const policy = definePolicy({
  service: "Pace",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: { coaching: { use: "service" } },
  collections: { profile: { retain: "P1Y", fields: { nick: field(z.string(), "screen-name") } } },
});
const store = await createMemoryStore({ now, random });
const keyring = createKeyringMemory({ storeId: store.identity.id, random });
const signer = createSignerMemory({ name: "pace.example" });
const app = await createCustody({ policy, store, keyring, signer, now });
const subject = await app.subjects.register({ externalId: "kip" });

const vendor = await generateKeyPair("ES256");
const jwks = { keys: [await exportJWK(vendor.publicKey)] };
const token = await new SignJWT({ age_over_18: true, nonce })
  .setProtectedHeader({ alg: "ES256" })
  .setIssuer("https://ages.example")
  .setAudience("pace.example")
  .setExpirationTime(now() / 1_000 + 300)
  .sign(vendor.privateKey);
const fromDevice: unknown = {
  response: "sharing",
  range: { lowerBound: 13, upperBound: 15, ageRangeDeclaration: "guardianDeclared" },
};
const print = ({ band }: { band: string }) => console.log(band);

// docs:start
const apple = readAppleAgeRange(fromDevice); // never throws; what it does not know is unknown
print(await app.subjects.addEvidence({ subject, ...apple, occasion: "first-launch" })); // teen

const ages = jwtSignal({
  issuer: "https://ages.example",
  audience: "pace.example",
  jwks, // its keys, as you got them
  source: "estimation",
  assurance: "enhanced",
  now,
});
const signal = await ages.verify(token, { nonce }); // throws signal-… when anything is not right
print(await app.subjects.addEvidence({ subject, ...signal })); // teen: the lowest counts
print(await app.subjects.addEvidence({ subject, ...signal, confirmed: true })); // adult
// docs:end
console.log(JSON.stringify((await app.subjects.get(subject)).evidence.map((one) => one.counts)));
await app.close();
