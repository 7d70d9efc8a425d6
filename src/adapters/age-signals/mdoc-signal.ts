/**
 * An age attestation in the form of an ISO/IEC 18013-5 mdoc: the EU age-verification attestation
 * `eu.europa.ec.av.1` unless another document type is given.
 *
 * `@owf/mdoc` decodes the CBOR and compares digests; signatures and certificates are checked with
 * Node's own cryptography (mdoc-context.ts). Three things that the library leaves open are closed
 * here: the document type that the issuer signed, a device signature that brings its own payload
 * (it would be checked against that instead of this session), and elements named twice.
 */
import type { DeviceResponse, Document, SessionTranscript } from "@owf/mdoc";
import { z } from "zod";
import type { EvidenceSource } from "../../core/age.js";
import { type AgeSignal, verifiedSignal } from "../../core/age-signal.js";
import { ASSURANCE_LEVELS, type AssuranceLevel } from "../../core/assurance.js";
import { CustodyError } from "../../errors.js";
import { base64url, fromBase64url, sha256 } from "../../lib/bytes.js";
import { instantText, isInstant } from "../../lib/instant.js";
import { readOptions } from "../option-reading.js";
import { ageSaid } from "./age-claims.js";
import { parseCertificate, TRUST_ANCHORS_MAX } from "./certificate-chain.js";
import { requireNonce, requireToken } from "./issuer-keys.js";
import { type VerifyingContext, verifyingContext } from "./mdoc-context.js";

export const EU_AGE_VERIFICATION = "eu.europa.ec.av.1";

/** Where the response was asked for; the device signs it, and the nonce in it. */
export type MdocSession =
  | {
      /** OpenID for Verifiable Presentations 1.0, answered to `responseUri`. */
      readonly protocol: "openid4vp";
      readonly clientId: string;
      readonly responseUri: string;
      readonly nonce: string;
      /** SHA-256 thumbprint of the key that the response was encrypted to, where it was. */
      readonly encryptionThumbprint?: Uint8Array;
    }
  | {
      /** OpenID for Verifiable Presentations 1.0 over the W3C Digital Credentials API. */
      readonly protocol: "openid4vp-dc-api";
      readonly origin: string;
      readonly nonce: string;
      readonly encryptionThumbprint?: Uint8Array;
    };

export interface MdocSignalOptions {
  /** PEM: the issuing authorities' certificates, or the signing certificates themselves. */
  readonly trustAnchors: readonly string[];
  /** Default `eu.europa.ec.av.1`. */
  readonly docType?: string;
  /** Default the document type. */
  readonly namespace?: string;
  /** Default `eu-av`. */
  readonly source?: Extract<EvidenceSource, "eu-av" | "document">;
  /** Default `enhanced`: the EU attestation is issued at the level of assurance "substantial". */
  readonly assurance?: AssuranceLevel;
  /** Epoch milliseconds; `Date.now` unless given. */
  readonly now?: () => number;
}

export interface MdocSignalVerifier {
  /**
   * Checks, in a DeviceResponse (bytes, or base64url as OpenID4VP sends it) of one document: the
   * issuer's certificate chain and signature, the digest of each element, the validity, and that
   * the device that the attestation was issued to signed this session. No revocation is looked up.
   * @throws `signal-invalid`, `signal-untrusted`, `signal-misdirected`, `signal-expired`,
   * `option-invalid`, `limit-exceeded`
   */
  verify(response: string | Uint8Array, session: MdocSession): Promise<AgeSignal>;
}

const Options = z.strictObject({
  trustAnchors: z.array(z.string()).min(1).max(TRUST_ANCHORS_MAX),
  docType: z.string().min(1).default(EU_AGE_VERIFICATION),
  namespace: z.string().min(1).optional(),
  source: z.enum(["eu-av", "document"]).default("eu-av"),
  assurance: z.enum(ASSURANCE_LEVELS).default("enhanced"),
  now: z.custom<() => number>((value) => typeof value === "function").default(() => Date.now),
});
const Text = z.string().min(1);
const Thumbprint = z.instanceof(Uint8Array).optional();
const Session = z.discriminatedUnion("protocol", [
  z.strictObject({
    protocol: z.literal("openid4vp"),
    clientId: Text,
    responseUri: Text,
    nonce: Text,
    encryptionThumbprint: Thumbprint,
  }),
  z.strictObject({
    protocol: z.literal("openid4vp-dc-api"),
    origin: Text,
    nonce: Text,
    encryptionThumbprint: Thumbprint,
  }),
]);

type Library = typeof import("@owf/mdoc");
type Failure = "DOCUMENT_FORMAT" | "DEVICE_AUTH" | "ISSUER_AUTH" | "DATA_INTEGRITY" | "READER_AUTH";

/** @throws `option-unknown`, `option-invalid` (also for an anchor that is no certificate) */
export function mdocSignal(options: MdocSignalOptions): MdocSignalVerifier {
  const known = readOptions(Options, options, "mdocSignal");
  const anchors = known.trustAnchors.map((pem, index) => {
    const anchor = parseCertificate(pem);
    if (anchor !== undefined) return anchor;
    const path = `mdocSignal.trustAnchors.${index}`;
    throw new CustodyError("option-invalid", { path, reason: "not a certificate" });
  });
  return Object.freeze({
    verify: async (given: string | Uint8Array, session: MdocSession) => {
      const where = readOptions(Session, session, "session");
      requireNonce(where.nonce);
      const bytes = typeof given === "string" ? fromBase64url(requireToken(given)) : given;
      if (!(bytes instanceof Uint8Array)) throw invalid("it cannot be read");
      requireToken(base64url(bytes));
      const library = await loadLibrary();
      const nowMs = known.now();
      const context = verifyingContext(anchors, nowMs, (jwk) => library.CoseKey.fromJwk(jwk));
      const transcript = await transcriptOf(library, where, context);
      const namespace = known.namespace ?? known.docType;
      const document = await openResponse(library, bytes, known.docType, async (response) => {
        await requireHolds(library, response, transcript, nowMs, context);
      });
      const { source, assurance } = known;
      return verifiedSignal({
        ...ageSaid(source, elementsOf(document, namespace)),
        assurance,
        validUntil: instantText(validityOf(document, nowMs)),
        tokenDigest: base64url(sha256(bytes)),
      });
    },
  });
}

/**
 * Loaded when it is first needed: the library sets zod's error texts for the whole process on
 * import, which is put back here.
 */
async function loadLibrary(): Promise<Library> {
  const { customError } = z.config();
  const library = await import("@owf/mdoc");
  z.config({ customError } as Parameters<typeof z.config>[0]);
  return library;
}

async function transcriptOf(
  { SessionTranscript }: Library,
  session: z.output<typeof Session>,
  context: VerifyingContext,
): Promise<SessionTranscript> {
  const { nonce, encryptionThumbprint } = session;
  const encryption =
    encryptionThumbprint === undefined ? {} : { jwkThumbprint: encryptionThumbprint };
  if (session.protocol === "openid4vp-dc-api") {
    const { origin } = session;
    return SessionTranscript.forOid4VpDcApi({ origin, nonce, ...encryption }, context);
  }
  const { clientId, responseUri } = session;
  return SessionTranscript.forOid4Vp({ clientId, responseUri, nonce, ...encryption }, context);
}

/** The one document of the response, after `check` let it pass. */
async function openResponse(
  { DeviceResponse }: Library,
  bytes: Uint8Array,
  docType: string,
  check: (response: DeviceResponse) => Promise<void>,
): Promise<Document> {
  try {
    const response = DeviceResponse.decode(bytes);
    const [document, ...others] = response.documents ?? [];
    if (document === undefined || others.length > 0) throw invalid("not exactly one document");
    const signed = document.issuerSigned.issuerAuth.mobileSecurityObject.docType;
    if (document.docType !== docType || signed !== docType) throw invalid("the document type");
    requireDetached(document);
    await check(response);
    return document;
  } catch (error) {
    // The library's own errors can hold elements; none is kept.
    throw error instanceof CustodyError ? error : invalid("it cannot be read");
  }
}

/** A signature over a payload of its own would hold in every session. */
function requireDetached(document: Document): void {
  const signature = document.deviceSigned.deviceAuth.deviceSignature;
  if (signature === undefined) throw invalid("a MAC instead of a signature");
  if (signature.payload !== null) throw misdirected("the device signed something else");
}

async function requireHolds(
  { Verifier }: Library,
  deviceResponse: DeviceResponse,
  sessionTranscript: SessionTranscript,
  nowMs: number,
  context: VerifyingContext,
): Promise<void> {
  for (const document of deviceResponse.documents ?? []) validityOf(document, nowMs);
  const failed = new Set<Failure>();
  let trusted = false;
  const { verifyCertificateChain } = context.x509;
  const x509 = {
    ...context.x509,
    verifyCertificateChain: async (input: Parameters<typeof verifyCertificateChain>[0]) => {
      await verifyCertificateChain(input);
      trusted = true;
    },
  };
  await Verifier.verifyDeviceResponse(
    {
      deviceResponse,
      sessionTranscript,
      // The chain is judged by our context; the library only wants to see that there is an anchor.
      trustedCertificates: [new Uint8Array()],
      now: new Date(nowMs),
      skewSeconds: 0,
      onCheck: ({ status, category }) => {
        if (status !== "PASSED") failed.add(category);
      },
    },
    { ...context, x509 },
  );
  if (!trusted) {
    const reason = "no certificate chain to a given anchor";
    throw new CustodyError("signal-untrusted", { reason });
  }
  if (failed.has("ISSUER_AUTH")) throw invalid("the issuer's signature");
  if (failed.has("DEVICE_AUTH")) throw misdirected("the device did not sign this session");
  if (failed.size > 0) throw invalid("an element is not as the issuer signed it");
}

/** Until when, in epoch milliseconds. @throws `signal-expired`, `signal-invalid` */
function validityOf(document: Document, nowMs: number): number {
  const { validFrom, validUntil } =
    document.issuerSigned.issuerAuth.mobileSecurityObject.validityInfo;
  const [fromMs, untilMs] = [validFrom.getTime(), validUntil.getTime()];
  if (!isInstant(fromMs) || !isInstant(untilMs)) throw invalid("no time that exists");
  if (!(fromMs <= nowMs)) throw new CustodyError("signal-expired", { reason: "not yet valid" });
  if (!(nowMs < untilMs)) throw new CustodyError("signal-expired", { reason: "expired" });
  return untilMs;
}

/** What the issuer signed under the namespace; what only the device says is not looked at. */
function elementsOf(document: Document, namespace: string): { readonly [name: string]: unknown } {
  const elements = new Map<string, unknown>();
  for (const item of document.getIssuerNamespace(namespace) ?? []) {
    if (elements.has(item.elementIdentifier)) throw invalid("an element is there twice");
    elements.set(item.elementIdentifier, item.elementValue);
  }
  return Object.fromEntries(elements);
}

function invalid(reason: string): CustodyError {
  return new CustodyError("signal-invalid", { reason });
}

function misdirected(reason: string): CustodyError {
  return new CustodyError("signal-misdirected", { reason });
}
