import { SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import {
  jwtSignal,
  readAppleAgeRange,
  readOsAgeBracket,
  readPlayAgeSignals,
} from "../../src/adapters/age-signals/index.js";
import type { AgeSignal } from "../../src/core/age-signal.js";
import type { EvidenceInput } from "../../src/flows/evidence-input.js";
import type { SubjectId } from "../../src/lib/id.js";
import {
  AUDIENCE,
  codeOf,
  ISSUER,
  type Keys,
  keysOf,
  NONCE,
  optionsWith,
} from "../adapters/age-signals/issuer.js";
import { world } from "../world.js";

type World = Awaited<ReturnType<typeof world>>;

let keys: Keys;
let w: World;
let subject: SubjectId;

beforeAll(async () => {
  keys = await keysOf("ES256");
});

async function verified(claims: object): Promise<AgeSignal> {
  const now = () => w.clock.ms;
  const exp = w.clock.ms / 1_000 + 600;
  const token = await new SignJWT({ iss: ISSUER, aud: AUDIENCE, nonce: NONCE, exp, ...claims })
    .setProtectedHeader({ alg: "ES256" })
    .sign(keys.privateKey);
  return jwtSignal(optionsWith(keys, { now })).verify(token, { nonce: NONCE });
}

async function fresh(): Promise<void> {
  w = await world();
  subject = await w.app.subjects.register();
}

const add = (signal: object) => w.app.subjects.addEvidence({ subject, ...signal } as EvidenceInput);
const refused = (signal: object) => codeOf(add(signal), []);
const TEEN = { lowerBound: 13, upperBound: 15, ageRangeDeclaration: "guardianDeclared" };

describe("a signal from a reader", () => {
  test("counts like any other evidence, and shows that it can be forged", async () => {
    await fresh();
    const adult = readPlayAgeSignals({ ageRangeSource: "TIER_D", ageLower: 18 });
    expect((await add(adult)).band).toBe("adult");
    expect((await add(readAppleAgeRange({ response: "sharing", range: TEEN }))).band).toBe("teen");
    expect((await add(readOsAgeBracket({ bracket: "under-13" }))).knowledge).toBe("actual");
    const { evidence } = await w.app.subjects.get(subject);
    expect(
      evidence.map(({ source, assurance, verifiable, counts }) => [
        source,
        assurance,
        verifiable,
        counts,
      ]),
    ).toEqual([
      ["store-google", "standard", false, true],
      ["store-apple", "standard", false, true],
      ["os", "asserted", false, true],
    ]);
    expect(JSON.stringify(evidence)).not.toMatch(/"(?:lower|upper|value)"/);
  });

  test("what says nothing is kept, changes nothing and does not count", async () => {
    await fresh();
    expect((await add(readAppleAgeRange({ response: "declinedSharing" }))).band).toBe("unknown");
    const [one] = (await w.app.subjects.get(subject)).evidence;
    expect(one).toMatchObject({ source: "store-apple", counts: false });
  });

  test("confirms nothing", async () => {
    await fresh();
    await add(readAppleAgeRange({ response: "sharing", range: TEEN }));
    const adult = readPlayAgeSignals({ ageRangeSource: "TIER_D", ageLower: 18 });
    expect(await refused({ ...adult, confirmed: true })).toBe("option-invalid");
    expect((await w.app.subjects.get(subject)).band).toBe("teen");
    // What somebody looked at is no such signal: FORMAT.md lets it set aside what came before.
    const passport = { kind: "birth-date", source: "document", value: "1990-04-02" };
    expect((await add({ ...passport, assurance: "strict", confirmed: true })).band).toBe("adult");
  });

  test("cannot be given a level above what an unsigned answer can have", async () => {
    await fresh();
    const adult = readPlayAgeSignals({ ageRangeSource: "TIER_D", ageLower: 18 });
    for (const assurance of ["enhanced", "strict"]) {
      expect(await refused({ ...adult, assurance })).toBe("option-invalid");
      const { verifiable: _, ...unlabelled } = adult;
      expect(await refused({ ...unlabelled, assurance })).toBe("option-invalid");
    }
    expect(await refused({ ...adult, assurance: "asserted" })).toBe("accepted");
    expect(await refused({ ...adult, assurance: "certain" })).toBe("option-invalid");
  });
});

describe("a signal from a verifier", () => {
  test("raises nothing by itself; confirmed, it sets aside what came before", async () => {
    await fresh();
    await add(readAppleAgeRange({ response: "sharing", range: TEEN }));
    const adult = await verified({ age_over_18: true });
    expect((await add(adult)).band).toBe("teen");
    expect((await add({ ...adult, confirmed: true })).band).toBe("adult");
    const last = (await w.app.subjects.get(subject)).evidence.at(-1);
    expect(last).toMatchObject({
      kind: "credential",
      assurance: "enhanced",
      verifiable: true,
      validUntil: "2021-02-10T15:10:00.000Z",
      counts: true,
    });
  });

  test("goes on counting when its token has ended: who was 18 stays 18", async () => {
    await fresh();
    expect((await add(await verified({ age_over_18: true }))).band).toBe("adult");
    w.clock.ms += 365 * 86_400_000;
    expect((await w.app.subjects.get(subject)).band).toBe("adult");
  });

  test("is refused once its token has ended", async () => {
    await fresh();
    const adult = await verified({ age_over_18: true });
    w.clock.ms += 599_999;
    expect(await refused(adult)).toBe("accepted");
    w.clock.ms += 1;
    expect(await refused(adult)).toBe("signal-expired");
    expect(await refused({ ...adult, validUntil: "soon" })).not.toBe("accepted");
  });

  test("that it was verified cannot be said by hand, nor of anything but what was", async () => {
    await fresh();
    const teen = await verified({ age_over_13: true, age_over_18: false });
    const forged = { kind: "credential", claim: "age-over-18", value: true } as const;
    for (const signal of [
      { ...teen, lower: 18 },
      { ...teen, ...forged },
      { ...teen, assurance: "strict" },
      { ...teen, source: "document" },
      JSON.parse(JSON.stringify(teen)),
      { kind: "age-range", source: "eu-av", lower: 18, verifiable: true },
    ]) {
      expect(await refused(signal)).toBe("option-invalid");
    }
    expect((await w.app.subjects.get(subject)).evidence).toEqual([]);
    expect(await refused({ ...teen, occasion: "first-launch" })).toBe("accepted");
  });

  test("leaves level and source on the ledger, and neither its age nor its token", async () => {
    await fresh();
    const adult = await verified({ age_over_18: true });
    await add(adult);
    const events: string[] = [];
    for await (const { bytes } of w.store.entries(0)) {
      events.push(Buffer.from(bytes).toString("utf8"));
    }
    const event = events.find((text) => text.includes("evidence-added")) ?? "";
    expect(event).toContain('"assurance":"enhanced"');
    expect(event).toContain('"verifiable":true');
    expect(event).not.toContain("age-over-18");
    expect(event).not.toContain(adult.tokenDigest);
  });
});
