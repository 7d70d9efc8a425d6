import { expect, test } from "vitest";
import { EXCEPTION_RULES, faultOfException } from "../../src/core/exception.js";
import { EXCEPTIONS, type Exception } from "../../src/core/record.js";
import { type Category, USES, type Use } from "../../src/core/vocabulary.js";
import { parseDuration } from "../../src/lib/duration.js";
import { NOW_MS, range, says } from "./facts-fixture.js";

type Question = Parameters<typeof faultOfException>[1];
const GROWN = says("2010-01-01", { source: "sign-up-screen" });

function ask(
  exception: Exception,
  more: Partial<Omit<Question, "kept">> & {
    readonly use?: Use;
    readonly retain?: string;
    readonly from?: "collection" | "last-use";
    readonly discloses?: boolean;
  } = {},
) {
  const rule = EXCEPTION_RULES[exception];
  const { use = rule.uses[0] ?? "service", retain = "PT1M", ...others } = more;
  const { from = "collection", discloses = false, ...rest } = others;
  const duration = parseDuration(retain);
  if (duration === undefined) throw new Error("fixture");
  return faultOfException(exception, {
    purpose: {
      name: "p",
      use,
      recipients: [],
      discloses,
      separate: false,
      for: undefined,
      ended: false,
    },
    kept: { retain: duration, from },
    categories: rule.categories,
    held: [],
    evidence: [GROWN],
    atMs: NOW_MS,
    ...rest,
  });
}

const USES_OF: Record<Exception, readonly Use[]> = {
  c1: ["consent-seeking"],
  c2: ["service"],
  c3: ["service"],
  c4: ["service"],
  c5: ["security"],
  c6: ["security", "legal"],
  c7: ["internal-operations"],
  c8: ["internal-operations"],
  c9: ["service"],
};
const FIELDS_OF: Record<Exception, readonly Category[]> = {
  c1: ["name", "online-contact"],
  c2: ["online-contact"],
  c3: ["online-contact"],
  c4: ["online-contact"],
  c5: ["name", "online-contact"],
  c6: ["name", "online-contact"],
  c7: ["persistent-id"],
  c8: ["persistent-id"],
  c9: ["audio"],
};

test.each(EXCEPTIONS)("%s fits its own kind of purpose and no other", (exception) => {
  for (const use of USES) {
    const fits = USES_OF[exception].includes(use);
    expect(ask(exception, { use }), use).toBe(fits ? undefined : "exception-not-allowed");
  }
});

test.each(EXCEPTIONS)("%s lets in its own fields and nothing beside them", (exception) => {
  const every: readonly Category[] = [
    "name",
    "online-contact",
    "persistent-id",
    "audio",
    "health",
    "not-personal",
  ];
  for (const category of every) {
    const fits = FIELDS_OF[exception].includes(category);
    const fault = ask(exception, { categories: [category] });
    expect(fault, category).toBe(fits ? undefined : "exception-not-allowed");
  }
  const beside = [...FIELDS_OF[exception], "health" as const];
  expect(ask(exception, { categories: beside })).toBe("exception-not-allowed");
});

test("a single reply is kept a day at most, a spoken request a minute", () => {
  expect(ask("c3", { retain: "P1D" })).toBeUndefined();
  expect(ask("c3", { retain: "PT24H" })).toBeUndefined();
  expect(ask("c3", { retain: "P1DT1S" })).toBe("exception-not-allowed");
  expect(ask("c3", { retain: "P1M" })).toBe("exception-not-allowed");
  expect(ask("c9", { retain: "PT1M" })).toBeUndefined();
  expect(ask("c9", { retain: "PT61S" })).toBe("exception-not-allowed");
  expect(ask("c9", { retain: "P1Y" })).toBe("exception-not-allowed");
  expect(ask("c4", { retain: "P1Y" })).toBeUndefined();
});

test("a bound on keeping is none where the next entry moves it", () => {
  for (const exception of ["c3", "c9"] as const) {
    expect(ask(exception, { from: "last-use" })).toBe("exception-not-allowed");
  }
  expect(ask("c4", { from: "last-use" })).toBeUndefined();
});

test.each(EXCEPTIONS)("%s lets nothing reach a third party but for safety and the law", (one) => {
  const told = one === "c5" || one === "c6";
  expect(ask(one, { discloses: true })).toBe(told ? undefined : "exception-not-allowed");
});

test("c8 is only for one who said 13 or over at sign-up", () => {
  expect(ask("c8", { evidence: [GROWN] })).toBeUndefined();
  expect(ask("c8", { evidence: [] })).toBe("exception-not-allowed");
  expect(ask("c8", { evidence: [says("2010-01-01")] })).toBe("exception-not-allowed");
  const child = says("2016-01-01", { source: "sign-up-screen" });
  expect(ask("c8", { evidence: [child, GROWN] })).toBe("exception-not-allowed");
  const said = says("x", { kind: "statement", source: "sign-up-screen", claim: "adult" });
  expect(ask("c8", { evidence: [said] })).toBe("exception-not-allowed");
  const broken = range(Number.NaN, { source: "sign-up-screen" });
  expect(ask("c8", { evidence: [broken] })).toBe("exception-not-allowed");
});

test("the three bare exceptions exclude each other, and may each be repeated", () => {
  const bare = ["c7", "c8", "c9"] as const;
  for (const one of bare) {
    for (const held of bare) {
      const fault = ask(one, { held: [held] });
      expect(fault, `${one} beside ${held}`).toBe(one === held ? undefined : "exception-combined");
    }
    expect(ask(one, { held: ["c1", "c2", "c5"] })).toBeUndefined();
  }
  expect(ask("c2", { held: ["c7", "c9"] })).toBeUndefined();
});

test("what does not fit is not allowed before it is combined", () => {
  expect(ask("c7", { held: ["c9"], categories: ["health"] })).toBe("exception-not-allowed");
});
