/** A custody in memory for one service's policy, with a clock that tests move. */
import { z } from "zod";
import { createKeyringMemory } from "../../src/adapters/keyring-memory.js";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import { CONSENT_METHODS, type ConsentMethod } from "../../src/core/consent.js";
import type { LedgerEvent } from "../../src/core/event.js";
import { definePolicy, field, type PolicyDefinition } from "../../src/core/policy.js";
import { createCustody } from "../../src/custody.js";
import { CustodyError } from "../../src/errors.js";
import { text } from "../../src/lib/bytes.js";
import type { ConsentId, RequestId, SubjectId } from "../../src/lib/id.js";
import type { Challenge, VerifierMoment } from "../../src/ports/parent-verifier.js";
import type { Store } from "../../src/ports/store.js";
import { type ParentScript, scriptedVerifier } from "../../src/testing/scripted-verifier.js";

export const START = "2026-05-01T12:00:00.000Z";
const DAY_MS = 86_400_000;

const BASE: PolicyDefinition = {
  service: "Pace",
  audience: "child-directed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: {
    play: { use: "service" },
    stats: { use: "internal-operations", recipients: [{ name: "host", role: "processor" }] },
    training: { use: "first-party-training" },
  },
  collections: {
    scores: {
      retain: "P1Y",
      fields: { handle: field(z.string(), "screen-name"), age: field(z.int(), "demographic") },
    },
    contacts: { retain: "P1Y", fields: { email: field(z.string(), "online-contact") } },
    clips: { retain: "PT30S", fields: { clip: field(z.string(), "audio") } },
    devices: { retain: "P90D", fields: { device: field(z.string(), "persistent-id") } },
    meals: {
      retain: "P30D",
      from: "last-use",
      fields: { meal: field(z.string(), "health") },
    },
  },
};

interface Keeping {
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * @param told the purposes of the first notice; all that the policy declares unless given
 * @param keep opens the store; one in memory unless given
 * @param random bytes for ids and keys; real ones unless given
 */
export async function house(
  changes: Partial<PolicyDefinition> = {},
  told?: readonly string[],
  keep: (options: Keeping) => Promise<Store> = createMemoryStore,
  random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes)),
) {
  const policy = definePolicy<PolicyDefinition>({ ...BASE, ...changes });
  const clock = { ms: Date.parse(START) };
  const now = (): number => clock.ms;
  const store = await keep({ now, random });
  const keyring = createKeyringMemory({ storeId: store.identity.id, random });
  const verifiers = new Map(
    CONSENT_METHODS.map((method) => [method, scriptedVerifier({ method })]),
  );
  const signer = createSignerMemory({ name: "pace.example" });
  const sent: string[] = [];
  const broken = { mail: false };
  const app = await createCustody({
    policy,
    store,
    keyring,
    signer,
    verifiers: [...verifiers.values()].map((verifier) => ({
      ...verifier,
      start: async (challenge: Challenge, moment: VerifierMoment) => {
        const { name: by } = verifier;
        const failed = { verifier: by, id: challenge.request, reason: "smtp-unreachable" };
        if (broken.mail) throw new CustodyError("verifier-failed", failed);
        sent.push(challenge.contact);
        return verifier.start(challenge, moment);
      },
    })),
    now,
    random,
    pause: async () => {},
  });
  const covers = told ?? Object.keys(policy.definition.purposes);
  const notice = await app.notices.publish({ version: "v1", text: "What we do.", covers });

  const ask = (
    subject: SubjectId,
    purposes: readonly string[],
    { method = "signed-form" as ConsentMethod, contact = "p@example.org", regime = "" } = {},
  ): Promise<RequestId> =>
    app.consents.request({
      subject,
      purposes,
      method,
      contact,
      ...(regime === "" ? {} : { regime }),
    });

  async function answer(
    request: RequestId,
    script: Partial<ParentScript> = {},
    method: ConsentMethod = "signed-form",
  ) {
    const verifier = verifiers.get(method);
    if (verifier === undefined) throw new Error("no verifier");
    const whole = { outcome: "verified", reported: method, ...script } as ParentScript;
    return app.consents.confirm({ request, response: verifier.answer(request, whole) });
  }

  /** A parent's yes to each purpose by name. */
  async function agreed(
    subject: SubjectId,
    grants: readonly string[],
    options: { method?: ConsentMethod; contact?: string; regime?: string } = {},
  ): Promise<ConsentId> {
    const request = await ask(subject, grants, options);
    const { consent } = await answer(request, { grants }, options.method);
    if (consent === undefined) throw new Error("no consent");
    return consent;
  }

  async function born(day: string, jurisdiction?: string): Promise<SubjectId> {
    const subject = await app.subjects.register(jurisdiction === undefined ? {} : { jurisdiction });
    const said = { subject, kind: "birth-date", source: "document", value: day } as const;
    await app.subjects.addEvidence(said);
    return subject;
  }

  /** What the ledger holds, as far as a caller could compare it: kinds, and names of ids. */
  async function events() {
    const found: { type: string; about: readonly string[] }[] = [];
    for await (const entry of store.entries(0)) {
      const { type, about } = JSON.parse(text(entry.bytes)) as LedgerEvent;
      found.push({ type, about: Object.keys(about).sort() });
    }
    return found;
  }

  function verifier(method: ConsentMethod) {
    const found = verifiers.get(method);
    if (found === undefined) throw new Error("no verifier");
    return found;
  }

  return {
    app,
    policy,
    signer,
    sent,
    broken,
    events,
    verifier,
    clock,
    store,
    keyring,
    notice,
    ask,
    answer,
    agreed,
    born,
    days: (count: number) => {
      clock.ms += count * DAY_MS;
    },
    at: (instant: string) => {
      clock.ms = Date.parse(instant);
    },
    score: (subject: SubjectId, purpose = "play") =>
      app.records.collect({ subject, collection: "scores", purpose, values: { handle: "ace" } }),
  };
}
