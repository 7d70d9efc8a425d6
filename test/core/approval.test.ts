import { expect, test } from "vitest";
import { type Approval, approvers } from "../../src/core/purge.js";

const NOW = "2026-06-02T00:00:00.000Z";
const given = (by: string, more: Partial<Approval> = {}): Approval => ({
  ...{ by, title: "Counsel", at: "2026-06-01T00:00:00.000Z", plan: "aa" },
  ...more,
});
const names = (...approvals: Approval[]) =>
  approvers({ approvals, planHash: "aa" }, NOW).map(({ by }) => by);

test("an approval counts once for each person, for this plan, until it expires", () => {
  expect(names(given("Ada"), given("Ben"))).toEqual(["Ada", "Ben"]);
  expect(names(given("Ada"), given("Ada"))).toEqual(["Ada"]);
  expect(names(given("Ada"), given("Ada", { title: "CEO" }))).toEqual(["Ada", "Ada"]);
  expect(names(given("Ada", { plan: "bb" }), given("Ben"))).toEqual(["Ben"]);
  expect(names(given("Ada", { expiresAt: NOW }))).toEqual([]);
  expect(names(given("Ada", { expiresAt: "2026-06-02T00:00:00.001Z" }))).toEqual(["Ada"]);
  expect(names(given("Ada", { expiresAt: NOW }), given("Ada"))).toEqual(["Ada"]);
});
