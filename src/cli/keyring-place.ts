/**
 * The one seam at which the program meets a keyring: two private files, or a schema of a PostgreSQL
 * database with the wrapping key in a key service. The PIN of a token is named by the surroundings,
 * since a configuration holds no secret.
 */

import { CustodyError, isCustodyError } from "../errors.js";
import type { KeyManagement } from "../ports/key-management.js";
import type { Keyring } from "../ports/keyring.js";
import type { Config } from "./config.js";
import { isOnServer } from "./store-place.js";
import type { Terminal } from "./terminal.js";

export const PIN_VARIABLE = "CUSTODY_PKCS11_PIN";

type KeyConfig = Pick<Config, "keyring" | "epoch">;

/**
 * @throws what the adapters throw; `option-invalid` naming the variable when a token's PIN is not
 * given
 */
export async function openKeyringAt(
  config: KeyConfig,
  storeId: string,
  terminal: Terminal,
): Promise<Keyring> {
  const { keyring: place, epoch } = config;
  const { random } = terminal;
  if (!isOnServer(place)) {
    const { openKeyringFile } = await import("../adapters/keyring-file.js");
    return openKeyringFile({ path: place, epochPath: fileOf(epoch), storeId, random });
  }
  const { openKeyringPostgres } = await import("../adapters/keyring-postgres.js");
  const kms = await openKmsAt(epoch, storeId, terminal);
  return closingBoth(kms, () => openKeyringPostgres({ url: place, storeId, kms, random }));
}

/** Makes the tables and, where there is none yet, the wrapping key. @throws as the adapters */
export async function createKeyringAt(
  { keyring: place, epoch }: KeyConfig,
  storeId: string,
  terminal: Terminal,
): Promise<Keyring> {
  const { random } = terminal;
  if (!isOnServer(place)) {
    const { createKeyringFile } = await import("../adapters/keyring-file.js");
    return createKeyringFile({ path: place, epochPath: fileOf(epoch), storeId, random });
  }
  const { createKeyringPostgres } = await import("../adapters/keyring-postgres.js");
  const kms = await openKmsAt(epoch, storeId, terminal).catch(async (error: unknown) => {
    const none = isCustodyError(error, "keyring-missing") || (await isNoSuchKey(error));
    if (!none) throw error;
    return createKmsAt(epoch, storeId, terminal);
  });
  return closingBoth(kms, () => createKeyringPostgres({ url: place, storeId, kms, random }));
}

/** The files of a keyring that must be private; a token has none. */
export function keyFilesOf({ keyring, epoch }: KeyConfig): readonly string[] {
  return [...(isOnServer(keyring) ? [] : [keyring]), ...(typeof epoch === "string" ? [epoch] : [])];
}

async function openKmsAt(
  epoch: KeyConfig["epoch"],
  storeId: string,
  terminal: Terminal,
): Promise<KeyManagement> {
  if (typeof epoch === "string") {
    const { openKmsFile } = await import("../adapters/kms-file.js");
    return openKmsFile({ path: epoch, keyId: storeId, random: terminal.random });
  }
  const { openKmsPkcs11 } = await import("../adapters/kms-pkcs11.js");
  return openKmsPkcs11(tokenOf(epoch, terminal));
}

async function createKmsAt(
  epoch: KeyConfig["epoch"],
  storeId: string,
  terminal: Terminal,
): Promise<KeyManagement> {
  if (typeof epoch === "string") {
    const { createKmsFile } = await import("../adapters/kms-file.js");
    return createKmsFile({ path: epoch, keyId: storeId, random: terminal.random });
  }
  const { createKmsPkcs11 } = await import("../adapters/kms-pkcs11.js");
  return createKmsPkcs11(tokenOf(epoch, terminal));
}

function tokenOf({ pkcs11 }: Exclude<KeyConfig["epoch"], string>, { env, random }: Terminal) {
  const pin = env?.[PIN_VARIABLE];
  if (pin === undefined || pin === "") {
    throw new CustodyError("option-invalid", { path: PIN_VARIABLE, reason: "not set" });
  }
  const { library, token, key } = pkcs11;
  return { library, token, pin, keyId: key, random };
}

/** The token answered, and has no key of that label. */
async function isNoSuchKey(error: unknown): Promise<boolean> {
  const { NO_SUCH_KEY } = await import("../adapters/kms-rules.js");
  return isCustodyError(error, "kms-failed") && error.details.reason === NO_SUCH_KEY;
}

function fileOf(epoch: KeyConfig["epoch"]): string {
  if (typeof epoch === "string") return epoch;
  const reason = "a keyring in a file has its epoch in a file too";
  throw new CustodyError("config-invalid", { path: "epoch", reason });
}

/** The keyring, whose end is the key service's too. */
async function closingBoth(kms: KeyManagement, open: () => Promise<Keyring>): Promise<Keyring> {
  try {
    const keyring = await open();
    return {
      storeId: keyring.storeId,
      epoch: () => keyring.epoch(),
      seal: (scope, plain, bound) => keyring.seal(scope, plain, bound),
      open: (scope, sealed, bound) => keyring.open(scope, sealed, bound),
      destroy: (basis, category) => keyring.destroy(basis, category),
      inspect: (basis) => keyring.inspect(basis),
      rotate: () => keyring.rotate(),
      index: (use, value) => keyring.index(use, value),
      close: async () => {
        await keyring.close();
        await kms.close();
      },
    };
  } catch (error) {
    await kms.close();
    throw error;
  }
}
