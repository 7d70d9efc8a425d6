import { describe, expect, test } from "vitest";
import { digitalConsentAge } from "../../src/core/regimes/gdpr-art8.js";
import { REGIMES, type RegimeName, regimesFor } from "../../src/core/regimes/index.js";
import type { Regime, RegimeQuestion } from "../../src/core/regimes/regime.js";

const asked: RegimeQuestion = {
  use: "marketing",
  for: undefined,
  discloses: false,
  years: 14,
  audience: "general",
  jurisdiction: "US",
};
const law = (name: RegimeName): Regime => REGIMES[name];
const givers = (name: RegimeName, question: Partial<RegimeQuestion>) =>
  law(name)
    .needs({ ...asked, ...question })
    .map((need) => need.giver);

describe("every regime", () => {
  test.each(Object.entries(REGIMES))(
    "%s is filed under its own name and cites itself",
    (name, r) => {
      expect(r.name).toBe(name);
      for (const years of [undefined, 5, 14, 40]) {
        for (const need of r.needs({ ...asked, years, discloses: true, for: "advertising" })) {
          expect(need.regime).toBe(name);
          expect(need.because.regime).toBe(name);
          expect(need.because.section).not.toBe("");
        }
      }
    },
  );

  test("binds only in the jurisdiction that it governs", () => {
    const names = Object.keys(REGIMES) as RegimeName[];
    const at = (place: string) => regimesFor(names, place).map((r) => r.name);
    expect(at("US-CA")).toEqual(["coppa", "ccpa-minors", "ca-ab1043", "school-authorization"]);
    expect(at("US-NY")).toEqual(["coppa", "ny-cdpa", "school-authorization"]);
    expect(at("FR")).toEqual(["gdpr-art8"]);
    expect(at("GB-SCT")).toEqual(["uk-aadc"]);
    expect(at("IN")).toEqual(["india-dpdp"]);
    expect(at("BR")).toEqual([]);
  });
});

describe("coppa", () => {
  test("asks a parent below thirteen and nobody from thirteen", () => {
    expect(givers("coppa", { years: 12, use: "service" })).toEqual(["parent"]);
    expect(givers("coppa", { years: 13, use: "service" })).toEqual([]);
  });
});

describe("gdpr-art8", () => {
  test.each([
    ["FR", 15],
    ["DE", 16],
    ["NL", 16],
    ["ES", 14],
    ["SE", 13],
    ["DK", 15],
    ["EU", 16],
  ])("%s has the age of %i", (jurisdiction, years) => {
    expect(digitalConsentAge(jurisdiction)).toBe(years);
    expect(givers("gdpr-art8", { jurisdiction, years })).toEqual(["subject"]);
    expect(givers("gdpr-art8", { jurisdiction, years: years - 1 })[0]).toBe("parent");
  });

  test("France asks both below fifteen, Germany the parent alone below sixteen", () => {
    expect(givers("gdpr-art8", { jurisdiction: "FR", years: 14 })).toEqual(["parent", "subject"]);
    expect(givers("gdpr-art8", { jurisdiction: "DE", years: 14 })).toEqual(["parent"]);
  });

  test("an adult is asked for marketing and not for the service", () => {
    expect(givers("gdpr-art8", { jurisdiction: "FR", years: 40 })).toEqual(["subject"]);
    expect(givers("gdpr-art8", { jurisdiction: "FR", years: 8, use: "service" })).toEqual([]);
  });
});

describe("uk-aadc", () => {
  test("asks a parent below thirteen and the person from thirteen, and nobody for security", () => {
    expect(givers("uk-aadc", { years: 12 })).toEqual(["parent"]);
    expect(givers("uk-aadc", { years: 13 })).toEqual(["subject"]);
    expect(givers("uk-aadc", { years: 12, use: "security" })).toEqual([]);
  });
});

describe("ccpa-minors", () => {
  const sale = { discloses: true, for: "consideration", use: "disclosure" } as const;

  test("asks the parent below thirteen, the teen to fifteen, nobody from sixteen", () => {
    expect(givers("ccpa-minors", { ...sale, years: 12 })).toEqual(["parent"]);
    expect(givers("ccpa-minors", { ...sale, years: 15 })).toEqual(["subject"]);
    expect(givers("ccpa-minors", { ...sale, years: 16 })).toEqual([]);
  });

  test("is about selling and sharing, and reaches back", () => {
    expect(givers("ccpa-minors", { ...sale, for: "service", years: 12 })).toEqual([]);
    const [need] = law("ccpa-minors").needs({ ...asked, ...sale, years: 12 });
    expect(need?.reachesBack).toBe(true);
  });
});

describe("ny-cdpa", () => {
  test("asks the teen for research and not for what was asked for", () => {
    expect(givers("ny-cdpa", { years: 15, use: "research" })).toEqual(["subject"]);
    expect(givers("ny-cdpa", { years: 15, use: "service" })).toEqual([]);
  });

  test("leaves children to coppa and adults alone", () => {
    expect(givers("ny-cdpa", { years: 12, use: "research" })).toEqual([]);
    expect(givers("ny-cdpa", { years: 18, use: "research" })).toEqual([]);
  });
});

describe("india-dpdp", () => {
  test("asks a parent below eighteen, for the service too", () => {
    expect(givers("india-dpdp", { years: 17, use: "service" })).toEqual(["parent"]);
    expect(givers("india-dpdp", { years: 18, use: "service" })).toEqual([]);
  });

  test("forbids advertising to a child whatever anybody agrees to, and not to an adult", () => {
    const forbidden = (years: number, use: RegimeQuestion["use"]) =>
      law("india-dpdp").forbids({ ...asked, years, use });
    expect(forbidden(17, "advertising")?.section).toBe("DPDP Act s.9(3)");
    expect(forbidden(17, "marketing")).toBeUndefined();
    expect(forbidden(18, "advertising")).toBeUndefined();
  });
});

describe("the packs that ask for no consent", () => {
  test.each(["us-va-minors", "utah-asaa", "ca-ab1043", "school-authorization"] as const)(
    "%s asks nobody",
    (name) => {
      expect(givers(name, { years: 9, use: "advertising" })).toEqual([]);
    },
  );

  test("only Utah counts the months between routine checks", () => {
    expect(law("utah-asaa").routineRecheck?.months).toBe(12);
    expect(law("ca-ab1043").routineRecheck).toBeUndefined();
  });
});
