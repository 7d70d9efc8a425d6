/**
 * A certificate made by hand with a fixed key, and the ways of spoiling it that the vectors hold.
 */
import { createSignerMemory } from "../../src/adapters/signer-file.js";
import {
  CERTIFICATE_TYPE,
  type Certificate,
  countsOf,
  statementText,
  techniquesOf,
} from "../../src/core/certificate.js";
import { checkpointText } from "../../src/core/checkpoint.js";
import { base64url, fromBase64url, sha256, utf8 } from "../../src/lib/bytes.js";
import { canonicalBytes, type Json } from "../../src/lib/canonical.js";
import { newId } from "../../src/lib/id.js";
import { compactJws } from "../../src/lib/jws.js";
import { signedNote } from "../../src/lib/note.js";
import type { Signer } from "../../src/ports/signer.js";

const fixed = (byte: number) => (bytes: number) => new Uint8Array(bytes).fill(byte);
/** Keys of the tests: their secrets are thirty-two equal bytes. */
export const signer = createSignerMemory({ name: "custody.example", random: fixed(7) });
export const stranger = createSignerMemory({ name: "custody.example", random: fixed(9) });

const AT_MS = Date.UTC(2026, 5, 1);
const id = <K extends Parameters<typeof newId>[0]>(kind: K, byte: number) =>
  newId(kind, AT_MS, fixed(byte));
const PLAN = "ab".repeat(32);

export async function checkpointNote(by: Signer, store: string, size = 12): Promise<string> {
  const body = checkpointText(by.name, store, size, sha256(utf8("tree")));
  const key = fromBase64url((await by.publicJwk()).x) ?? new Uint8Array(0);
  return signedNote(body, by.name, key, await by.sign(utf8(body)));
}

export async function goodCertificate(by: Signer = signer): Promise<Certificate> {
  const store = id("store", 1);
  const issuedAt = "2026-06-02T08:05:00.000Z";
  const person = { name: "Ada Park", title: "Privacy Counsel" };
  const seen = { seenAbsentAt: "2026-06-02T08:03:00.000Z", notLookedAt: ["backups of the disk"] };
  const basis = id("basis", 2);
  const model = id("model", 3);
  const places: Certificate["places"] = [
    { node: basis, connector: "vault", ref: basis, records: 3, level: "key-destroyed", ...seen },
    { node: model, connector: "models", ref: "a/model.bin", records: 0, level: "logical", ...seen },
  ];
  const held = { authority: "court", instrument: "case 1" };
  const retained = [{ record: id("record", 4), hold: id("hold", 5), ...held }];
  const notProven: Certificate["notProven"] = [
    { node: id("model", 6), connector: "none", code: "place-unknown" },
  ];
  return {
    version: 1,
    id: id("certificate", 7),
    issuer: by.name,
    store,
    cause: { kind: "order", id: id("order", 8), title: "In re Pace", citation: "C-0000" },
    purge: id("purge", 9),
    plan: PLAN,
    plannedAt: "2026-06-02T08:00:00.000Z",
    approvedAt: "2026-06-02T08:01:00.000Z",
    startedAt: "2026-06-02T08:02:00.000Z",
    finishedAt: "2026-06-02T08:04:00.000Z",
    approvals: [{ by: "Ben Roe", title: "CTO", at: "2026-06-02T08:01:00.000Z", plan: PLAN }],
    places,
    sanitization: {
      standard: "NIST SP 800-88r2",
      media: "not-applicable",
      methods: techniquesOf(places),
      verification: "inspect",
      tool: "custody 0.1.0",
      performedBy: person,
    },
    retained,
    notProven,
    counts: { ...countsOf({ places, retained, notProven }), subjects: 2, datasets: 1 },
    campaign: {
      noticed: 10,
      consented: 4,
      "school-authorised": 1,
      declined: 2,
      "no-answer": 3,
      "deletion-requested": 2,
      asked: 1,
    },
    checkpoint: await checkpointNote(by, store),
    statement: { form: "28-usc-1746", text: statementText(person, issuedAt) },
    signer: { ...person, human: true },
    issuedAt,
  };
}

export async function signedBy(
  by: Signer,
  payload: unknown,
  typ: string = CERTIFICATE_TYPE,
): Promise<string> {
  const { kid } = await by.publicJwk();
  const sign = (bytes: Uint8Array) => by.sign(bytes);
  return compactJws({ header: { alg: "EdDSA", kid, typ }, payload: payload as Json, sign });
}

export interface Vector {
  readonly file: string;
  readonly jws: string;
  /** "valid", or the code of the refusal and, where there is one, its reason. */
  readonly expect: string;
}

/** The golden certificates: each is one way in which a certificate goes wrong, and one good one. */
export async function vectors(): Promise<readonly Vector[]> {
  const good = await goodCertificate();
  const [first, second] = good.places;
  if (first === undefined || second === undefined) throw new Error("two places expected");
  const jws = await signedBy(signer, good);
  const [head = "", , signature = ""] = jws.split(".");
  const part = (value: unknown) => base64url(canonicalBytes(value as Json));
  const { kid } = await signer.publicJwk();
  const none = part({ alg: "none", kid, typ: CERTIFICATE_TYPE });
  const reordered = part({ ...good, places: [second, first] });
  const more = { ...good.counts, records: good.counts.records + 1 };
  const unseen = { ...good, places: [{ ...first, seenAbsentAt: "" }, second] };
  const unsigned = { ...good, checkpoint: await checkpointNote(stranger, good.store) };
  const at = Math.floor(jws.length / 2);
  const flipped = `${jws.slice(0, at)}${jws[at] === "A" ? "B" : "A"}${jws.slice(at + 1)}`;
  const invalid = (reason: string) => `certificate-invalid: ${reason}`;
  return [
    { file: "good.jws", jws, expect: "valid" },
    { file: "flipped.jws", jws: flipped, expect: invalid("signature") },
    {
      file: "reordered-places.jws",
      jws: `${head}.${reordered}.${signature}`,
      expect: invalid("signature"),
    },
    {
      file: "alg-none.jws",
      jws: `${none}.${part(good)}.${signature}`,
      expect: "certificate-unsigned",
    },
    {
      file: "wrong-key.jws",
      jws: await signedBy(stranger, await goodCertificate(stranger)),
      expect: "certificate-wrong-key",
    },
    {
      file: "wrong-type.jws",
      jws: await signedBy(signer, good, "custody-receipt+jwt"),
      expect: invalid("type"),
    },
    {
      file: "counts-wrong.jws",
      jws: await signedBy(signer, { ...good, counts: more }),
      expect: invalid("counts-inconsistent"),
    },
    {
      file: "place-not-seen.jws",
      jws: await signedBy(signer, unseen),
      expect: invalid("place-not-seen"),
    },
    {
      file: "unknown-member.jws",
      jws: await signedBy(signer, { ...good, note: "all is well" }),
      expect: invalid("shape at "),
    },
    {
      file: "checkpoint-by-another-key.jws",
      jws: await signedBy(signer, unsigned),
      expect: invalid("checkpoint-unsigned"),
    },
  ];
}
