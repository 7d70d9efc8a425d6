/** X.509 certificates for tests, written by hand in DER: P-256 keys, a name, a time and a CA flag. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const ecKeys = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });

export interface CertificateRequest {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: KeyPair;
  readonly signer: KeyPair;
  readonly ca?: boolean;
  readonly from?: string;
  readonly until?: string;
}

const der = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const body = Buffer.concat(parts);
  const short = body.length < 128;
  const size = Buffer.from(body.length.toString(16).padStart(4, "0"), "hex");
  const length = short ? Buffer.from([body.length]) : Buffer.concat([Buffer.from([0x82]), size]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const bytes = (hex: string) => Buffer.from(hex, "hex");
const ECDSA_SHA256 = sequence(bytes("06082a8648ce3d040302"));
const attribute = (oid: string, text: string) =>
  der(0x31, sequence(bytes(oid), der(0x0c, Buffer.from(text))));
const name = (common: string) =>
  sequence(attribute("0603550406", "UT"), attribute("0603550403", common));
const time = (iso: string) =>
  der(0x18, Buffer.from(`${iso.replace(/[-:T]/g, "").slice(0, 14)}Z`, "ascii"));
const BASIC_CA = der(
  0xa3,
  sequence(sequence(bytes("0603551d13"), bytes("0101ff"), der(0x04, sequence(bytes("0101ff"))))),
);

/** The certificate in DER. */
export function certificate(request: CertificateRequest): Uint8Array {
  const { subject, issuer, keys, signer, ca = false } = request;
  const { from = "2026-01-01T00:00:00", until = "2030-01-01T00:00:00" } = request;
  const body = sequence(
    bytes("a003020102"),
    bytes("020101"),
    ECDSA_SHA256,
    name(issuer),
    sequence(time(from), time(until)),
    name(subject),
    keys.publicKey.export({ type: "spki", format: "der" }),
    ...(ca ? [BASIC_CA] : []),
  );
  const signature = sign("sha256", body, signer.privateKey);
  return sequence(body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature));
}

export function pem(certificateDer: Uint8Array): string {
  const text = Buffer.from(certificateDer).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}
