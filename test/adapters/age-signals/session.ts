/** One session with one issuing authority; nothing here needs the mdoc library. */
import type { MdocSession } from "../../../src/adapters/age-signals/index.js";
import { certificate, ecKeys, pem } from "./certificates.js";
import { NONCE } from "./issuer.js";

export const SESSION = {
  protocol: "openid4vp",
  clientId: "x509_san_dns:pace.example",
  responseUri: "https://pace.example/age",
  nonce: NONCE,
} as const satisfies MdocSession;

/** A root that the application trusts and a document signer under it. */
export function authority(more: { readonly ca?: boolean; readonly until?: string } = {}) {
  const [rootKeys, signerKeys] = [ecKeys(), ecKeys()];
  const root = { subject: "Root", issuer: "Root", keys: rootKeys, signer: rootKeys };
  const signer = { subject: "Signer", issuer: "Root", keys: signerKeys, signer: rootKeys };
  const { until = "2030-01-01T00:00:00" } = more;
  const signing = certificate({ ...signer, until });
  return {
    anchor: pem(certificate({ ...root, ca: more.ca ?? true })),
    chain: [signing],
    signerPem: pem(signing),
    keys: signerKeys,
  };
}
export type Authority = ReturnType<typeof authority>;
