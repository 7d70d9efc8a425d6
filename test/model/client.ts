/** The same steps on the public client, in memory, with clock and randomness of our own. */
import { createHash } from "node:crypto";
import { createKeyringMemory } from "../../src/adapters/keyring-memory.js";
import { createMemoryStore } from "../../src/adapters/memory/index.js";
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import { CONSENT_METHODS } from "../../src/core/consent.js";
import { createCustody } from "../../src/custody.js";
import { isCustodyError } from "../../src/errors.js";
import type { Connector } from "../../src/ports/connector.js";
import { policyOf } from "../../src/scenario/policy.js";
import type { Service } from "../../src/scenario/service-text.js";
import { scriptedVerifier } from "../../src/testing/scripted-verifier.js";
import { given } from "./draws.js";
import type { Bodies, ModelService, Said, Step } from "./steps.js";

/** Bytes that look random and are the same in every run. */
function stream(seed: string): (bytes: number) => Uint8Array {
  let block = 0;
  return (bytes) => {
    const parts: Buffer[] = [];
    for (let have = 0; have < bytes; have += 64) {
      parts.push(createHash("sha512").update(`${seed} ${block++}`).digest());
    }
    return new Uint8Array(Buffer.concat(parts).subarray(0, bytes));
  };
}

/** A place that keeps what is exported to it. */
function desk(): {
  readonly connector: Connector;
  readonly lines: (ref: string) => readonly string[];
} {
  const kept = new Map<string, string>();
  const connector: Connector = {
    name: "desk",
    erase: async (ref) => void kept.delete(ref),
    inspect: async (ref) => ({ present: kept.has(ref), level: "logical", notLookedAt: [] }),
    write: async (ref, content) => {
      const parts: Uint8Array[] = [];
      for await (const part of content) parts.push(part);
      kept.set(ref, Buffer.concat(parts).toString("utf8"));
    },
  };
  return {
    connector,
    lines: (ref) => (kept.get(ref) ?? "").split("\n").filter((line) => line !== ""),
  };
}

export type Client = Awaited<ReturnType<typeof openClient>>;

export async function openClient(service: ModelService) {
  const clock = { ms: service.start };
  const now = () => clock.ms;
  const random = stream("model");
  const store = await createMemoryStore({ now, random });
  const keyring = createKeyringMemory({ storeId: store.identity.id, random });
  const verifiers = new Map<string, ReturnType<typeof scriptedVerifier>>(
    CONSENT_METHODS.map((method) => [method, scriptedVerifier({ method })]),
  );
  const { connector, lines } = desk();
  const app = await createCustody({
    policy: policyOf("model", service as unknown as Service),
    store,
    keyring,
    signer: createSignerMemory({ name: "model.example" }),
    connectors: [connector],
    verifiers: [...verifiers.values()],
    now,
    random,
  });
  const ids = new Map<string, string>();
  const names = new Map<string, string>();
  const asked = new Map<string, Bodies["request"]>();
  const notices = new Map<string, string>();
  const name = (alias: string, id: string) => {
    ids.set(alias, id);
    names.set(id, alias);
  };
  const id = (alias: string | undefined) => ids.get(alias ?? "") as never;
  const publish = async (notice: Bodies["notice"]) => {
    notices.set(
      notice.version,
      await app.notices.publish({ ...notice, text: notice.version } as never),
    );
  };
  await publish({ version: "v0", covers: Object.keys(service.purposes) });

  async function answer(body: Bodies["answer"]): Promise<Said> {
    const { request, as, outcome, grants, refuses, reported, conditions } = body;
    const { from, method, purposes } = asked.get(request) as Bodies["request"];
    const refusal = outcome === "refused" ? { grants: [], refuses: purposes } : { grants, refuses };
    const script = given({ outcome, grants, refuses, reported, conditions });
    const answered =
      from === "subject"
        ? await app.consents.agree(given({ request: id(request), ...refusal }) as never)
        : await app.consents.confirm({
            request: id(request),
            response: (verifiers.get(method ?? "") as ReturnType<typeof scriptedVerifier>).answer(
              id(request),
              script as never,
            ),
          });
    if (answered.consent !== undefined) name(as, answered.consent);
    return { consent: answered.state };
  }

  async function act(step: Step): Promise<Said> {
    switch (step.verb) {
      case "register": {
        const { subject, ...where } = step.body;
        name(subject, await app.subjects.register({ externalId: subject, ...where }));
        return {};
      }
      case "evidence": {
        const { band, knowledge } = await app.subjects.addEvidence({
          ...step.body,
          subject: id(step.body.subject),
        } as never);
        return { band, knowledge };
      }
      case "notice":
        await publish(step.body);
        return {};
      case "practice": {
        const { subject, ...change } = step.body;
        const whose = subject === undefined ? {} : { subject: id(subject) };
        const { invalidated } = await app.practices.change({ ...change, ...whose } as never);
        return { invalidated: invalidated.map((one) => names.get(one)) };
      }
      case "request": {
        const { as, subject, notice, "all-or-nothing": allOrNothing, ...rest } = step.body;
        const named = notice === undefined ? undefined : notices.get(notice);
        name(
          as,
          await app.consents.request(
            given({ ...rest, subject: id(subject), notice: named, allOrNothing }) as never,
          ),
        );
        asked.set(as, step.body);
        return { request: "requested" };
      }
      case "answer":
        return answer(step.body);
      case "revoke":
        return {
          consent: (
            await app.consents.revoke({ ...step.body, consent: id(step.body.consent) } as never)
          ).status,
        };
      case "invalidate":
        return {
          consent: (
            await app.consents.invalidate({ ...step.body, consent: id(step.body.consent) } as never)
          ).status,
        };
      case "collect": {
        const { as, subject, consent, ...rest } = step.body;
        const cited = consent === undefined ? {} : { consent: id(consent) };
        name(as, await app.records.collect({ ...rest, ...cited, subject: id(subject) } as never));
        return { stored: true };
      }
      case "read":
        return {
          values: await app.records.read({
            record: id(step.body.record),
            purpose: step.body.purpose,
          }),
        };
      case "seal": {
        const { as, dataset, purpose, select } = step.body;
        const chosen = select.subjects === undefined ? {} : { subjects: select.subjects.map(id) };
        const sealed = await app.datasets.seal({ name: dataset, purpose, select: chosen });
        name(as, sealed.id);
        await app.datasets.export({ dataset: sealed.id, connector: "desk", ref: as });
        const members = lines(as).map((line) =>
          names.get((JSON.parse(line) as { record: string }).record),
        );
        return { members, excluded: sealed.excluded };
      }
      case "sweep": {
        const { erased, lapsed } = await app.retention.sweep();
        return {
          erased: erased.map((one) => names.get(one)),
          lapsed: lapsed.map((one) => names.get(one)),
        };
      }
      case "request-deletion": {
        const { subject, by, "keep-account": keepAccount } = step.body;
        return {
          ...(await app.subjects.requestDeletion(
            given({ subject: id(subject), by, keepAccount }) as never,
          )),
        };
      }
    }
  }

  /** A refusal is an outcome; any other error is one as well, and fits nothing that was expected. */
  async function said(doing: () => Promise<Said>): Promise<Said> {
    try {
      return await doing();
    } catch (error) {
      if (!isCustodyError(error)) throw error;
      return error.refusal ? { refused: error.code } : { error: error.code };
    }
  }

  return {
    play: (step: Step) => {
      clock.ms = step.at;
      return said(() => act(step));
    },
    person: (alias: string) => app.subjects.get(id(alias)),
    consent: (alias: string) => app.consents.get(id(alias)),
    status: async (alias: string) => (await app.records.status(id(alias))).status,
    read: (record: string, purpose: string) =>
      said(async () => ({ values: await app.records.read({ record: id(record), purpose }) })),
    members: async (alias: string) => {
      const members: (string | undefined)[] = [];
      for await (const { record } of app.datasets.read(id(alias))) members.push(names.get(record));
      return members;
    },
    /** What is kept of how a record got in, as one text. */
    tag: async (alias: string) => {
      const record = await store.get({ table: "record", id: id(alias) });
      const basis = await store.get({ table: "document", kind: "basis", id: record?.basis ?? "" });
      const { due: _, erasedAt: __, ...fixed } = record ?? { due: "", erasedAt: "" };
      return JSON.stringify([fixed, basis]);
    },
    close: () => app.close(),
  };
}
