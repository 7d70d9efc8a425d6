/**
 * The cryptography that the mdoc library asks its caller for, with Node's own: to verify and
 * nothing else. A verifier has no key, so what would sign, or make a MAC, is refused.
 */
import { createHash, createPublicKey, verify, X509Certificate } from "node:crypto";
import type { CoseKey, MdocContext, Sign1 } from "@owf/mdoc";
import { CustodyError } from "../../errors.js";
import { leadsToAnchor } from "./certificate-chain.js";

export type VerifyingContext = Pick<MdocContext, "cose" | "crypto" | "x509">;
type FromJwk = (jwk: Record<string, unknown>) => CoseKey;

/** COSE algorithms by their number in the protected header: ES256, ES384, ES512, each its curve. */
const ALGORITHMS: ReadonlyMap<unknown, { readonly hash: string; readonly curve: string }> = new Map(
  [
    [-7, { hash: "sha256", curve: "P-256" }],
    [-35, { hash: "sha384", curve: "P-384" }],
    [-36, { hash: "sha512", curve: "P-521" }],
  ],
);
const ALGORITHM_HEADER = 1;

export function verifyingContext(
  anchors: readonly X509Certificate[],
  nowMs: number,
  fromJwk: FromJwk,
): VerifyingContext {
  return {
    crypto: {
      random: refuse,
      calculateEphemeralMacKey: refuse,
      digest: ({ digestAlgorithm, bytes }) =>
        new Uint8Array(createHash(digestAlgorithm.replace("-", "")).update(bytes).digest()),
    },
    cose: {
      sign1: { sign: refuse, verify: ({ sign1, key }) => signatureHolds(sign1, key) },
      mac0: { sign: refuse, verify: refuse },
    },
    x509: {
      getIssuerNameField: ({ certificate, field }) =>
        nameField(new X509Certificate(certificate).issuer, field),
      getPublicKey: ({ certificate }) =>
        fromJwk({ ...new X509Certificate(certificate).publicKey.export({ format: "jwk" }) }),
      verifyCertificateChain: ({ x5chain }) => {
        const chain = x5chain.map((one) => new X509Certificate(one));
        if (leadsToAnchor(chain, anchors, nowMs)) return;
        const reason = "no certificate chain to a given anchor";
        throw new CustodyError("signal-untrusted", { reason });
      },
      getCertificateData: ({ certificate }) => certificateData(new X509Certificate(certificate)),
    },
  };
}

function signatureHolds(sign1: Sign1, key: CoseKey): boolean {
  const algorithm = ALGORITHMS.get(sign1.protectedHeaders.headers?.get(ALGORITHM_HEADER));
  const { kty, crv, x, y } = key.jwk as Record<string, string | undefined>;
  if (algorithm === undefined || kty !== "EC" || crv !== algorithm.curve) return false;
  if (x === undefined || y === undefined) return false;
  const publicKey = createPublicKey({ key: { kty, crv, x, y }, format: "jwk" });
  const signer = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
  return verify(algorithm.hash, sign1.toBeSigned, signer, sign1.signature);
}

/** The values of one attribute of a distinguished name, as Node prints it: one attribute a line. */
function nameField(name: string, field: string): string[] {
  const prefix = `${field}=`;
  return name
    .split("\n")
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length));
}

function certificateData(certificate: X509Certificate) {
  return {
    issuerName: certificate.issuer,
    subjectName: certificate.subject,
    serialNumber: certificate.serialNumber,
    thumbprint: certificate.fingerprint256,
    notBefore: new Date(Date.parse(certificate.validFrom)),
    notAfter: new Date(Date.parse(certificate.validTo)),
    pem: certificate.toString(),
  };
}

function refuse(): never {
  throw new CustodyError("signal-invalid", { reason: "a MAC instead of a signature" });
}
