import { expect, test } from "vitest";
import { dutiesOf } from "../../src/core/order-duties.js";
import { selects } from "../../src/core/order-select.js";
import { type OrderSelect, readOrder } from "../../src/core/order-text.js";
import { isCustodyError } from "../../src/errors.js";
import type { SubjectId } from "../../src/lib/id.js";
import { basis, record } from "./facts-fixture.js";

const TEXT = {
  title: "Kurbo",
  citation: "United States v. Kurbo",
  opened: "2022-03-03",
  select: { "band-at-collection": "child", basis: "none" },
  remedy: {
    data: { destroy: "P30D" },
    models: { relation: "in-whole-or-in-part", destroy: "P90D" },
    attest: { due: "P90D", form: "28-usc-1746", counts: true },
    freeze: "immediately",
  },
};

const fault = (given: unknown): string => {
  try {
    readOrder(given);
    return "none";
  } catch (error) {
    if (!isCustodyError(error)) throw error;
    return `${error.code} ${error.details.path}`;
  }
};
const dues = (remedy: unknown, opened = "2022-03-03") =>
  dutiesOf(readOrder({ ...TEXT, opened, remedy }));

test("days are calendar days from the day the order was opened", () => {
  expect(dutiesOf(readOrder(TEXT))).toEqual({
    data: "2022-04-02",
    models: "2022-06-01",
    attest: "2022-06-01",
  });
});

test("a month later is the same day, or the last of a shorter month", () => {
  expect(dues({ data: { destroy: "P1M" } }, "2023-01-31")).toEqual({ data: "2023-02-28" });
  expect(dues({ data: { destroy: "P1M" } }, "2024-01-31")).toEqual({ data: "2024-02-29" });
  expect(dues({ data: { destroy: "P0D" } }, "2024-02-29")).toEqual({ data: "2024-02-29" });
  expect(dues({ data: { destroy: "P1Y" } }, "2024-02-29")).toEqual({ data: "2025-02-28" });
});

test("what is kept or left out has no day", () => {
  expect(dues({ data: "keep", models: "keep" })).toEqual({});
  expect(dues({})).toEqual({});
  expect(dues({ models: "keep", data: { destroy: "P1D" } })).toEqual({ data: "2022-03-04" });
});

test("an order is read strictly, and a fault is named by its path without the words", () => {
  expect(fault(TEXT)).toBe("none");
  expect(fault({ ...TEXT, opened: "2022-02-30" })).toBe("order-invalid opened");
  expect(fault({ ...TEXT, opened: "2022-3-3" })).toBe("order-invalid opened");
  expect(fault({ ...TEXT, sealed: true })).toBe("order-invalid sealed");
  expect(fault({ ...TEXT, select: { band: "child" } })).toBe("order-invalid select.band");
  expect(fault({ ...TEXT, select: {} })).toBe("order-invalid select");
  expect(fault({ ...TEXT, select: { basis: [] } })).toContain("order-invalid select.basis");
  expect(fault({ ...TEXT, select: { basis: "email" } })).toContain("order-invalid select.basis");
  expect(fault({ ...TEXT, select: { collected: { from: "May" } } })).toContain(
    "order-invalid select.collected",
  );
  expect(fault({ ...TEXT, remedy: { freeze: "soon" } })).toBe("order-invalid remedy.freeze");
  expect(fault({ ...TEXT, remedy: { data: { destroy: "30 days" } } })).toContain(
    "order-invalid remedy.data",
  );
  expect(fault(undefined)).toBe("order-invalid order");
});

const RECORD = record({ source: "app", collected: "2026-05-01T23:59:59.999Z" });
const BASIS = basis({ verifier: "acme" });
const FACTS = {
  band: "child",
  consentState: "given",
  categories: ["health", "screen-name"],
} as const;
const within = (select: OrderSelect) => selects(select, RECORD, BASIS, FACTS);

test.each([
  ["subject", "sub", "other"],
  ["consent", "c1", "c2"],
  ["notice", "v1", "v2"],
  ["method", "signed-form", "email-plus"],
  ["provider", "acme", "bolt"],
  ["source", "app", "import"],
  ["collection", "profile", "ages"],
  ["category", "health", "audio"],
  ["category", "screen-name", "audio"],
  ["purpose", "coaching", "training"],
  ["basis", "consent", "none"],
  ["band-at-collection", "child", "teen"],
  ["consent-state", "given", "withdrawn"],
] as const)("the key %s selects %s and not %s, alone and in a list", (key, yes, no) => {
  expect(within({ [key]: yes })).toBe(true);
  expect(within({ [key]: no })).toBe(false);
  expect(within({ [key]: [no, yes] })).toBe(true);
  expect(within({ [key]: [no] })).toBe(false);
});

test("the days of collection count at both ends, in UTC", () => {
  expect(within({ collected: { from: "2026-05-01", to: "2026-05-01" } })).toBe(true);
  expect(within({ collected: { from: "2026-05-01" } })).toBe(true);
  expect(within({ collected: { from: "2026-05-02" } })).toBe(false);
  expect(within({ collected: { to: "2026-04-30" } })).toBe(false);
  expect(within({ collected: {} })).toBe(true);
});

test("every key given must match, and no key at all selects everything", () => {
  expect(within({ basis: "consent", method: "signed-form" })).toBe(true);
  expect(within({ basis: "consent", method: "email-plus" })).toBe(false);
  expect(within({})).toBe(true);
});

test("a record without a consent is not selected by any consent's name or state", () => {
  const bare = basis({ kind: "none", consent: "", method: "", verifier: "" });
  const none = { ...FACTS, consentState: "" } as const;
  expect(selects({ "consent-state": ["given", "withdrawn"] }, RECORD, bare, none)).toBe(false);
  expect(selects({ consent: "c1" }, RECORD, bare, none)).toBe(false);
  expect(selects({ basis: "none" }, { ...RECORD, subject: "s" as SubjectId }, bare, none)).toBe(
    true,
  );
});

test("a consent that was cited is a basis, also where no regime had asked for one", () => {
  const cited = basis({ kind: "none", consent: "c1", method: "", verifier: "" });
  const bare = basis({ kind: "none", consent: "", method: "", verifier: "" });
  expect(selects({ basis: "none" }, RECORD, cited, FACTS)).toBe(false);
  expect(selects({ basis: "consent" }, RECORD, cited, FACTS)).toBe(true);
  expect(selects({ basis: "none" }, RECORD, bare, FACTS)).toBe(true);
  expect(selects({ basis: "consent" }, RECORD, bare, FACTS)).toBe(false);
});
