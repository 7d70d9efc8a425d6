import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  OS_AGE_BRACKETS,
  readAppleAgeRange,
  readOsAgeBracket,
  readPlayAgeSignals,
} from "../../../src/adapters/age-signals/index.js";
import { bandOf, type Evidence, yearsBy } from "../../../src/core/age.js";
import type { AgeSignal } from "../../../src/core/age-signal.js";

const AT = "2026-05-01T12:00:00.000Z";
const READERS = [readAppleAgeRange, readPlayAgeSignals, readOsAgeBracket] as const;

function bandSaid(signal: AgeSignal): string {
  const evidence = { ...signal, id: "ev", at: AT, zone: undefined } as Evidence;
  return bandOf(yearsBy(evidence, Date.parse(AT)));
}

const silence = (claim: string) => ({ kind: "age-range", claim, verifiable: false });

describe("Apple's Declared Age Range", () => {
  const sharing = (range: object) => readAppleAgeRange({ response: "sharing", range });

  test("bounds are taken under Apple's names, with the level that the declaration reaches", () => {
    const range = { lowerBound: 13, upperBound: 15, ageRangeDeclaration: "guardianDeclared" };
    expect(sharing(range)).toEqual({
      kind: "age-range",
      source: "store-apple",
      lower: 13,
      upper: 15,
      assurance: "standard",
      verifiable: false,
    });
    expect(sharing({ ...range, ageRangeDeclaration: "selfDeclared" }).assurance).toBe("asserted");
  });

  test("a checked document counts no higher than an unsigned answer can", () => {
    for (const ageRangeDeclaration of ["confirmed", "governmentIDChecked", "paymentChecked"]) {
      expect(sharing({ lowerBound: 18, ageRangeDeclaration }).assurance).toBe("standard");
    }
  });

  test("nil below the first gate is a child, nil above the last is open", () => {
    const said = { ageRangeDeclaration: "selfDeclared" };
    expect(bandSaid(sharing({ ...said, lowerBound: null, upperBound: 12 }))).toBe("child");
    expect(bandSaid(sharing({ ...said, lowerBound: 18, upperBound: null }))).toBe("adult");
  });

  test("who declined, or shared nothing, says nothing, whatever bounds stand beside it", () => {
    const declined = { response: "declinedSharing", lowerBound: 18 };
    expect(readAppleAgeRange(declined)).toMatchObject(silence("declined"));
    expect(readAppleAgeRange("declinedSharing")).toMatchObject(silence("declined"));
    expect(readAppleAgeRange(declined)).not.toHaveProperty("lower");
    expect(sharing({ lowerBound: null, upperBound: null })).toMatchObject(silence("not-shared"));
  });

  test("a wrapper's default of 18 without a declaration is no adult; a child's range counts", () => {
    expect(readAppleAgeRange({ lowerBound: 18, activeParentalControls: [] })).toMatchObject(
      silence("unsupported"),
    );
    expect(bandSaid(readAppleAgeRange({ lowerBound: 13, upperBound: 15 }))).toBe("teen");
    const self = { lowerBound: 18, ageRangeDeclaration: "selfDeclared" };
    expect(bandSaid(readAppleAgeRange(self))).toBe("adult");
  });

  test("a declaration of the future makes nobody an adult, and hides no child", () => {
    const ageRangeDeclaration = "dreamtChecked";
    expect(bandSaid(sharing({ lowerBound: 18, ageRangeDeclaration }))).toBe("unknown");
    expect(bandSaid(sharing({ lowerBound: 18, upperBound: 20, ageRangeDeclaration }))).toBe(
      "unknown",
    );
    expect(bandSaid(sharing({ upperBound: 12, ageRangeDeclaration }))).toBe("child");
    expect(
      readAppleAgeRange({ response: "sharingLater", range: { lowerBound: 18 } }),
    ).toMatchObject(silence("unsupported"));
  });
});

describe("Google Play Age Signals, from 0.0.4", () => {
  const shared = { ageSignalsStatus: "SHARED", ageLower: 18, ageUpper: null };

  test("each tier has its level, and none is above what an unsigned answer can have", () => {
    const levels = ["TIER_A", "TIER_B", "TIER_C", "TIER_D"].map(
      (ageRangeSource) => readPlayAgeSignals({ ...shared, ageRangeSource }).assurance,
    );
    expect(levels).toEqual(["asserted", "standard", "standard", "standard"]);
    expect(bandSaid(readPlayAgeSignals({ ...shared, ageRangeSource: "TIER_D" }))).toBe("adult");
  });

  test("what was not shared says nothing, whatever bounds stand beside it", () => {
    for (const ageSignalsStatus of ["NOT_SHARED", "VERIFICATION_REQUIRED"]) {
      const answer = { ageSignalsStatus, ageRangeSource: "TIER_D", ageLower: 18 };
      expect(readPlayAgeSignals(answer)).toMatchObject(silence("not-shared"));
    }
    expect(readPlayAgeSignals({ ...shared, ageRangeSource: null })).toMatchObject(
      silence("not-shared"),
    );
  });

  test("a status or a tier of the future makes nobody an adult, and hides no child", () => {
    const child = { ageLower: 0, ageUpper: 12 };
    for (const future of [{ ageRangeSource: "TIER_E" }, { ageSignalsStatus: "SHARED_LATER" }]) {
      const answer = { ...shared, ageRangeSource: "TIER_D", ...future };
      expect(bandSaid(readPlayAgeSignals(answer))).toBe("unknown");
      expect(bandSaid(readPlayAgeSignals({ ...answer, ...child }))).toBe("child");
    }
  });

  test("where both field sets are there the new one is read", () => {
    const both = { userStatus: "VERIFIED", ageRangeSource: "TIER_B", ageLower: 13, ageUpper: 15 };
    expect(bandSaid(readPlayAgeSignals(both))).toBe("teen");
  });
});

describe("Google Play Age Signals, to 0.0.3", () => {
  test("a verified user is over 18 by the status alone, by name and by number", () => {
    for (const userStatus of ["VERIFIED", 0]) {
      expect(readPlayAgeSignals({ userStatus, ageLower: null, ageUpper: null })).toMatchObject({
        lower: 18,
        assurance: "standard",
        verifiable: false,
      });
    }
    expect(bandSaid(readPlayAgeSignals({ userStatus: "VERIFIED", ageUpper: 15 }))).toBe("child");
  });

  test("a supervised user has the guardian's range, whatever was approved", () => {
    for (const userStatus of [
      "SUPERVISED",
      "SUPERVISED_APPROVAL_PENDING",
      "SUPERVISED_APPROVAL_DENIED",
      1,
      2,
      3,
    ]) {
      const answer = readPlayAgeSignals({ userStatus, ageLower: 0, ageUpper: 12 });
      expect(answer).toMatchObject({ lower: 0, upper: 12, assurance: "standard" });
    }
    const declared = { userStatus: "DECLARED", ageLower: 16, ageUpper: 17 };
    expect(readPlayAgeSignals(declared)).toMatchObject({ lower: 16, assurance: "asserted" });
  });

  test("unknown, absent and future statuses make nobody an adult", () => {
    for (const userStatus of ["UNKNOWN", 4, null, undefined]) {
      expect(readPlayAgeSignals({ userStatus, ageLower: 18 })).toMatchObject(silence("not-shared"));
    }
    for (const userStatus of ["OVER_AGE", 5, true, {}]) {
      expect(readPlayAgeSignals({ userStatus, ageLower: 18 })).toMatchObject(
        silence("unsupported"),
      );
    }
  });
});

describe("the operating system's bracket", () => {
  test("each of the four has its bounds", () => {
    expect(OS_AGE_BRACKETS.map((bracket) => bandSaid(readOsAgeBracket({ bracket })))).toEqual([
      "child",
      "teen",
      "teen",
      "adult",
    ]);
    expect(readOsAgeBracket({ bracket: "18-and-over" }).assurance).toBe("asserted");
  });

  test("another word says nothing", () => {
    for (const bracket of ["18+", "ADULT", "", 18, null, "__proto__"]) {
      expect(readOsAgeBracket({ bracket })).toMatchObject(silence("unsupported"));
    }
    expect(readOsAgeBracket({ bracket: "declined" })).toMatchObject(silence("declined"));
  });
});

const bound = fc.oneof(
  fc.constantFrom(null, undefined, "18", Number.NaN, -1, 18.5, 1e9, true, {}, []),
  fc.integer({ min: 0, max: 120 }),
);
const word = fc.oneof(
  fc.string(),
  fc.constantFrom("selfDeclared", "SHARED", "TIER_D", "VERIFIED", "sharing", 0, 7, null),
);
const answer = fc.oneof(
  fc.anything(),
  fc.record(
    {
      response: word,
      lowerBound: bound,
      upperBound: bound,
      ageRangeDeclaration: word,
      userStatus: word,
      ageSignalsStatus: word,
      ageRangeSource: word,
      ageLower: bound,
      ageUpper: bound,
      bracket: word,
      range: fc.anything(),
    },
    { requiredKeys: [] },
  ),
);

test("no answer crashes a reader, is proven, or is an adult by bounds that are none", () => {
  fc.assert(
    fc.property(answer, (given) => {
      for (const read of READERS) {
        const signal = read(given);
        expect(signal.verifiable).toBe(false);
        expect(["asserted", "standard"]).toContain(signal.assurance);
        if (signal.claim !== undefined) expect(bandSaid(signal)).toBe("unknown");
        if (bandSaid(signal) !== "adult") continue;
        const { lower = 0 } = signal;
        expect(Number.isInteger(lower) && lower >= 18).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});
