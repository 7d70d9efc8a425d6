import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  BOUND,
  codeOf,
  create,
  epochKeys,
  HEALTH,
  newPlace,
  open,
  PLAIN,
  type Place,
  remove,
  STORE,
} from "./keyring-places.js";

const CHILD = fileURLToPath(new URL("./children/keyring-user.mjs", import.meta.url));
const OTHER = { basis: "bas_two", category: "health" };
const plain = "forty kilograms";
/** Two rotations meet in the same instant only now and then. */
const ROTATION_ROUNDS = 20;

interface User {
  readonly child: ChildProcess;
  readonly ask: (question: object) => Promise<{ answer?: unknown; code?: string }>;
}

let place: Place;
let users: User[];
beforeEach(async () => {
  expect(existsSync(fileURLToPath(new URL("../../dist", import.meta.url)))).toBe(true);
  place = await newPlace();
  users = [];
});
afterEach(async () => {
  for (const { child } of users) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.stdin?.end();
    await once(child, "exit");
  }
  remove(place);
});

async function newUser(): Promise<User> {
  const { path, epochPath } = place;
  const child = spawn(process.execPath, [CHILD, path, epochPath, STORE], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error("the process ended");
    return JSON.parse(value);
  };
  const ask = async (question: object) => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    return next();
  };
  const user = { child, ask };
  users.push(user);
  expect(await next()).toEqual({ answer: "ready" });
  return user;
}

async function twoUsers(): Promise<[User, User]> {
  await (await create(place)).close();
  return Promise.all([newUser(), newUser()]);
}

test("two processes that first use a scope at once end with the same key", async () => {
  const [first, second] = await twoUsers();
  const scopes = Array.from({ length: 40 }, (_, n) => ({ basis: `bas_${n}`, category: "health" }));
  for (const scope of scopes) {
    const [mine, theirs] = await Promise.all([
      first.ask({ act: "seal", scope, plain }),
      second.ask({ act: "seal", scope, plain }),
    ]);
    expect(await second.ask({ act: "open", scope, sealed: mine.answer })).toEqual({
      answer: plain,
    });
    expect(await first.ask({ act: "open", scope, sealed: theirs.answer })).toEqual({
      answer: plain,
    });
  }
  const index = { act: "index", use: "external-id", value: "somebody" };
  const indexes = await Promise.all([first.ask(index), second.ask(index)]);
  expect(indexes[0]).toEqual(indexes[1]);
});

test("a destruction in one process is seen by the other before its next use", async () => {
  const [first, second] = await twoUsers();
  const { answer: sealed } = await second.ask({ act: "seal", scope: HEALTH, plain });
  const { answer: kept } = await second.ask({ act: "seal", scope: OTHER, plain });
  const opening = { act: "open", scope: HEALTH, sealed };
  expect(await second.ask(opening)).toEqual({ answer: plain });
  expect(await first.ask(opening)).toEqual({ answer: plain });
  await first.ask({ act: "destroy", basis: HEALTH.basis });
  expect(await second.ask(opening)).toEqual({ code: "key-destroyed" });
  expect(await second.ask({ act: "seal", scope: HEALTH, plain })).toEqual({
    code: "key-destroyed",
  });
  expect(await second.ask({ act: "open", scope: OTHER, sealed: kept })).toEqual({ answer: plain });
});

test("two destructions, one in each process, are both seen by both", async () => {
  const [first, second] = await twoUsers();
  const mine = await first.ask({ act: "seal", scope: HEALTH, plain });
  const theirs = await first.ask({ act: "seal", scope: OTHER, plain });
  for (const user of [first, second]) {
    await user.ask({ act: "open", scope: HEALTH, sealed: mine.answer });
    await user.ask({ act: "open", scope: OTHER, sealed: theirs.answer });
  }
  await Promise.all([
    first.ask({ act: "destroy", basis: HEALTH.basis }),
    second.ask({ act: "destroy", basis: OTHER.basis }),
  ]);
  for (const user of [first, second]) {
    const closed = { code: "key-destroyed" };
    expect(await user.ask({ act: "open", scope: HEALTH, sealed: mine.answer })).toEqual(closed);
    expect(await user.ask({ act: "open", scope: OTHER, sealed: theirs.answer })).toEqual(closed);
  }
});

test("two processes that rotate at once close two epochs, and both go on", async () => {
  const [first, second] = await twoUsers();
  const { answer: sealed } = await first.ask({ act: "seal", scope: HEALTH, plain });
  for (let round = 0; round < ROTATION_ROUNDS; round += 1) {
    const closed = 2 * round;
    const epochs = await Promise.all([first.ask({ act: "rotate" }), second.ask({ act: "rotate" })]);
    for (const { answer } of epochs) expect([closed + 2, closed + 3]).toContain(answer);
    for (const user of [first, second]) {
      expect(await user.ask({ act: "epoch" })).toEqual({ answer: closed + 3 });
      expect(await user.ask({ act: "open", scope: HEALTH, sealed })).toEqual({ answer: plain });
    }
    expect(epochKeys(place).map(({ epoch }) => epoch)).toEqual([closed + 3]);
  }
});

test("a process killed while it rotates leaves one whole epoch, and every key opens", async () => {
  const keyring = await create(place);
  const scopes = Array.from({ length: 3_000 }, (_, n) => ({ basis: `bas_${n}`, category: "h" }));
  const sealed = await Promise.all(scopes.map((scope) => keyring.seal(scope, PLAIN, BOUND)));
  await keyring.close();
  let epoch = 1;
  for (const turns of [0, 200, 1_000]) {
    const user = await newUser();
    const rotation = user.ask({ act: "rotate" }).catch(() => undefined);
    // Counted in turns of this loop, the kill meets another instant of the other's work.
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
    user.child.kill("SIGKILL");
    await rotation;
    if (user.child.signalCode === null && user.child.exitCode === null)
      await once(user.child, "exit");
    const again = await open(place);
    const now = await again.epoch();
    expect([epoch, epoch + 1]).toContain(now);
    epoch = now;
    expect(epochKeys(place)).toHaveLength(1);
    for (const [number, scope] of scopes.entries()) {
      expect(await codeOf(again.open(scope, sealed[number] ?? PLAIN, BOUND))).toBe("no error");
    }
    await again.close();
  }
});
