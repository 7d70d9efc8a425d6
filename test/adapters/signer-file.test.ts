import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createSignerFile,
  createSignerMemory,
  openSignerFile,
} from "../../src/adapters/signer-file.js";
import { isCustodyError } from "../../src/errors.js";
import { signerContract } from "../../src/testing/signer-contract.js";
import { codeOf, contents, newFolder, random, utf8 } from "./keyring-places.js";

const name = "custody.example";
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await newFolder();
  path = join(folder, "signer.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the file signer keeps the port's contract", () => {
  const fresh = async () => {
    const own = await newFolder();
    const signer = await createSignerFile({ path: join(own, "signer.json"), name });
    return { signer, dispose: async () => rmSync(own, { recursive: true, force: true }) };
  };
  for (const rule of signerContract(fresh)) test(rule.name, rule.run);
});

describe("the memory signer keeps the port's contract", () => {
  const fresh = async () => ({ signer: createSignerMemory({ name }), dispose: async () => {} });
  for (const rule of signerContract(fresh)) test(rule.name, rule.run);
});

describe("a signing key's file", () => {
  test("opens as the same key that was made", async () => {
    const made = await createSignerFile({ path, name });
    const opened = await openSignerFile({ path, name });
    expect(await opened.publicJwk()).toEqual(await made.publicJwk());
    expect(await opened.sign(utf8("a"))).toEqual(await made.sign(utf8("a")));
  });

  test("is a private JWK of mode 0600, whatever the umask is", async () => {
    const before = process.umask(0o277);
    try {
      await createSignerFile({ path, name });
    } finally {
      process.umask(before);
    }
    expect((statSync(path).mode & 0o7777).toString(8)).toBe("600");
    expect(Object.keys(JSON.parse(readFileSync(path, "utf8")))).toEqual(["kty", "crv", "x", "d"]);
  });

  test("holds the key that the first RFC 8032 test vector names", async () => {
    const seed = Buffer.from(
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "hex",
    );
    const given = { path, name, random: () => new Uint8Array(seed) };
    const signer = await createSignerFile(given);
    const { x, kid } = await signer.publicJwk();
    expect(x).toBe("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    expect(kid).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    expect(Buffer.from(await signer.sign(new Uint8Array(0))).toString("hex")).toMatch(
      /^e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155/,
    );
  });

  test("is never overwritten", async () => {
    await createSignerFile({ path, name });
    const before = contents(folder);
    expect(await codeOf(createSignerFile({ path, name }))).toBe("duplicate");
    expect(contents(folder)).toEqual(before);
  });

  test("that is not there, or can be read by others, is refused and nothing is made", async () => {
    expect(await codeOf(openSignerFile({ path, name }))).toBe("signer-missing");
    expect(readdirSync(folder)).toEqual([]);
    await createSignerFile({ path, name });
    chmodSync(path, 0o640);
    const error = await openSignerFile({ path, name }).catch((reason: unknown) => reason);
    expect(isCustodyError(error, "keyring-permissions") && error.details).toEqual({
      place: path,
      mode: "0640",
    });
    chmodSync(path, 0o600);
    expect(await codeOf(openSignerFile({ path, name }))).toBe("no error");
  });

  test("that is damaged is refused, and the error holds nothing of the key", async () => {
    await createSignerFile({ path, name });
    const good = readFileSync(path, "utf8");
    const jwk = JSON.parse(good);
    const bad = [
      "",
      good.slice(0, -10),
      JSON.stringify({ ...jwk, x: random(32) }),
      JSON.stringify({ ...jwk, x: Buffer.from(random(32)).toString("base64url") }),
      JSON.stringify({ ...jwk, d: jwk.d.slice(4) }),
      JSON.stringify({ ...jwk, crv: "Ed448" }),
      JSON.stringify({ ...jwk, more: 1 }),
      good + " ".repeat(70_000),
    ];
    for (const text of bad) {
      writeFileSync(path, text);
      const error = await openSignerFile({ path, name }).catch((reason: unknown) => reason);
      expect(isCustodyError(error, "option-invalid")).toBe(true);
      expect((error as Error).cause).toBeUndefined();
      expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(
        jwk.d.slice(4, 20),
      );
    }
    writeFileSync(path, good);
    expect(await codeOf(openSignerFile({ path, name }))).toBe("no error");
  });

  test("is not made under a name no note could carry, or with an unknown option", async () => {
    for (const wrong of ["", "two words", "a+b", "line\nbreak"]) {
      expect(await codeOf(createSignerFile({ path, name: wrong }))).toBe("option-invalid");
    }
    const misspelt = { path, name, nmae: name };
    expect(await codeOf(createSignerFile(misspelt))).toBe("option-unknown");
    expect(readdirSync(folder)).toEqual([]);
  });
});
