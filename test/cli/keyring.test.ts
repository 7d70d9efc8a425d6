/** A house whose keyring is on a server, under a role of its own. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runProgram } from "../../src/cli/program.js";
import { newSchema } from "../adapters/postgres-fixture.js";
import { withToken } from "../adapters/softhsm.js";
import { withServer } from "../postgres-server.js";
import { emptyHouse, json, type Run, temporary, within } from "./house.js";

const PASSWORD = "for-keys-only";

test("setup prints the SQL, its help says who runs it, and it refuses a name that needs quoting", async () => {
  const folder = temporary();
  const set = await within(folder, "keyring", "setup", "--role", "eu_keys", "--schema", "eu");
  expect(set.out).toContain("CREATE SCHEMA eu AUTHORIZATION eu_keys;");
  expect(set.out).toContain("CREATE ROLE eu_keys");
  const help = await within(folder, "keyring", "setup", "--help");
  expect(help.out).toContain("an administrator reads the SQL");
  expect(help.out).not.toContain("CREATE ROLE");
  expect((await within(folder, "keyring", "setup", "--role", 'x"; --')).code).toBe(2);
});

await withServer("a keyring on a server", (server) => {
  const before = process.env.PGPASSWORD;
  process.env.PGPASSWORD = PASSWORD;
  afterAll(() => {
    if (before === undefined) delete process.env.PGPASSWORD;
    else process.env.PGPASSWORD = before;
  });

  /** An empty house that names a keyring on the server; its file keyring is there, and unused. */
  const house = async (epoch: unknown) => {
    const folder = emptyHouse();
    const name = newSchema();
    const sql = await within(folder, "keyring", "setup", "--schema", name, "--role", name);
    await server.run(sql.out);
    await server.run(`ALTER ROLE ${name} PASSWORD '${PASSWORD}'`);
    const keyring = `postgres://${name}@127.0.0.1:${server.port}/postgres?schema=${name}`;
    const place = join(folder, "custody.json");
    const config = JSON.parse(readFileSync(place, "utf8"));
    writeFileSync(place, JSON.stringify({ ...config, keyring, epoch }));
    return { folder, place };
  };

  test("create makes it once, with the wrapping key in a file, and the commands find it", async () => {
    const { folder, place } = await house("wrapping.key");
    expect(json(await within(folder, "status", "--json"))).toMatchObject({
      error: { code: "keyring-missing" },
    });
    const made = await within(folder, "keyring", "create", "--json");
    expect(made).toMatchObject({ code: 0, err: "" });
    expect(json(made)).toMatchObject({ epoch: 1 });
    expect(json(await within(folder, "status", "--json"))).toMatchObject({ epoch: 1 });
    const { checks } = json(await within(folder, "doctor", "--json")) as {
      checks: { name: string; state: string }[];
    };
    expect(checks.find(({ name }) => name === "keyring")).toMatchObject({ state: "ok" });
    expect(checks.map(({ name }) => name)).toContain("permissions wrapping.key");
    expect((await within(folder, "keyring", "create")).code).toBe(2);
    const config = JSON.parse(readFileSync(place, "utf8"));
    const secret = config.keyring.replace("@127", ":planted-secret@127");
    writeFileSync(place, JSON.stringify({ ...config, keyring: secret }));
    const refused = await within(folder, "status", "--json");
    expect(json(refused)).toMatchObject({
      error: { code: "config-invalid", details: { path: "keyring" } },
    });
    expect(refused.out).not.toContain("planted-secret");
  });

  withToken("with the wrapping key in a token", ({ library, token, pin }) => {
    test("the PIN comes from the surroundings alone", async () => {
      const { folder } = await house({ pkcs11: { library, token, key: newSchema() } });
      expect(json(await within(folder, "keyring", "create", "--json"))).toMatchObject({
        error: { code: "option-invalid", details: { path: "CUSTODY_PKCS11_PIN" } },
      });
      const made = await surrounded(folder, { CUSTODY_PKCS11_PIN: pin }, "keyring", "create");
      expect(made).toMatchObject({ code: 0, err: "" });
      const status = await surrounded(folder, { CUSTODY_PKCS11_PIN: pin }, "status", "--json");
      expect(json(status)).toMatchObject({ epoch: 1 });
      expect(made.out + status.out).not.toContain(pin);
    });
  });
});

/** The program with these variables in its surroundings. */
async function surrounded(
  folder: string,
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Run> {
  let out = "";
  let err = "";
  const code = await runProgram(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    ...{ errIsTty: false, folder, env, now: Date.now },
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  });
  return { code, out, err };
}
