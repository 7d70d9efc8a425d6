import { expect, test } from "vitest";
import {
  type Instruction,
  instructionState,
  isAwaited,
  onwardOf,
  type Reply,
} from "../../src/core/instruction.js";

const SENT: Instruction = {
  ...{ id: "ins_1", purge: "prg_1", cause: "ord_1", kind: "recipient", name: "maple", records: 1 },
  ...{ scope: ["data", "models"], instructedAt: "2026-06-01T00:00:00.000Z", instructBy: "" },
  ...{ chasedAt: [], replies: [] },
};
const reply = (
  outcome: Reply["outcome"],
  covers: Reply["covers"],
  onward: string[] = [],
): Reply => ({
  ...{ at: "2026-06-02T00:00:00.000Z", outcome, covers, onward, forwardBy: "", forwardedAt: "" },
});
const after = (...replies: Reply[]): Instruction => ({ ...SENT, replies });

test("only the whole scope confirms, in one reply or in several", () => {
  expect(instructionState(SENT)).toBe("open");
  expect(instructionState(after(reply("deleted", ["data"])))).toBe("open");
  expect(instructionState(after(reply("deleted", ["data", "models"])))).toBe("confirmed");
  const two = after(reply("deleted", ["models"]), reply("deleted", ["data", "software"]));
  expect(instructionState(two)).toBe("confirmed");
});

test("a refusal or a silence covers nothing, and a later confirmation ends it", () => {
  const refused = reply("refused", ["data", "models"]);
  expect(instructionState(after(refused))).toBe("refused");
  expect(instructionState(after(refused, reply("no-answer", ["data"])))).toBe("no-answer");
  expect(instructionState(after(refused, reply("deleted", ["data"])))).toBe("refused");
  expect(instructionState(after(refused, reply("deleted", ["data", "models"])))).toBe("confirmed");
});

test("a recorded refusal is waited for no more; a key that is not destroyed is", () => {
  const said = [reply("refused", ["data", "models", "software"])];
  expect(isAwaited(SENT)).toBe(true);
  expect(isAwaited({ ...SENT, replies: said })).toBe(false);
  const keeper: Instruction = { ...SENT, kind: "key-escrow", scope: ["keys"] };
  expect(isAwaited({ ...keeper, replies: [reply("refused", ["keys"])] })).toBe(true);
  expect(isAwaited({ ...keeper, replies: [reply("deleted", ["keys"])] })).toBe(false);
});

test("onward names are told once each", () => {
  const replies = [reply("refused", [], ["elm", "oak"]), reply("deleted", ["data"], ["oak"])];
  expect(onwardOf({ replies })).toEqual(["elm", "oak"]);
});
