/**
 * An issuing authority, an age attestation and the device that holds it, made with the mdoc
 * library's own issuing half and keys of this test.
 */
import { createHash, createPrivateKey, randomBytes, sign } from "node:crypto";
import {
  CoseKey,
  DeviceKey,
  DeviceRequest,
  DeviceResponse,
  DocRequest,
  Issuer,
  type IssuerSigned,
  ItemsRequest,
  type MdocContext,
  SessionTranscript,
  SignatureAlgorithm,
} from "@owf/mdoc";
import { EU_AGE_VERIFICATION, type MdocSession } from "../../../src/adapters/age-signals/index.js";
import { ecKeys, type KeyPair } from "./certificates.js";
import { type Authority, SESSION } from "./session.js";

const never = (): never => {
  throw new Error("not for issuing");
};

const context: MdocContext = {
  crypto: {
    random: (length) => new Uint8Array(randomBytes(length)),
    digest: ({ digestAlgorithm, bytes }) =>
      new Uint8Array(createHash(digestAlgorithm.replace("-", "")).update(bytes).digest()),
    calculateEphemeralMacKey: never,
  },
  cose: {
    sign1: {
      sign: ({ toBeSigned, key }) => {
        const privateKey = createPrivateKey({ key: key.jwk as never, format: "jwk" });
        return new Uint8Array(
          sign("sha256", toBeSigned, { key: privateKey, dsaEncoding: "ieee-p1363" }),
        );
      },
      verify: never,
    },
    mac0: { sign: never, verify: never },
  },
  x509: {
    getIssuerNameField: never,
    getPublicKey: never,
    verifyCertificateChain: never,
    getCertificateData: never,
  },
};

const coseKey = ({ privateKey }: KeyPair): CoseKey => {
  const { kty, crv, x, y, d } = privateKey.export({ format: "jwk" });
  return CoseKey.fromJwk({ kty, crv, x, y, d, alg: "ES256" });
};

const deviceKey = ({ publicKey }: KeyPair): DeviceKey => {
  const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
  return DeviceKey.fromJwk({ kty, crv, x, y });
};

export interface Attested {
  readonly docType?: string;
  readonly elements?: Record<string, unknown>;
  readonly from?: string;
  readonly until?: string;
  readonly chain?: readonly Uint8Array[];
  readonly device?: KeyPair;
}

export const DEVICE = ecKeys();

export async function attestation(by: Authority, more: Attested = {}): Promise<IssuerSigned> {
  const { docType = EU_AGE_VERIFICATION, elements = { age_over_18: true } } = more;
  const issuer = new Issuer(docType, context).addIssuerNamespace(EU_AGE_VERIFICATION, elements);
  const from = new Date(Date.parse(more.from ?? "2026-04-01T00:00:00Z"));
  const until = new Date(Date.parse(more.until ?? "2026-06-01T00:00:00Z"));
  return issuer.sign({
    signingKey: coseKey(by.keys),
    algorithm: SignatureAlgorithm.ES256,
    digestAlgorithm: "SHA-256",
    validityInfo: { signed: from, validFrom: from, validUntil: until },
    deviceKeyInfo: { deviceKey: deviceKey(more.device ?? DEVICE) },
    certificates: [...(more.chain ?? by.chain)],
  });
}

export async function transcript(session: MdocSession): Promise<SessionTranscript> {
  if (session.protocol === "openid4vp-dc-api") {
    return SessionTranscript.forOid4VpDcApi(session, context);
  }
  return SessionTranscript.forOid4Vp(session, context);
}

export interface Presented {
  readonly session?: MdocSession;
  readonly device?: KeyPair;
  /** Default `age_over_18`; `everything` shows what an honest wallet would not, too. */
  readonly show?: readonly string[] | "everything";
  readonly docType?: string;
}

/** The response of the device that holds the attestation. */
export async function respond(
  issued: IssuerSigned,
  { session = SESSION, device = DEVICE, show = ["age_over_18"], docType }: Presented = {},
): Promise<DeviceResponse> {
  const names = show === "everything" ? [] : show;
  const asked = Object.fromEntries(names.map((name) => [name, false]));
  const itemsRequest = ItemsRequest.create({
    docType: docType ?? EU_AGE_VERIFICATION,
    namespaces: { [EU_AGE_VERIFICATION]: asked },
  });
  const response = await DeviceResponse.createWithDeviceRequest(
    {
      deviceRequest: DeviceRequest.create({ docRequests: [DocRequest.create({ itemsRequest })] }),
      sessionTranscript: await transcript(session),
      issuerSigned: [issued],
      signature: { signingKey: coseKey(device) },
    },
    context,
  );
  if (show === "everything") {
    const all = issued.getIssuerNamespace(EU_AGE_VERIFICATION) ?? [];
    const shown = response.documents?.[0]?.issuerSigned.issuerNamespaces;
    shown?.setIssuerNamespace(EU_AGE_VERIFICATION, all);
  }
  return response;
}
