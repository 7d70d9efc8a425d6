import { expect, test } from "vitest";
import { isDocumented, letsLive, statusOfMarks, stricter } from "../../src/core/artifact.js";
import type { Mark } from "../../src/core/model.js";
import { RECORD_STATUSES } from "../../src/core/record.js";

const SHOWN = { method: "counts over 50", report: "deid-7", by: "Jiwoo Han" };
const marks = (...states: readonly Mark["state"][]): readonly Mark[] =>
  states.map((state) => ({ state, cause: "order", by: "ord", at: "" }));

test("de-identification is documented by a method, a report and a named human, all three", () => {
  expect(isDocumented(SHOWN)).toBe(true);
  for (const key of ["method", "report", "by"]) {
    expect(isDocumented({ ...SHOWN, [key]: "" }), key).toBe(false);
  }
  expect(isDocumented(null)).toBe(false);
});

test("a documented copy lives only where the order's own text says so", () => {
  const allowed = { data: { destroy: "P60D", deidentified: "allowed" } };
  expect(letsLive(allowed, { deidentified: SHOWN })).toBe(true);
  expect(letsLive(allowed, { deidentified: { ...SHOWN, report: "" } })).toBe(false);
  expect(letsLive(allowed, { deidentified: null })).toBe(false);
  for (const terms of [{}, { data: "keep" }, { data: { destroy: "P60D" } }, { data: null }]) {
    expect(letsLive(terms, { deidentified: SHOWN })).toBe(false);
  }
});

test("the stricter of two statuses is one of them, and nothing is stricter than erased", () => {
  for (const a of RECORD_STATUSES) {
    expect(stricter(a, "erased")).toBe("erased");
    expect(stricter("admitted", a)).toBe(a);
    for (const b of RECORD_STATUSES) expect(stricter(a, b)).toBe(stricter(b, a));
  }
  expect(stricter("restricted", "tainted")).toBe("tainted");
  expect(stricter("held", "restricted")).toBe("restricted");
});

test("a frozen model taints, a suspect one restricts, and neither is lifted by a later clearing", () => {
  expect(statusOfMarks([])).toBe("admitted");
  expect(statusOfMarks(marks("since-withdrawn"))).toBe("admitted");
  expect(statusOfMarks(marks("suspect"))).toBe("restricted");
  expect(statusOfMarks(marks("suspect", "cleared"))).toBe("restricted");
  expect(statusOfMarks(marks("suspect", "frozen"))).toBe("tainted");
  expect(statusOfMarks(marks("destroyed"))).toBe("tainted");
});
