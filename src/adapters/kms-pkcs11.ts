/**
 * A key service in a PKCS#11 token (a hardware security module, or SoftHSM): AES-256 keys that were
 * made inside and cannot be taken out, one object for each version. `destroy` removes the object,
 * and what a token does with the cells below is the token's: read its certificate.
 */
import { z } from "zod";
import type { RandomBytes } from "../lib/id.js";
import type { KeyManagement } from "../ports/key-management.js";
import { kmsFailed, NO_SUCH_KEY } from "./kms-rules.js";
import { readOptions } from "./option-reading.js";
import { Pkcs11Kms } from "./pkcs11/kms.js";
import { openToken, type Token } from "./pkcs11/token.js";

const TEXT_CHARACTERS_MAX = 4_096;

export interface KmsPkcs11Options {
  /** The path of the token's PKCS#11 module, a shared library. */
  readonly library: string;
  /** The label of the token. */
  readonly token: string;
  /** The user's PIN. Kept only until the token was asked; in no error. */
  readonly pin: string;
  /** The label of the wrapping key's objects; each has its version as CKA_ID. */
  readonly keyId: string;
  /** Where nonces come from: node's `randomBytes`, or something as unpredictable. */
  readonly random: RandomBytes;
}

const text = z.string().min(1).max(TEXT_CHARACTERS_MAX);
const Options = z.strictObject({
  library: text,
  token: text,
  pin: text,
  keyId: z.string().min(1).max(200),
  random: z.custom<RandomBytes>((given) => typeof given === "function"),
});

/**
 * Makes the wrapping key, at version 1.
 * @throws `kms-failed` when the token has a key of that label ("the key exists"), does not know the
 * PIN or cannot be reached; `option-invalid`, also without the package `pkcs11js`; `option-unknown`
 */
export async function createKmsPkcs11(options: KmsPkcs11Options): Promise<KeyManagement> {
  return opened(options, (token) => {
    if (token.versions().size > 0) throw kmsFailed({ name: "pkcs11" }, "the key exists");
    token.generate(1);
  });
}

/** @throws `kms-failed` when there is no such key, and as `createKmsPkcs11` */
export async function openKmsPkcs11(options: KmsPkcs11Options): Promise<KeyManagement> {
  return opened(options, (token) => {
    if (token.versions().size === 0) throw kmsFailed({ name: "pkcs11" }, NO_SUCH_KEY);
  });
}

/** Every version is looked at: one that could leave the token is refused. */
async function opened(
  options: KmsPkcs11Options,
  prepare: (token: Token) => void,
): Promise<KeyManagement> {
  const given = readOptions(Options, options, "kms");
  const token = await openToken(given);
  try {
    prepare(token);
    for (const version of token.versions().keys()) token.requireSealed(version);
  } catch (error) {
    token.close();
    throw error;
  }
  return new Pkcs11Kms(token, given.keyId, given.random);
}
