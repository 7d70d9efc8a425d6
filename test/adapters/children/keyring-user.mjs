// A process of its own that has a keyring open and does what it is told, one line of JSON after the
// other.
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { openKeyringFile } from "custody/keyring-file";

const [path, epochPath, storeId] = process.argv.slice(2);
const random = (count) => new Uint8Array(randomBytes(count));
const keyring = await openKeyringFile({ path, epochPath, storeId, random });
const bound = Buffer.from("record 1");

const acts = {
  seal: async ({ scope, plain }) =>
    Buffer.from(await keyring.seal(scope, Buffer.from(plain), bound)).toString("base64"),
  sealAll: async ({ scopes, plain }) =>
    Promise.all(scopes.map((scope) => acts.seal({ scope, plain }))),
  open: async ({ scope, sealed }) =>
    Buffer.from(await keyring.open(scope, Buffer.from(sealed, "base64"), bound)).toString(),
  destroy: async ({ basis }) => keyring.destroy(basis),
  rotate: async () => keyring.rotate(),
  epoch: async () => keyring.epoch(),
  index: async ({ use, value }) => keyring.index(use, Buffer.from(value)),
};

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ answer: "ready" });
for await (const line of createInterface({ input: process.stdin })) {
  const { act, ...given } = JSON.parse(line);
  say(
    await acts[act](given).then(
      (answer) => ({ answer: answer ?? null }),
      (error) => ({ code: error.code ?? String(error) }),
    ),
  );
}
await keyring.close();
