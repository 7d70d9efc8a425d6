import {
  chmodSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createKeyringFile, openKeyringFile } from "../../src/adapters/keyring-file.js";
import { Database } from "../../src/adapters/sqlite-driver.js";
import { isCustodyError } from "../../src/errors.js";
import {
  BOUND,
  codeOf,
  contents,
  copyOf,
  create,
  HEALTH,
  newPlace,
  open,
  PLAIN,
  type Place,
  random,
  remove,
  STORE,
} from "./keyring-places.js";

let place: Place;
beforeEach(async () => {
  place = await newPlace();
  const keyring = await create(place);
  await keyring.seal(HEALTH, PLAIN, BOUND);
  await keyring.close();
});
afterEach(() => remove(place));

/** Opening is refused with this error, and the folder is as it was. */
async function refusal(act: () => Promise<unknown> = () => open(place)) {
  const before = contents(place.folder);
  const error = await act().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(contents(place.folder)).toEqual(before);
  if (!isCustodyError(error)) throw new Error("it was not refused", { cause: error });
  return { code: error.code, ...error.details };
}

test("an untouched keyring opens; opening and closing leaves the folder as it was", async () => {
  const before = contents(place.folder);
  await (await open(place)).close();
  expect(contents(place.folder)).toEqual(before);
});

describe("a keyring is missing", () => {
  test("without its keyring file", async () => {
    rmSync(place.path);
    expect(await refusal()).toEqual({ code: "keyring-missing", place: place.path });
  });

  test("without its epoch file", async () => {
    rmSync(place.epochPath);
    expect(await refusal()).toEqual({ code: "keyring-missing", place: place.epochPath });
  });

  test("where a link stands in its place", async () => {
    renameSync(place.epochPath, `${place.epochPath}.elsewhere`);
    symlinkSync(`${place.epochPath}.elsewhere`, place.epochPath);
    expect(await refusal()).toEqual({ code: "keyring-missing", place: place.epochPath });
  });
});

describe("a mode other than 0600 is refused", () => {
  for (const mode of [0o644, 0o640, 0o660, 0o400, 0o700]) {
    const written = `0${mode.toString(8)}`;
    test(`${written} on either file`, async () => {
      for (const file of [place.path, place.epochPath]) {
        chmodSync(file, mode);
        expect(await refusal()).toEqual({
          code: "keyring-permissions",
          place: file,
          mode: written,
        });
        chmodSync(file, 0o600);
      }
      expect(await codeOf(open(place).then((keyring) => keyring.close()))).toBe("no error");
    });
  }

  test("also on the log of a keyring that is in use", async () => {
    const keyring = await open(place);
    chmodSync(`${place.path}-wal`, 0o644);
    expect(await refusal()).toMatchObject({ code: "keyring-permissions", mode: "0644" });
    await keyring.close();
  });
});

describe("another store's keyring is foreign", () => {
  test("as a whole, and when only one of the files is another's", async () => {
    const { path, epochPath } = place;
    const asked = () => openKeyringFile({ path, epochPath, storeId: "sto_other", random });
    const foreign = { code: "keyring-foreign", found: STORE, expected: "sto_other" };
    expect(await refusal(asked)).toEqual(foreign);

    const other = await newPlace();
    const { path: otherPath, epochPath: otherEpochs } = other;
    const mine = { path: otherPath, epochPath: otherEpochs, storeId: "sto_other", random };
    await (await createKeyringFile(mine)).close();
    copyFileSync(otherEpochs, epochPath);
    expect(await refusal(asked)).toEqual(foreign);
    expect(await refusal()).toEqual({ ...foreign, found: "sto_other", expected: STORE });
    remove(other);
  });
});

test("another store's keyring is not touched, nor the log of a dead process", async () => {
  const keyring = await open(place);
  await keyring.seal({ basis: "bas_two", category: "health" }, PLAIN, BOUND);
  const crashed = copyOf(place, "crashed");
  await keyring.close();
  expect(statSync(`${crashed.path}-wal`).size).toBeGreaterThan(0);
  const before = contents(crashed.folder);
  const { path, epochPath } = crashed;
  const asked = openKeyringFile({ path, epochPath, storeId: "sto_other", random });
  expect(await codeOf(asked)).toBe("keyring-foreign");
  expect(contents(crashed.folder)).toEqual(before);
  remove(crashed);
});

describe("an epoch file that does not belong is closed", () => {
  test("of the same store, from another keyring", async () => {
    const other = await newPlace();
    await (await create(other)).close();
    copyFileSync(other.epochPath, place.epochPath);
    expect(await refusal()).toEqual({ code: "epoch-closed", epoch: 1 });
    remove(other);
  });
});

describe("a damaged file is named", () => {
  const epochFiles: readonly [string, (text: string) => string][] = [
    ["empty", () => ""],
    ["cut", (text) => text.slice(0, 40)],
    ["without keys", (text) => JSON.stringify({ ...JSON.parse(text), keys: [] })],
    ["with a member of its own", (text) => JSON.stringify({ ...JSON.parse(text), more: 1 })],
    [
      "with a changed key",
      (text) => text.replace(/"key":"(.)/, (_, c) => `"key":"${c === "A" ? "B" : "A"}`),
    ],
    ["with a short key", (text) => text.replace(/"key":"[^"]{4}/, '"key":"')],
    ["too long", (text) => text + " ".repeat(70_000)],
  ];
  for (const [name, change] of epochFiles) {
    test(`an epoch file ${name}`, async () => {
      const text = readFileSync(place.epochPath, "utf8");
      writeFileSync(place.epochPath, change(text));
      const { code, place: where, ...rest } = await refusal();
      expect([code, where]).toEqual(["store-damaged", place.epochPath]);
      const { key } = JSON.parse(text).keys[0];
      expect(JSON.stringify(rest)).not.toContain(key.slice(5, 20));
    });
  }

  const keyringFiles: readonly [string, (path: string) => void][] = [
    ["empty", (path) => truncateSync(path, 0)],
    ["cut", (path) => truncateSync(path, 4096)],
    ["of noise", (path) => writeFileSync(path, random(8192))],
    ["with an overwritten page", (path) => overwrite(path, 4096, 512)],
    [
      "with an overwritten page that nothing has asked for yet",
      (path) => overwrite(path, 12_288, 512),
    ],
    [
      "of another program",
      (path) => {
        const db = new Database(path);
        db.pragma("application_id = 7");
        db.close();
      },
    ],
    [
      "of a later format",
      (path) => {
        const db = new Database(path);
        db.pragma("user_version = 2");
        db.close();
      },
    ],
  ];
  for (const [name, damage] of keyringFiles) {
    test(`a keyring file ${name}`, async () => {
      damage(place.path);
      const { code, place: where } = await refusal();
      expect([code, where]).toEqual(["store-damaged", place.path]);
    });
  }

  test("a wrapped key that was changed, when it is used", async () => {
    const db = new Database(place.path);
    db.prepare("UPDATE data_key SET wrapped = zeroblob(61)").run();
    db.close();
    const keyring = await open(place);
    expect(await codeOf(keyring.seal(HEALTH, PLAIN, BOUND))).toBe("store-damaged");
    expect(await codeOf(keyring.rotate())).toBe("store-damaged");
    expect(await keyring.epoch()).toBe(1);
    await keyring.close();
  });
});

describe("creating is refused", () => {
  test("where either file, or a leftover log, exists", async () => {
    const act = () => create(place);
    expect(await refusal(act)).toEqual({ code: "duplicate", id: place.path });
    renameSync(place.path, `${place.path}-wal`);
    expect(await refusal(act)).toEqual({ code: "duplicate", id: place.epochPath });
    rmSync(place.epochPath);
    expect(await refusal(act)).toEqual({ code: "duplicate", id: `${place.path}-wal` });
    rmSync(`${place.path}-wal`);
    await (await create(place)).close();
  });

  test("where the folder does not exist, and nothing is left of the attempt", async () => {
    const fresh = await newPlace();
    const nowhere = { ...fresh, epochPath: `${fresh.folder}/none/epoch.json` };
    const before = contents(fresh.folder);
    expect(await codeOf(create(nowhere))).toBe("option-invalid");
    expect(contents(fresh.folder)).toEqual(before);
    remove(fresh);
  });

  test("for one file in two roles, unknown options and impossible limits", async () => {
    const { path, epochPath } = place;
    const given = { path, epochPath, storeId: STORE, random };
    expect((await refusal(() => openKeyringFile({ ...given, epochPath: path }))).code).toBe(
      "option-invalid",
    );
    const misspelt = { ...given, cacheMaxKey: 1 };
    expect(await refusal(() => openKeyringFile(misspelt))).toEqual({
      code: "option-unknown",
      path: "keyring.cacheMaxKey",
    });
    for (const limits of [{ cacheMaxKeys: 0 }, { cacheLifeMs: -1 }, { cacheMaxKeys: 1.5 }]) {
      expect((await refusal(() => openKeyringFile({ ...given, ...limits }))).code).toBe(
        "option-invalid",
      );
    }
  });
});

function overwrite(path: string, from: number, count: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xff, from, from + count);
  writeFileSync(path, bytes);
}
