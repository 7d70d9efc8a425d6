import { expect, test } from "vitest";
import { newestNotice, noticeCovers, type Reach } from "../../src/core/notice.js";
import { notice } from "./facts-fixture.js";

const REACH: Reach = {
  purpose: "adverts",
  use: "disclosure",
  categories: ["health"],
  recipients: [{ name: "adnet", category: "advertisers" }],
};

test("a notice covers what it names: purpose, use, every category and every recipient", () => {
  expect(noticeCovers(notice(), REACH)).toBe(true);
  expect(noticeCovers(notice(), { ...REACH, purpose: "offers" })).toBe(false);
  expect(noticeCovers(notice(), { ...REACH, use: "service" })).toBe(false);
  expect(noticeCovers(notice(), { ...REACH, categories: ["health", "audio"] })).toBe(false);
  expect(noticeCovers(notice(), { ...REACH, recipients: [{ name: "bolt" }] })).toBe(false);
  const two = [...REACH.recipients, { name: "bolt" }];
  expect(noticeCovers(notice(), { ...REACH, recipients: two })).toBe(false);
});

test("a recipient may be named by its category, and only by its own", () => {
  const byClass = notice({ recipients: ["advertisers"] });
  expect(noticeCovers(byClass, REACH)).toBe(true);
  const other = { ...REACH, recipients: [{ name: "adnet", category: "laboratories" }] };
  expect(noticeCovers(byClass, other)).toBe(false);
  expect(noticeCovers(byClass, { ...REACH, recipients: [{ name: "adnet" }] })).toBe(false);
});

test("a use noted for a purpose that is not covered covers nothing", () => {
  expect(noticeCovers(notice({ covers: ["coaching"] }), REACH)).toBe(false);
});

test("the newest notice is the last published, wherever it lies in the list", () => {
  const older = notice({ id: "v1", order: 1 });
  const newer = notice({ id: "v2", order: 2 });
  expect(newestNotice([newer, older])?.id).toBe("v2");
  expect(newestNotice([older, newer])?.id).toBe("v2");
  expect(newestNotice([])).toBeUndefined();
});
