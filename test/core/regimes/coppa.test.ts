import { expect, test } from "vitest";
import { coppa } from "../../../src/core/regimes/coppa.js";
import { isRegimeName, regimesFor } from "../../../src/core/regimes/index.js";
import { isJurisdiction, type RegimeQuestion } from "../../../src/core/regimes/regime.js";
import { AUDIENCES, USES } from "../../../src/core/vocabulary.js";

const asked = (more: Partial<RegimeQuestion>) =>
  coppa
    .needs({
      use: "service",
      for: undefined,
      discloses: false,
      years: 9,
      audience: "mixed",
      jurisdiction: "US",
      ...more,
    })
    .map((need) => need.giver);

test("a parent must agree under 13, for every purpose, and nobody from 13", () => {
  for (const use of USES) {
    expect(asked({ use, years: 12 }), use).toEqual(["parent"]);
    expect(asked({ use, years: 0 }), use).toEqual(["parent"]);
    expect(asked({ use, years: 13 }), use).toEqual([]);
  }
});

test("where children are the audience everybody needs a parent, of whatever age", () => {
  for (const years of [undefined, 9, 13, 40]) {
    expect(asked({ years, audience: "child-directed" })).toEqual(["parent"]);
  }
  for (const audience of AUDIENCES.filter((a) => a !== "child-directed")) {
    expect(asked({ years: 40, audience })).toEqual([]);
  }
});

test("the yes of a parent never reaches back, and no purpose is forbidden outright", () => {
  const question = {
    use: "advertising",
    for: "advertising",
    discloses: true,
    years: 9,
    audience: "mixed",
    jurisdiction: "US",
  } as const;
  expect(coppa.needs(question).every((need) => !need.reachesBack)).toBe(true);
  expect(coppa.forbids(question)).toBeUndefined();
  expect(coppa.needs(question)[0]?.because).toEqual({
    regime: "coppa",
    section: "16 CFR 312.5(a)(1)",
    firmness: "rule",
  });
});

test("the law governs the United States and its parts, and not whatever begins alike", () => {
  for (const place of ["US", "US-CA", "US-NY"]) expect(coppa.governs(place)).toBe(true);
  for (const place of ["FR", "GB", "USX", "UM"]) expect(coppa.governs(place)).toBe(false);
});

test("a place that cannot be read is bound by every law the policy names", () => {
  expect(regimesFor(["coppa"], "US-CA")).toEqual([coppa]);
  expect(regimesFor(["coppa"], "FR")).toEqual([]);
  for (const place of ["us", "USA", "", "United States"]) {
    expect(isJurisdiction(place)).toBe(false);
    expect(regimesFor(["coppa"], place)).toEqual([coppa]);
    expect(regimesFor([], place)).toEqual([]);
  }
});

test("only the laws that are known have a name", () => {
  expect(isRegimeName("coppa")).toBe(true);
  for (const name of ["copa", "constructor", "", undefined, 1]) {
    expect(isRegimeName(name)).toBe(false);
  }
});
