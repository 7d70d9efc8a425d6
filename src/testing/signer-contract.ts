/** The examination of the signer port. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { utf8 } from "../lib/bytes.js";
import { jwkThumbprint } from "../lib/jws.js";
import type { Signer } from "../ports/signer.js";
import type { ContractRule } from "./contract.js";

export interface SignerUnderTest {
  readonly signer: Signer;
  readonly dispose: () => Promise<void>;
}

const MESSAGE = utf8("exactly these bytes");
const SIGNATURE_BYTES = 64;
const PUBLIC_MEMBERS = ["alg", "crv", "kid", "kty", "use", "x"];

/** The rules, each opening a signer of its own. */
export function signerContract(open: () => Promise<SignerUnderTest>): readonly ContractRule[] {
  return CASES.map(({ name, run }) => ({
    name,
    run: async () => {
      const { signer, dispose } = await open();
      try {
        await run(signer);
      } finally {
        await dispose();
      }
    },
  }));
}

const CASES: readonly { readonly name: string; readonly run: (signer: Signer) => Promise<void> }[] =
  [
    {
      name: "the name can stand in a signed note",
      run: async ({ name }) => assert.match(name, /^[^\s+]+$/),
    },
    {
      name: "the public key has exactly its public members, and the kid is its RFC 7638 thumbprint",
      run: async (signer) => {
        const jwk = await signer.publicJwk();
        assert.deepEqual(Object.keys(jwk).sort(), PUBLIC_MEMBERS);
        assert.deepEqual([jwk.kty, jwk.crv, jwk.alg, jwk.use], ["OKP", "Ed25519", "EdDSA", "sig"]);
        assert.equal(jwk.kid, jwkThumbprint(jwk));
      },
    },
    {
      name: "a signature has 64 bytes and verifies over exactly these bytes, not over others",
      run: async (signer) => {
        const signature = await signer.sign(MESSAGE);
        assert.equal(signature.length, SIGNATURE_BYTES);
        assert.equal(await verifies(signer, MESSAGE, signature), true);
        assert.equal(await verifies(signer, utf8("exactly these byteS"), signature), false);
        const changed = signature.slice();
        changed[0] = (changed[0] ?? 0) ^ 1;
        assert.equal(await verifies(signer, MESSAGE, changed), false);
      },
    },
    {
      name: "nothing to sign is signed too, and the same bytes always alike",
      run: async (signer) => {
        const empty = new Uint8Array(0);
        assert.equal(await verifies(signer, empty, await signer.sign(empty)), true);
        const [first, second] = await Promise.all([signer.sign(MESSAGE), signer.sign(MESSAGE)]);
        assert.deepEqual(new Uint8Array(second), new Uint8Array(first));
      },
    },
    {
      name: "no part of the signer that can be printed holds the private half",
      run: async (signer) => {
        assert.equal(/"d"|PRIVATE/.test(JSON.stringify(signer)), false);
        assert.equal(
          Object.values(signer).some(
            (value) => typeof value !== "string" && typeof value !== "function",
          ),
          false,
        );
      },
    },
  ];

async function verifies(
  signer: Signer,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const { kty, crv, x } = await signer.publicJwk();
  const key = createPublicKey({ key: { kty, crv, x }, format: "jwk" });
  return verify(null, message, key, signature);
}
