/**
 * A chain of X.509 certificates, from the one that signed up to one that the application trusts.
 *
 * Checked are signatures, names, validity at one moment and that every issuer is a CA. Not checked:
 * revocation, name constraints, policies and key usage; whoever needs them gives as anchors only
 * certificates that may sign age attestations and nothing else.
 */
import { X509Certificate } from "node:crypto";

/** Certificates in a chain, without its anchor. */
export const CHAIN_CERTIFICATES_MAX = 5;
export const TRUST_ANCHORS_MAX = 500;

/** Undefined for what is no certificate. */
export function parseCertificate(given: string | Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(given);
  } catch {
    // Node answers with an OpenSSL error that quotes nothing of use; "no certificate" is all of it.
    return undefined;
  }
}

/**
 * True when the first of `chain` is an anchor itself, or is signed by the next, and so on to an
 * anchor. An anchor out of its time vouches for nothing.
 */
export function leadsToAnchor(
  chain: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  nowMs: number,
): boolean {
  if (chain.length === 0 || chain.length > CHAIN_CERTIFICATES_MAX) return false;
  for (const [index, one] of chain.entries()) {
    if (!inForce(one, nowMs)) return false;
    if (anchors.some((anchor) => anchor.raw.equals(one.raw))) return true;
    if (anchors.some((anchor) => inForce(anchor, nowMs) && issued(anchor, one))) return true;
    const next = chain[index + 1];
    if (next === undefined || !issued(next, one)) return false;
  }
  return false;
}

function issued(issuer: X509Certificate, one: X509Certificate): boolean {
  return issuer.ca && one.checkIssued(issuer) && one.verify(issuer.publicKey);
}

function inForce(one: X509Certificate, nowMs: number): boolean {
  return Date.parse(one.validFrom) <= nowMs && nowMs <= Date.parse(one.validTo);
}
