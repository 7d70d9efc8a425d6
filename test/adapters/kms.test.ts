import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createKmsFile, openKmsFile } from "../../src/adapters/kms-file.js";
import { createKmsMemory } from "../../src/adapters/kms-memory.js";
import { createKmsPkcs11, openKmsPkcs11 } from "../../src/adapters/kms-pkcs11.js";
import type { CustodyError } from "../../src/errors.js";
import { keyManagementContract } from "../../src/testing/key-management-contract.js";
import { codeOf } from "../world.js";
import { withToken } from "./softhsm.js";

const random = (count: number) => new Uint8Array(randomBytes(count));
const WEEK_MS = 7 * 86_400_000;

describe("in memory it keeps the contract", () => {
  const open = async () => {
    const kms = createKmsMemory({ keyId: "wrapping", random });
    return { kms, dispose: () => kms.close() };
  };
  for (const rule of keyManagementContract(open)) test(rule.name, rule.run);
});

describe("in memory, with a destruction that waits, it keeps the contract", () => {
  const open = async () => {
    const clock = { ms: 0 };
    const now = () => clock.ms;
    const kms = createKmsMemory({ keyId: "wrapping", random, now, destroyAfterMs: WEEK_MS });
    const elapse = async () => {
      clock.ms += WEEK_MS;
    };
    return { kms, elapse, dispose: () => kms.close() };
  };
  for (const rule of keyManagementContract(open)) test(rule.name, rule.run);

  test("a day before it is scheduled, and at the hour it is destroyed", async () => {
    const clock = { ms: 0 };
    const now = () => clock.ms;
    const kms = createKmsMemory({ keyId: "wrapping", random, now, destroyAfterMs: WEEK_MS });
    await kms.rotate();
    expect(await kms.destroy(1)).toEqual({ state: "scheduled", at: "1970-01-08T00:00:00.000Z" });
    clock.ms = WEEK_MS - 1;
    expect(await kms.inspect(1)).toMatchObject({ state: "scheduled" });
    clock.ms = WEEK_MS;
    expect(await kms.inspect(1)).toEqual({ state: "destroyed" });
  });
});

async function inFolder() {
  const folder = await mkdtemp(join(tmpdir(), "custody-kms-"));
  return { folder, path: join(folder, "wrapping.key"), keyId: "wrapping", random };
}

describe("in a file it keeps the contract", () => {
  const open = async () => {
    const { folder, ...options } = await inFolder();
    const kms = await createKmsFile(options);
    return {
      kms,
      reopen: () => openKmsFile(options),
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    };
  };
  for (const rule of keyManagementContract(open)) test(rule.name, rule.run);
});

describe("in a file", () => {
  test("a destroyed version's key is nowhere in the file, and no temporary file is left", async () => {
    const { folder, ...options } = await inFolder();
    const kms = await createKmsFile(options);
    const [old] = JSON.parse(readFileSync(options.path, "utf8")).keys;
    await kms.rotate();
    expect(readFileSync(options.path, "utf8")).toContain(old.key);
    expect(await codeOf(kms.rotate())).toBe("state-conflict");
    await kms.destroy(1);
    expect(readFileSync(options.path, "utf8")).not.toContain(old.key);
    expect(existsSync(`${options.path}.next`)).toBe(false);
    rmSync(folder, { recursive: true, force: true });
  });

  test("another key's file, a missing one and one that others read are refused", async () => {
    const { folder, ...options } = await inFolder();
    expect(await codeOf(openKmsFile(options))).toBe("keyring-missing");
    await createKmsFile(options);
    expect(await codeOf(createKmsFile(options))).toBe("duplicate");
    expect(await codeOf(openKmsFile({ ...options, keyId: "other" }))).toBe("keyring-foreign");
    chmodSync(options.path, 0o644);
    expect(await codeOf(openKmsFile(options))).toBe("keyring-permissions");
    rmSync(folder, { recursive: true, force: true });
  });
});

withToken("in a PKCS#11 token", ({ library, token, pin }) => {
  const about = () => ({
    library,
    token,
    pin,
    random,
    keyId: `key-${randomBytes(8).toString("hex")}`,
  });

  describe("it keeps the contract", () => {
    const open = async () => {
      const options = about();
      const kms = await createKmsPkcs11(options);
      return { kms, reopen: () => openKmsPkcs11(options), dispose: () => kms.close() };
    };
    for (const rule of keyManagementContract(open)) test(rule.name, rule.run);
  });

  test("the key was made inside, cannot leave, and its object is gone once it is destroyed", async () => {
    const options = about();
    const kms = await createKmsPkcs11(options);
    const { default: p11 } = await import("pkcs11js");
    const api = new p11.PKCS11();
    api.load(library);
    const slot = api.C_GetSlotList(true).find((s) => api.C_GetTokenInfo(s).label.trim() === token);
    const session = api.C_OpenSession(slot as Buffer, p11.CKF_SERIAL_SESSION);
    const objects = () => {
      api.C_FindObjectsInit(session, [{ type: p11.CKA_LABEL, value: options.keyId }]);
      const found = api.C_FindObjects(session, 10);
      api.C_FindObjectsFinal(session);
      return found;
    };
    const [first] = objects();
    if (first === undefined) throw new Error("no object");
    const [extractable] = api.C_GetAttributeValue(session, first, [{ type: p11.CKA_EXTRACTABLE }]);
    expect(extractable?.value[0]).toBe(0);
    expect(() => api.C_GetAttributeValue(session, first, [{ type: p11.CKA_VALUE }])).toThrow(
      /CKR_ATTRIBUTE_SENSITIVE/,
    );
    await kms.rotate();
    expect(objects()).toHaveLength(2);
    await kms.destroy(1);
    expect(objects()).toHaveLength(1);
    api.C_CloseSession(session);
    await kms.close();
  });

  test("a key that could leave the token is refused", async () => {
    const options = about();
    const { default: p11 } = await import("pkcs11js");
    const kms = await createKmsPkcs11({ ...options, keyId: `${options.keyId}-held` });
    const api = new p11.PKCS11();
    api.load(library);
    const slot = api.C_GetSlotList(true).find((s) => api.C_GetTokenInfo(s).label.trim() === token);
    const flags = p11.CKF_SERIAL_SESSION | p11.CKF_RW_SESSION;
    const session = api.C_OpenSession(slot as Buffer, flags);
    api.C_GenerateKey(session, { mechanism: p11.CKM_AES_KEY_GEN }, [
      { type: p11.CKA_VALUE_LEN, value: 32 },
      { type: p11.CKA_LABEL, value: options.keyId },
      { type: p11.CKA_ID, value: Buffer.from("1") },
      { type: p11.CKA_TOKEN, value: true },
      { type: p11.CKA_SENSITIVE, value: false },
      { type: p11.CKA_EXTRACTABLE, value: true },
    ]);
    api.C_CloseSession(session);
    expect(await codeOf(openKmsPkcs11(options))).toBe("kms-failed");
    await kms.close();
  });

  test("a wrong token, module or key is told by its code, and no PIN is told", async () => {
    const options = about();
    const refusals = await Promise.all(
      [
        openKmsPkcs11(options),
        openKmsPkcs11({ ...options, token: "nobody" }),
        openKmsPkcs11({ ...options, library: "/nowhere/module.so" }),
        openKmsPkcs11({ ...options, pin: "" }),
      ].map((opening) =>
        opening.then(
          () => undefined,
          (error: CustodyError) => error,
        ),
      ),
    );
    expect(refusals.map((error) => error?.code)).toEqual([
      ...["kms-failed", "kms-failed", "kms-failed", "option-invalid"],
    ]);
    const told = refusals.map((error) => `${error?.message} ${JSON.stringify(error)}`).join("\n");
    expect(told).not.toContain(pin);
    expect(refusals[0]?.details.reason).toBe("there is no such key");
    expect(refusals[1]?.details.reason).toBe("there is no such token");
  });
});
