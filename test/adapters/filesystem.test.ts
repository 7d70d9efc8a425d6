import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { filesystem } from "../../src/adapters/filesystem.js";
import { isCustodyError } from "../../src/errors.js";
import type { Connector } from "../../src/ports/connector.js";
import { connectorContract } from "../../src/testing/connector-contract.js";
import { newFolder } from "./keyring-places.js";

let folder: string;
let root: string;
let connector: Connector;
beforeEach(async () => {
  folder = await newFolder();
  root = join(folder, "root");
  mkdirSync(root);
  connector = filesystem({ root });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const going = () => ({ signal: new AbortController().signal });
const lay = (ref: string, text = "personal bytes") => {
  writeFileSync(join(root, ref), text);
  return ref;
};

/** The call fails as connector-failed; the reason is answered. */
async function failure(act: Promise<unknown>): Promise<string | undefined> {
  const error = await act.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isCustodyError(error, "connector-failed")) throw new Error("not refused", { cause: error });
  expect(error.details.connector).toBe(connector.name);
  return error.details.reason;
}

describe("the filesystem connector keeps the port's contract", () => {
  const fresh = async () => {
    const own = await newFolder();
    let count = 0;
    const place = async (content: Uint8Array) => {
      count += 1;
      writeFileSync(join(own, `node-${count}.bin`), content);
      return `node-${count}.bin`;
    };
    const dispose = async () => rmSync(own, { recursive: true, force: true });
    return { connector: filesystem({ root: own }), place, dispose };
  };
  for (const rule of connectorContract(fresh)) test(rule.name, rule.run);
});

describe("erasing", () => {
  test("empties the file before the name goes: an open reader finds nothing", async () => {
    const ref = lay("model.bin", "personal bytes".repeat(200_000));
    const reader = openSync(join(root, ref), "r");
    await connector.erase(ref, going());
    const rest = Buffer.alloc(64);
    expect(readSync(reader, rest, 0, 64, 0)).toBe(0);
    closeSync(reader);
    expect(existsSync(join(root, ref))).toBe(false);
  });

  test("takes a folder with everything below it, and nothing beside it", async () => {
    mkdirSync(join(root, "run/a/b"), { recursive: true });
    lay("run/one");
    lay("run/a/two");
    lay("run/a/b/three");
    symlinkSync("../one", join(root, "run/a/latest"));
    lay("run-beside");
    expect((await connector.inspect("run", going())).present).toBe(true);
    await connector.erase("run", going());
    expect((await connector.inspect("run", going())).present).toBe(false);
    expect((await connector.inspect("run/a/two", going())).present).toBe(false);
    expect(existsSync(join(root, "run-beside"))).toBe(true);
  });

  test("claims no more than that the path is absent, and says what was not looked at", async () => {
    const ref = lay("one");
    await connector.erase(ref, going());
    expect(await connector.inspect(ref, going())).toEqual({
      present: false,
      level: "logical",
      notLookedAt: ["free blocks of the file system", "backups and snapshots of the volume"],
    });
  });

  test("refuses a file with a second name before anything is changed", async () => {
    mkdirSync(join(root, "run"));
    lay("run/first");
    lay("run/last");
    linkSync(join(root, "run/last"), join(folder, "kept"));
    expect(await failure(connector.erase("run/last", going()))).toContain("hard link");
    expect(await failure(connector.erase("run", going()))).toContain("hard link");
    expect(readFileSync(join(root, "run/first"), "utf8")).toBe("personal bytes");
    rmSync(join(folder, "kept"));
    await connector.erase("run", going());
    expect(existsSync(join(root, "run"))).toBe(false);
  });

  test("refuses what is neither file nor folder", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
    expect(await failure(connector.erase("socket", going()))).toContain("neither");
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("a ref", () => {
  test("that is no plain path below the root is refused, for every verb", async () => {
    writeFileSync(join(folder, "outside"), "not ours");
    for (const ref of [
      "",
      ".",
      "..",
      "../outside",
      "a/../../outside",
      join(folder, "outside"),
      "a//b",
      "a/",
      "./a",
      "a\0b",
      "a\\b",
      "x".repeat(5_000),
    ]) {
      expect(await failure(connector.erase(ref, going()))).toContain("not a path below");
      expect(await failure(connector.inspect(ref, going()))).toContain("not a path below");
      expect(await failure(connector.freeze?.(ref, going()) ?? Promise.resolve())).toContain(
        "not a path below",
      );
    }
    expect(readFileSync(join(folder, "outside"), "utf8")).toBe("not ours");
  });

  test("through a link that leads outside is refused; one that stays is followed", async () => {
    mkdirSync(join(folder, "elsewhere"));
    writeFileSync(join(folder, "elsewhere/file"), "not ours");
    symlinkSync(join(folder, "elsewhere"), join(root, "out"));
    // One after the other: a second promise that is refused while the first is awaited is nobody's.
    expect(await failure(connector.erase("out/file", going()))).toContain("leads out");
    expect(await failure(connector.inspect("out/file", going()))).toContain("leads out");
    expect(readFileSync(join(folder, "elsewhere/file"), "utf8")).toBe("not ours");
    mkdirSync(join(root, "real"));
    lay("real/file");
    symlinkSync("real", join(root, "in"));
    await connector.erase("in/file", going());
    expect(existsSync(join(root, "real/file"))).toBe(false);
  });

  test("that is a link itself is refused and still seen, even when it dangles", async () => {
    lay("target");
    symlinkSync("target", join(root, "link"));
    symlinkSync("gone", join(root, "dangling"));
    for (const ref of ["link", "dangling"]) {
      expect(await failure(connector.erase(ref, going()))).toBe("it is a link");
      expect((await connector.inspect(ref, going())).present).toBe(true);
    }
    expect(readFileSync(join(root, "target"), "utf8")).toBe("personal bytes");
  });

  test("below a dangling link is not known to be absent; below nothing at all it is", async () => {
    symlinkSync("gone", join(root, "dangling"));
    expect(await failure(connector.inspect("dangling/file", going()))).toContain("leads nowhere");
    expect((await connector.inspect("nothing/file", going())).present).toBe(false);
    lay("plain");
    expect((await connector.inspect("plain/file", going())).present).toBe(false);
  });

  test("whose folder holds a link that leads out of it is refused whole", async () => {
    mkdirSync(join(root, "run"));
    lay("run/one");
    lay("beside");
    symlinkSync("../beside", join(root, "run/two"));
    expect(await failure(connector.erase("run", going()))).toContain("leads out of it");
    expect(readFileSync(join(root, "run/one"), "utf8")).toBe("personal bytes");
  });
});

describe("a root that is not there", () => {
  test("is not taken for absence", async () => {
    const lost = filesystem({ root: join(folder, "unmounted") });
    expect(await failure(lost.inspect("one", going()))).toBe("ENOENT");
    expect(await failure(lost.erase("one", going()))).toBe("ENOENT");
  });
});

describe("freezing", () => {
  test("takes every permission from a file, or from each file of a folder", async () => {
    mkdirSync(join(root, "run/a"), { recursive: true });
    lay("run/one");
    lay("run/a/two");
    lay("beside");
    await connector.freeze?.("run", going());
    const modes = ["run/one", "run/a/two", "beside"].map(
      (ref) => statSync(join(root, ref)).mode & 0o777,
    );
    expect(modes.slice(0, 2)).toEqual([0, 0]);
    expect(modes[2]).not.toBe(0);
    await connector.erase("run", going());
    expect((await connector.inspect("run", going())).present).toBe(false);
  });

  test("leaves a file that its owner cannot read, and can still erase", async () => {
    await asNobody(async () => {
      const ref = lay("mine");
      await connector.freeze?.(ref, going());
      expect(() => readFileSync(join(root, ref))).toThrow("EACCES");
      await connector.erase(ref, going());
      expect((await connector.inspect(ref, going())).present).toBe(false);
    });
  });

  test("follows no link, and rejects where nothing is", async () => {
    lay("target");
    chmodSync(join(root, "target"), 0o644);
    symlinkSync("target", join(root, "link"));
    expect(await failure(connector.freeze?.("link", going()) ?? Promise.resolve())).toBe(
      "it is a link",
    );
    expect(lstatSync(join(root, "target")).mode & 0o777).toBe(0o644);
    expect(await failure(connector.freeze?.("nothing", going()) ?? Promise.resolve())).toBe(
      "ENOENT",
    );
  });
});

describe("what cannot be looked at or removed", () => {
  test("is neither absent nor erased", async () => {
    mkdirSync(join(root, "closed"));
    lay("closed/file");
    chmodSync(join(root, "closed"), 0o700);
    await asNobody(async () => {
      expect(await failure(connector.inspect("closed/file", going()))).toBe("EACCES");
      expect(await failure(connector.erase("closed/file", going()))).toBe("EACCES");
    });
    expect((await connector.inspect("closed/file", going())).present).toBe(true);
  });
});

test("options: the name is kebab-case, and an unknown option is refused", () => {
  expect(filesystem({ root }).name).toBe("filesystem");
  expect(filesystem({ root, name: "training-disk" }).name).toBe("training-disk");
  expect(() => filesystem({ root, name: "Training disk" })).toThrow("filesystem.name is refused");
  const misspelt = { root, names: "x" };
  expect(() => filesystem(misspelt)).toThrow("names is unknown");
});

/** Runs without privileges where this process has them: the superuser reads everything. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const superuser = process.getuid?.() === 0;
  if (superuser) {
    chmodSync(folder, 0o777);
    chmodSync(root, 0o777);
    process.seteuid?.(65_534);
  }
  try {
    await work();
  } finally {
    if (superuser) process.seteuid?.(0);
  }
}
