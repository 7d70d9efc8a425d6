/**
 * A SoftHSM with one token in a folder of its own. Where the module or its program is not installed
 * the tests that need it are skipped with the reason; with CUSTODY_REQUIRE_PKCS11 they fail.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";

const MODULES = [
  process.env.CUSTODY_PKCS11_MODULE ?? "",
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib64/pkcs11/libsofthsm2.so",
  "/usr/local/lib/softhsm/libsofthsm2.so",
];

export interface SoftHsm {
  readonly library: string;
  readonly token: string;
  readonly pin: string;
  readonly folder: string;
}

/** The configuration is named in the environment, before the module is loaded by anybody. */
function softHsm(): SoftHsm {
  const library = MODULES.find((module) => module !== "" && existsSync(module));
  if (library === undefined) throw new Error("libsofthsm2.so is not installed");
  const folder = mkdtempSync(join(tmpdir(), "custody-softhsm-"));
  mkdirSync(join(folder, "tokens"));
  const conf = join(folder, "softhsm2.conf");
  writeFileSync(conf, `directories.tokendir = ${join(folder, "tokens")}\nlog.level = ERROR\n`);
  process.env.SOFTHSM2_CONF = conf;
  const [token, pin] = ["custody-test", "planted-pin-4711"];
  const args = ["--init-token", "--free", "--label", token, "--pin", pin, "--so-pin", "so-pin-1"];
  const made = spawnSync("softhsm2-util", args, { encoding: "utf8" });
  if (made.status === 0) return { library, token, pin, folder };
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`softhsm2-util: ${made.error?.message ?? made.stderr}`);
}

/** Tests that need a token. */
export function withToken(name: string, tests: (hsm: SoftHsm) => void): void {
  let hsm: SoftHsm;
  try {
    hsm = softHsm();
  } catch (error) {
    if (process.env.CUSTODY_REQUIRE_PKCS11 !== undefined) throw error;
    const [reason] = String(error).split("\n");
    test.skip(`${name} (no PKCS#11 token here: ${reason})`, () => {});
    return;
  }
  describe(name, () => {
    afterAll(() => rmSync(hsm.folder, { recursive: true, force: true }));
    tests(hsm);
  });
}
