import { expect, test } from "vitest";
import { exitCodeOf } from "../../src/cli/exit-code.js";
import { asCustodyError, pairs, table } from "../../src/cli/output.js";
import { PROGRESS_AFTER_MS, PROGRESS_EVERY_MS, progressLine } from "../../src/cli/progress.js";
import {
  CustodyError,
  type ErrorCode,
  FAULT_CODES,
  type FaultCode,
  REFUSAL_CODES,
} from "../../src/errors.js";

const code = (of: ErrorCode) => exitCodeOf(new CustodyError(of));

test("a refusal of a rule is a finding; what is not known could not be looked at", () => {
  for (const refusal of REFUSAL_CODES) expect(code(refusal), refusal).toBe(1);
  expect(exitCodeOf(new Error("x"))).toBe(3);
  expect(exitCodeOf(undefined)).toBe(3);
});

test("no fault ever ends with 0, and faults of store, keys and files end with 3", () => {
  for (const fault of FAULT_CODES) expect([1, 2, 3], fault).toContain(code(fault));
  const unseen: readonly FaultCode[] = [
    "store-missing",
    "store-foreign",
    "store-damaged",
    "store-busy",
    "keyring-missing",
    "keyring-foreign",
    "keyring-permissions",
    "epoch-closed",
    "signer-missing",
    "config-invalid",
    "file-unreadable",
    "migration-drift",
    "unexpected",
  ];
  for (const fault of unseen) expect(code(fault), fault).toBe(3);
  for (const fault of ["certificate-invalid", "ledger-broken"] as const)
    expect(code(fault)).toBe(1);
  for (const fault of ["id-invalid", "not-found", "option-unknown"] as const) {
    expect(code(fault)).toBe(2);
  }
});

test("a foreign error keeps its class and the system's code, never its message", () => {
  const foreign = Object.assign(new TypeError("planted secret"), { code: "EACCES" });
  const known = asCustodyError(foreign);
  expect(known.code).toBe("unexpected");
  expect(known.message).toContain("TypeError EACCES");
  expect(JSON.stringify(known)).not.toContain("planted");
  const own = new CustodyError("store-closed");
  expect(asCustodyError(own)).toBe(own);
});

test("a table has columns as wide as their widest cell, and says when it is empty", () => {
  expect(
    table(
      ["a", "b"],
      [
        ["1", "2"],
        ["333", ""],
      ],
    ),
  ).toBe("a    b\n1    2\n333");
  expect(table(["a", "b"], [])).toBe("(none)");
  expect(
    pairs([
      ["a", "1"],
      ["bb", ""],
    ]),
  ).toBe("a   1\nbb");
});

function watched(errIsTty: boolean, wanted: boolean) {
  let nowMs = 0;
  const lines: string[] = [];
  const line = progressLine(
    {
      out: () => {},
      err: (text) => lines.push(text),
      errIsTty,
      folder: "/",
      now: () => nowMs,
      random: () => new Uint8Array(),
    },
    wanted,
  );
  const tell = (atMs: number) => {
    nowMs = atMs;
    line.tell({ step: "purge:step-erased", id: "x", done: 1, of: 2 });
  };
  return { lines, line, tell };
}

test("progress is told after a second, and not oftener than it can be read", () => {
  const { lines, line, tell } = watched(false, true);
  tell(PROGRESS_AFTER_MS - 1);
  expect(lines).toEqual([]);
  tell(PROGRESS_AFTER_MS);
  expect(lines).toEqual(["purge:step-erased 1/2 x\n"]);
  tell(PROGRESS_AFTER_MS + PROGRESS_EVERY_MS - 1);
  expect(lines).toHaveLength(1);
  tell(PROGRESS_AFTER_MS + PROGRESS_EVERY_MS);
  expect(lines).toHaveLength(2);
  line.end();
  expect(lines).toHaveLength(2);
});

test("progress is drawn over itself on a terminal and taken off at the end", () => {
  const { lines, line, tell } = watched(true, false);
  tell(PROGRESS_AFTER_MS);
  expect(lines).toEqual(["\r\u001b[Kpurge:step-erased 1/2 x"]);
  line.end();
  expect(lines.at(-1)).toBe("\r\u001b[K");
});

test("nobody watches and nobody asked: nothing is told", () => {
  const { lines, line, tell } = watched(false, false);
  tell(PROGRESS_AFTER_MS * 10);
  line.end();
  expect(lines).toEqual([]);
});
