import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ageAt,
  bandOf,
  EVIDENCE_SOURCES,
  type Evidence,
  faultInEvidence,
  knowledgeAt,
  whatCounts,
  yearsBy,
} from "../../src/core/age.js";
import { ADULT, NOW_MS, range, says } from "./facts-fixture.js";

const at = (text: string): number => Date.parse(text);

test("bands begin at 13 and at 18, and end the day before", () => {
  expect([0, 12, 13, 17, 18, 90].map(bandOf)).toEqual([
    "child",
    "child",
    "teen",
    "teen",
    "adult",
    "adult",
  ]);
});

test("what is no number of years is unknown, never an adult", () => {
  expect([undefined, Number.NaN, -1].map(bandOf)).toEqual(["unknown", "unknown", "unknown"]);
  expect(bandOf(18)).toBe("adult");
});

test("a moment that cannot be read makes the age unknown, and nothing throws", () => {
  expect(ageAt([ADULT, range(18)], Number.NaN)).toBeUndefined();
  expect(ageAt([ADULT, range(18)], NOW_MS)).toBe(18);
  expect(knowledgeAt([range(9)], Number.NaN)).toBe("none");
});

test("a range whose lower end is no whole number says nothing, before or after what does", () => {
  const broken = range(Number.NaN, { source: "os" });
  expect(ageAt([broken], NOW_MS)).toBeUndefined();
  expect(ageAt([broken, range(9)], NOW_MS)).toBe(9);
  expect(ageAt([range(9), broken], NOW_MS)).toBe(9);
});

test("the lowest of what each source says counts, whatever the order", () => {
  const lower = range(9, { source: "os" });
  expect(ageAt([ADULT, lower], NOW_MS)).toBe(9);
  expect(ageAt([lower, ADULT], NOW_MS)).toBe(9);
  expect(ageAt([ADULT], NOW_MS)).toBe(35);
});

test("a newer signal replaces the older one of its own source and of no other", () => {
  expect(ageAt([range(9), range(16)], NOW_MS)).toBe(16);
  expect(ageAt([range(9, { source: "os" }), range(16)], NOW_MS)).toBe(9);
});

test("the subject's own answers only ever lower", () => {
  for (const source of ["sign-up-screen", "profile"] as const) {
    const child = says("2016-01-01", { source });
    const adult = says("1990-01-01", { source });
    expect(bandOf(ageAt([child, adult], NOW_MS))).toBe("child");
    expect(bandOf(ageAt([adult, child], NOW_MS))).toBe("child");
    expect(bandOf(ageAt([range(9), adult], NOW_MS))).toBe("child");
    expect(bandOf(ageAt([adult], NOW_MS))).toBe("adult");
  }
});

test("a confirmed signal sets aside what came before it, and what comes later counts again", () => {
  const child = says("2016-01-01", { source: "sign-up-screen" });
  const confirmed = says("1990-01-01", { confirmed: true });
  expect(bandOf(ageAt([child, range(5), confirmed], NOW_MS))).toBe("adult");
  expect(bandOf(ageAt([child, says("1990-01-01")], NOW_MS))).toBe("child");
  expect(bandOf(ageAt([confirmed, range(5)], NOW_MS))).toBe("child");
  expect(bandOf(ageAt([confirmed, child], NOW_MS))).toBe("child");
});

test("an own answer cannot be confirmed, and what says nothing sets nothing aside", () => {
  const child = range(9, { source: "os" });
  const own = says("1990-01-01", { source: "profile", confirmed: true });
  expect(bandOf(ageAt([child, own], NOW_MS))).toBe("child");
  const silent = range(18, { claim: "declined", confirmed: true });
  expect(bandOf(ageAt([child, silent], NOW_MS))).toBe("child");
  expect(bandOf(ageAt([child, range(18, { confirmed: true })], NOW_MS))).toBe("adult");
});

test("a claim, a statement and a proof that failed say nothing", () => {
  const credential = { kind: "credential", source: "eu-av", value: true } as const;
  const silent: Evidence[] = [
    range(18, { claim: "not-shared" }),
    range(undefined, { claim: "declined" }),
    says("1990-01-01", { kind: "statement", claim: "adult-or-has-permission" }),
    range(undefined, { ...credential, claim: "age-over-18", value: false }),
    range(undefined, { ...credential, claim: "declined" }),
    range(undefined, credential),
  ];
  for (const one of silent) {
    expect(yearsBy(one, NOW_MS)).toBeUndefined();
    expect(whatCounts([one])).toEqual([]);
  }
  expect(yearsBy(range(undefined, { ...credential, claim: "age-over-18" }), NOW_MS)).toBe(18);
});

test("a claim leaves the older signal of its source in force", () => {
  expect(ageAt([range(9), range(undefined, { claim: "declined" })], NOW_MS)).toBe(9);
  expect(ageAt([range(9), range(undefined)], NOW_MS)).toBe(0);
});

test("a birthday comes with local midnight in the zone that the evidence carries", () => {
  const born = (zone: string | undefined) => says("2013-05-01", { zone });
  expect(yearsBy(born("America/New_York"), at("2026-05-01T03:59:59.999Z"))).toBe(12);
  expect(yearsBy(born("America/New_York"), at("2026-05-01T04:00:00Z"))).toBe(13);
  expect(yearsBy(born("Asia/Kathmandu"), at("2026-04-30T18:14:59.999Z"))).toBe(12);
  expect(yearsBy(born("Asia/Kathmandu"), at("2026-04-30T18:15:00Z"))).toBe(13);
});

test("where the zone is unknown the last zone on Earth decides", () => {
  const born = says("2013-05-01", { zone: undefined });
  expect(yearsBy(born, at("2026-05-01T11:59:59.999Z"))).toBe(12);
  expect(yearsBy(born, at("2026-05-01T12:00:00Z"))).toBe(13);
});

test("a day that a calendar skipped or began late still brings the birthday", () => {
  const apia = says("1998-12-30", { zone: "Pacific/Apia" });
  expect(yearsBy(apia, at("2011-12-30T09:59:59.999Z"))).toBe(12);
  expect(yearsBy(apia, at("2011-12-30T10:00:00Z"))).toBe(13);
  const paulo = says("2004-11-04", { zone: "America/Sao_Paulo" });
  expect(yearsBy(paulo, at("2017-11-04T01:59:59.999Z"))).toBe(12);
  expect(yearsBy(paulo, at("2017-11-04T02:00:00Z"))).toBe(13);
});

test("a clock that goes back over midnight takes no birthday back", () => {
  const born = says("1997-11-07", { zone: "America/St_Johns" });
  const age = (text: string) => ageAt([born], at(text));
  expect(age("2010-11-07T02:29:59Z")).toBe(12);
  expect(age("2010-11-07T02:30:00Z")).toBe(13);
  // One minute into the day it is 23:01 on the day before once more.
  expect(age("2010-11-07T02:31:00Z")).toBe(13);
  const later = says("1997-11-08", { zone: "America/St_Johns" });
  expect(ageAt([later], at("2010-11-08T03:29:59Z"))).toBe(12);
  expect(ageAt([later], at("2010-11-08T03:30:00Z"))).toBe(13);
});

test("on the last day of the calendar there is an age, although no day comes after it", () => {
  const born = says("9986-12-31", { zone: "UTC" });
  expect(ageAt([born], at("9999-12-30T23:59:59Z"))).toBe(12);
  expect(ageAt([born], at("9999-12-31T12:00:00Z"))).toBe(13);
});

test("born on 29 February: 1 March in other years, the day itself in leap years", () => {
  const born = says("2012-02-29", { zone: "UTC" });
  expect(yearsBy(born, at("2025-02-28T23:59:59Z"))).toBe(12);
  expect(yearsBy(born, at("2025-03-01T00:00:00Z"))).toBe(13);
  expect(yearsBy(born, at("2028-02-29T00:00:00Z"))).toBe(16);
});

test("a year of birth counts from its last day, a month likewise", () => {
  const year = says("2012", { kind: "birth-year", zone: "UTC" });
  expect(yearsBy(year, at("2025-12-30T23:59:59Z"))).toBe(12);
  expect(yearsBy(year, at("2025-12-31T00:00:00Z"))).toBe(13);
  const month = says("2012-02", { kind: "birth-month", zone: "UTC" });
  expect(yearsBy(month, at("2025-02-28T23:59:59Z"))).toBe(12);
  expect(yearsBy(month, at("2025-03-01T00:00:00Z"))).toBe(13);
  const april = says("2012-04", { kind: "birth-month", zone: "UTC" });
  expect(yearsBy(april, at("2025-04-29T12:00:00Z"))).toBe(12);
  expect(yearsBy(april, at("2025-04-30T00:00:00Z"))).toBe(13);
});

test("a range counts at its lower end, at 0 without one, and never grows", () => {
  expect(yearsBy(range(12, { upper: 17 }), at("2040-01-01T00:00:00Z"))).toBe(12);
  expect(yearsBy(range(undefined, { upper: 17 }), NOW_MS)).toBe(0);
  expect(yearsBy(range(9, { kind: "report", source: "parent" }), NOW_MS)).toBe(9);
});

test("for an earlier day the whole years between are taken off, and never below 0", () => {
  const one = range(13, { at: "2026-04-01T12:00:00.000Z", zone: "UTC" });
  expect(yearsBy(one, at("2026-04-01T00:00:00Z"))).toBe(13);
  expect(yearsBy(one, at("2025-04-02T00:00:00Z"))).toBe(13);
  expect(yearsBy(one, at("2025-04-01T12:00:00Z"))).toBe(12);
  expect(yearsBy(one, at("2000-04-01T12:00:00Z"))).toBe(0);
  const proof = range(undefined, { kind: "credential", value: true, claim: "age-over-18" });
  expect(yearsBy(proof, at("2020-04-01T00:00:00Z"))).toBe(12);
});

test("somebody not yet born on the day is 0, not an adult and not unknown", () => {
  expect(yearsBy(says("2020-01-01"), at("2015-01-01T00:00:00Z"))).toBe(0);
});

test("knowledge is actual once anything held and not set aside says under 13", () => {
  expect(knowledgeAt([says("1990-01-01"), range(9)], NOW_MS)).toBe("actual");
  expect(knowledgeAt([range(9), range(16)], NOW_MS)).toBe("actual");
  expect(knowledgeAt([range(9), says("2000-01-01", { confirmed: true })], NOW_MS)).toBe("none");
  expect(knowledgeAt([range(13)], NOW_MS)).toBe("none");
  expect(knowledgeAt([range(9, { claim: "declined" })], NOW_MS)).toBe("none");
  expect(knowledgeAt([], NOW_MS)).toBe("none");
});

test("a birth date that does not exist or lies ahead is named by its path", () => {
  for (const value of ["1990-02-30", "2031-01-01", "90-1-1", ""]) {
    expect(faultInEvidence(says(value), NOW_MS)).toBe("value");
  }
  expect(faultInEvidence(says("1990-02-28"), NOW_MS)).toBeUndefined();
  expect(faultInEvidence(says("2027", { kind: "birth-year" }), NOW_MS)).toBe("value");
  expect(faultInEvidence(says("2026", { kind: "birth-year" }), NOW_MS)).toBeUndefined();
  expect(faultInEvidence(says("2026-06", { kind: "birth-month" }), NOW_MS)).toBe("value");
  expect(faultInEvidence(says("2026-05", { kind: "birth-month" }), NOW_MS)).toBeUndefined();
  expect(faultInEvidence(says("2026-13", { kind: "birth-month" }), NOW_MS)).toBe("value");
});

test("tomorrow is told by the person's own calendar, or without a zone by the first", () => {
  expect(faultInEvidence(says("2026-05-02"), NOW_MS)).toBe("value");
  expect(faultInEvidence(says("2026-05-01"), NOW_MS)).toBeUndefined();
  expect(faultInEvidence(says("2026-05-02", { zone: undefined }), NOW_MS)).toBeUndefined();
  expect(faultInEvidence(says("2026-05-03", { zone: undefined }), NOW_MS)).toBe("value");
});

test("bounds that cross, or are no ages, are named by their path", () => {
  expect(faultInEvidence(range(13, { upper: 12 }), NOW_MS)).toBe("lower");
  expect(faultInEvidence(range(13, { upper: 13 }), NOW_MS)).toBeUndefined();
  for (const bound of [Number.NaN, -1, 12.5, 151, Number.POSITIVE_INFINITY]) {
    expect(faultInEvidence(range(bound), NOW_MS)).toBe("lower");
    expect(faultInEvidence(range(undefined, { upper: bound }), NOW_MS)).toBe("upper");
  }
});

const ORDER = ["child", "teen", "adult"];
const day = fc.integer({ min: 0, max: 15_000 }).map((days) => {
  const born = new Date(Date.UTC(1985, 0, 1) + days * 86_400_000);
  return born.toISOString().slice(0, 10);
});
const someEvidence: fc.Arbitrary<Evidence> = fc
  .record({
    source: fc.constantFrom(...EVIDENCE_SOURCES),
    zone: fc.constantFrom(undefined, "UTC", "Asia/Tokyo"),
    confirmed: fc.boolean(),
    said: fc.oneof(
      day.map((value) => ({ kind: "birth-date" as const, value })),
      fc.nat(80).map((lower) => ({ kind: "age-range" as const, lower })),
      fc.constant({ kind: "age-range" as const, lower: 18, claim: "declined" }),
      fc.constant({ kind: "statement" as const, claim: "adult-or-has-permission" }),
    ),
  })
  .map(({ said, ...rest }) => ({ id: "ev", at: "2026-04-01T12:00:00.000Z", ...rest, ...said }));

test("over any evidence a statement changes nothing and no own answer raises the band", () => {
  fc.assert(
    fc.property(
      fc.array(someEvidence, { maxLength: 6 }),
      fc.nat(6),
      fc.constantFrom("sign-up-screen" as const, "profile" as const),
      someEvidence,
      (before, place, source, more) => {
        const band = bandOf(ageAt(before, NOW_MS));
        const statement: Evidence = { ...more, kind: "statement", claim: "adult" };
        const with_ = [...before.slice(0, place), statement, ...before.slice(place)];
        expect(bandOf(ageAt(with_, NOW_MS))).toBe(band);
        const answered = bandOf(ageAt([...before, { ...more, source }], NOW_MS));
        if (band === "unknown") return;
        expect(ORDER.indexOf(answered)).toBeLessThanOrEqual(ORDER.indexOf(band));
        expect(answered).not.toBe("unknown");
      },
    ),
    { numRuns: 300 },
  );
});
