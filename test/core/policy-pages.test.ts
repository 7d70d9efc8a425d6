import { describe, expect, test } from "vitest";
import { z } from "zod";
import { surveyConsents } from "../../src/core/consent-survey.js";
import { definePolicy, field, type PolicyDefinition } from "../../src/core/policy.js";
import { policyFromDescription } from "../../src/core/policy-description.js";
import { policyPages } from "../../src/core/policy-pages.js";
import { renderPolicyPages } from "../../src/core/policy-print.js";
import { withPractices } from "../../src/core/practice.js";
import { isCustodyError } from "../../src/errors.js";

const BASE = {
  service: "Pace",
  operator: {
    name: "Pace Labs",
    address: "1 Main Street",
    telephone: "+1 555 0100",
    email: "privacy@pace.example",
  },
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa", "ccpa-minors"],
  purposes: {
    stats: { use: "internal-operations", recipients: [{ name: "Host", role: "processor" }] },
    coaching: { use: "service" },
    offers: {
      use: "disclosure",
      for: "advertising",
      recipients: [{ name: "AdNet", category: "advertising networks" }],
    },
    calls: {
      use: "disclosure",
      integral: true,
      reason: "A call has two ends.",
      recipients: ["Tel"],
    },
  },
  collections: {
    profile: {
      retain: "P1Y",
      need: "A season lasts a year.",
      fields: { weightKg: field(z.number(), "health"), nick: field(z.string(), "screen-name") },
    },
    devices: {
      retain: "P90D",
      from: "last-use",
      need: "Failures are traced within a quarter.",
      fields: { device: field(z.string(), "persistent-id") },
    },
  },
} as const satisfies PolicyDefinition;

const defined = (changes: Partial<PolicyDefinition> = {}) =>
  definePolicy<PolicyDefinition>({ ...BASE, ...changes });
const markdown = (policy = defined(), page: "retention" | "practices" | "all" = "all") =>
  renderPolicyPages(policyPages(policy), { page, format: "markdown" });
const html = (policy = defined(), page: "retention" | "practices" | "all" = "all") =>
  renderPolicyPages(policyPages(policy), { page, format: "html" });

function codeOf(act: () => unknown): string {
  try {
    act();
    return "none";
  } catch (error) {
    if (isCustodyError(error)) return error.code;
    throw error;
  }
}

describe("the retention policy", () => {
  test("says the purposes, the business need and the time frame of each collection", () => {
    const text = markdown(defined(), "retention");
    expect(text).toContain("| coaching | To provide the service. |");
    expect(text).toContain(
      "| profile | health information, screen or user name | A season lasts a year. | 1 year after it was collected |",
    );
    expect(text).toContain("90 days after the person's latest own entry in the collection");
    expect(text).toContain("16 CFR 312.10");
    expect(text).not.toContain("No business need");
    expect(policyPages(defined()).gaps).toEqual([]);
  });

  test("says plainly where no need was written down; blank is not written", () => {
    const { need: _, ...needless } = BASE.collections.profile;
    for (const profile of [needless, { ...needless, need: "  " }]) {
      const policy = defined({ collections: { ...BASE.collections, profile } });
      expect(policyPages(policy).gaps).toEqual(["collections.profile.need"]);
      for (const page of ["retention", "practices"] as const) {
        const text = markdown(policy, page);
        expect(text).toContain("| **No business need was written down.** |");
        expect(text).toContain("**No business need was written down for: profile.**");
      }
      expect(html(policy)).toContain(
        '<td><strong class="lacks">No business need was written down.</strong></td>',
      );
    }
  });

  test("cites the Rule only where it binds", () => {
    const other = defined({ jurisdiction: "FR", regimes: ["gdpr-art8", "coppa"] });
    expect(markdown(other)).not.toContain("CFR 312.");
    expect(markdown(other)).toContain("laws that do not bind there: Children's Online");
  });

  test("carries a need through the store's description, and its hash", () => {
    const read = policyFromDescription(JSON.parse(JSON.stringify(defined().description)));
    expect(markdown(read)).toBe(markdown());
    const { need: _, ...needless } = BASE.collections.profile;
    const without = defined({ collections: { ...BASE.collections, profile: needless } });
    expect(without.hash).not.toBe(read.hash);
  });
});

describe("the page of data practices", () => {
  test("names recipients with their role, and what is integral", () => {
    const text = markdown(defined(), "practices");
    expect(text).toContain("| AdNet | third party | advertising networks | offers | no |");
    expect(text).toContain("| Tel | third party | not stated | calls | yes |");
    expect(text).toMatch(
      /\| Host \| processor: [^|]+\| not stated \| stats \| not a disclosure \|/,
    );
    expect(text).toContain("Yes, for advertising. It is not integral");
    expect(text).toContain("It is integral: A call has two ends.");
    expect(text).toContain("does not do (16 CFR 312.5(b)(2)(viii), (ix))");
    const inside = markdown(defined({ purposes: { coaching: { use: "service" } } }), "practices");
    expect(inside).toContain("nobody but the operator receives anything");
    expect(inside).not.toContain("(viii)");
  });

  test("says who must agree at which age, under which rule", () => {
    const text = markdown(defined(), "practices");
    expect(text).toContain("| coaching | under 13 | a parent | 16 CFR 312.5(a)(1) |");
    expect(text).toContain("| coaching | 13 and over | nobody | no law named here");
    expect(text).toContain(
      "| offers | under 13 | a parent, apart from any other consent | " +
        "16 CFR 312.5(a)(1); 16 CFR 312.5(a)(2) |",
    );
    expect(text).toContain("| calls | under 13 | a parent | 16 CFR 312.5(a)(1) |");
    expect(text).not.toContain("1798.120");
    const pages = policyPages(defined(), { jurisdictions: ["US-CA", "US", "US-TX"] });
    const wide = renderPolicyPages(pages, { page: "practices", format: "markdown" });
    expect(wide).toContain("| offers | US-CA | 13 to 15 | the person, apart");
    expect(wide).toContain("| coaching | US, US-CA, US-TX | under 13 | a parent |");
    expect(wide).toContain("| offers | US, US-TX | under 13 |");
  });

  test("a child-directed service asks a parent for everybody", () => {
    const text = markdown(defined({ audience: "child-directed" }), "practices");
    expect(text).toContain("| coaching | everybody | a parent |");
    expect(text).not.toContain("age is not known");
    expect(markdown()).toContain("age is not known");
  });

  test("says what is forbidden whatever anybody agrees to", () => {
    const india = defined({ jurisdiction: "IN", regimes: ["india-dpdp"] });
    expect(markdown(india)).toContain(
      "| offers | under 18 | nobody can: it is forbidden | DPDP Act s.9(3) |",
    );
    expect(markdown(india)).toContain("lists no rights under: Digital Personal Data");
  });

  test("lists the exceptions that the policy leaves room for, and no other", () => {
    const [stats] = policyPages(defined()).purposes.filter(({ name }) => name === "stats");
    expect(stats?.exceptions.map(({ exception }) => exception)).toEqual(["c7", "c8"]);
    expect(stats?.exceptions[0]).toMatchObject({ collection: "devices", fields: ["device"] });
    expect(markdown()).toContain("| 16 CFR 312.5(c)(7) |");
    const { profile } = BASE.collections;
    expect(markdown(defined({ collections: { profile } }))).not.toContain("312.5(c)(7)");
  });

  test("says to whom a request is sent, or that the policy does not say it", () => {
    expect(markdown()).toContain("or call +1 555 0100");
    const { operator: _, ...unnamed } = BASE;
    const text = markdown(definePolicy<PolicyDefinition>(unnamed));
    expect(text).toContain("**The policy does not say to whom a request is sent.**");
    expect(text).toContain("**The policy names no operator.**");
  });

  test("follows a change of practice", () => {
    const changed = withPractices(defined(), [
      { purpose: "offers", recipients: ["Bolt"] },
      { purpose: "coaching", ended: true },
    ]);
    expect(markdown(changed)).toContain("| Bolt | third party |");
    expect(markdown(changed)).not.toContain("AdNet");
    expect(markdown(changed)).toContain("It has ended");
    expect(markdown()).not.toContain("It has ended");
  });
});

test("ages follow each other without a gap, and every line is a law's", () => {
  const policy = defined({ regimes: ["gdpr-art8", "uk-aadc", "ccpa-minors", "ny-cdpa"] });
  for (const place of ["FR", "DE", "GB", "US-CA", "US-NY", "US"]) {
    for (const purpose of policy.purposes.values()) {
      const answers = surveyConsents(policy, purpose, place);
      expect(answers[0]?.from).toBe(0);
      expect(answers.at(-1)?.below).toBeUndefined();
      const edges = answers.slice(1).map(({ from }) => from);
      expect(answers.slice(0, -1).map(({ below }) => below)).toEqual(edges);
    }
  }
  const stats = policy.purposes.get("stats");
  if (stats === undefined) throw new Error("no purpose");
  const french = surveyConsents(policy, stats, "FR");
  expect(french.map(({ from, needs }) => [from, needs.length])).toEqual([
    [0, 2],
    [15, 1],
  ]);
});

test("the same policy gives the same bytes, in whatever order it was written", () => {
  const turned = <T extends object>(all: T): T =>
    Object.fromEntries(Object.entries(all).reverse()) as T;
  const other = defined({
    purposes: turned(BASE.purposes),
    collections: turned(BASE.collections),
    regimes: ["ccpa-minors", "coppa"],
  });
  const facts = (policy: ReturnType<typeof defined>) => ({ ...policyPages(policy), policy: "" });
  expect(facts(other)).toEqual(facts(defined()));
  expect(html()).toBe(html());
  expect(html(defined({ service: "Pacer" }))).not.toBe(html());
});

describe("whatever the policy says is text, never markup", () => {
  const NASTY = [
    "<script>alert(1)</script>",
    "</td></table><img src=x onerror=alert(1)>",
    "[a](javascript:alert(1)) ![b](https://evil.example/x.png)",
    "a | b\n\n# c\n\n- d",
    "`code` **bold** ~~gone~~ &amp; &lt;",
    "https://evil.example www.evil.example m@evil.example",
    "x\u202egnp.exe\u0000\u001b[31m",
    "1. one",
    "- two",
    `"><b title='`,
  ];

  function nasty(words: string) {
    return defined({
      service: words,
      operator: { name: words, address: words, telephone: words, email: words },
      purposes: {
        [words]: { use: "disclosure", integral: true, reason: words, recipients: [words] },
      },
      collections: {
        [words.replaceAll("\n", " ")]: {
          retain: "P1D",
          need: words,
          fields: { [words.replaceAll("\n", " ")]: field(z.string(), "health") },
        },
      },
    });
  }

  /** Every tag of a page, and whether they close in order. */
  function tagsOf(text: string): readonly string[] {
    const open: string[] = [];
    const seen: string[] = [];
    for (const [, close = "", name = ""] of text.matchAll(/<(\/?)([a-zA-Z!][a-zA-Z0-9]*)[^>]*>/g)) {
      seen.push(close + name);
      if (name === "!DOCTYPE" || name === "meta") continue;
      if (close === "") open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
    return seen;
  }

  test.each(NASTY)("HTML keeps its own tags and no other: %j", (words) => {
    const page = html(nasty(words));
    expect(tagsOf(page)).toEqual(tagsOf(html(nasty("plain"))));
    expect(page).not.toMatch(/[\u202a-\u202e]|[^\P{Cc}\n]/u);
    expect(page).not.toContain(" onerror=alert(1)>");
  });

  test.each(NASTY)("Markdown keeps its own lines, cells and links: %j", (words) => {
    const text = markdown(nasty(words));
    const plain = markdown(nasty("plain"));
    const shape = (all: string) =>
      all.split("\n").map((line) => {
        const cells = line.replace(/\\./g, "").split("|").length;
        return `${/^(#+|-|\||\*\*|\d+\.)? ?/.exec(line)?.[0]}${cells}`;
      });
    expect(shape(text)).toEqual(shape(plain));
    const bare = text.replace(/\\./g, "");
    expect(bare).not.toMatch(/[<>[\]`~&@]|\w:\S|www\./);
    expect(text).not.toMatch(/[\u202a-\u202e]|[^\P{Cc}\n]/u);
  });

  test("plain words stay as they are", () => {
    expect(markdown(nasty("plain"))).toContain("| plain | health information | plain | 1 day");
  });
});

test("the HTML is one file with a language, headings in order, scoped heads and no script", () => {
  for (const page of ["retention", "practices", "all"] as const) {
    const text = html(defined(), page);
    expect(text).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
    expect(text.match(/<h1>/g)).toHaveLength(1);
    const levels = [...text.matchAll(/<h([1-6])>/g)].map(([, level]) => Number(level));
    for (const [at, level] of levels.entries()) {
      expect(level - (levels[at - 1] ?? 0)).toBeLessThanOrEqual(1);
    }
    expect(text).not.toMatch(/<script|<link|<img|url\(|@import|src=|href=/);
    expect(text).toContain("default-src 'none'");
    expect(text).toContain("@media print");
    for (const [head] of text.matchAll(/<th[ >][^>]*>/g)) expect(head).toMatch(/scope="(col|row)"/);
    const tables = text.match(/<table>/g)?.length ?? 0;
    expect(text.match(/<caption>/g)).toHaveLength(tables);
  }
});

test("what is no place, no page and no option is refused", () => {
  const policy = defined();
  const places = (jurisdictions: unknown) =>
    codeOf(() => policyPages(policy, { jurisdictions } as object));
  expect(places(["us"])).toBe("option-invalid");
  expect(places([])).toBe("option-invalid");
  expect(places("US")).toBe("option-invalid");
  expect(places(Array.from({ length: 101 }, () => "US"))).toBe("limit-exceeded");
  expect(places(["US"])).toBe("none");
  expect(codeOf(() => policyPages(policy, { place: "US" } as object))).toBe("option-unknown");
  const pages = policyPages(policy);
  const print = (options: object) =>
    codeOf(() => renderPolicyPages(pages, options as Parameters<typeof renderPolicyPages>[1]));
  expect(print({ page: "cookies", format: "html" })).toBe("option-invalid");
  expect(print({ page: "all", format: "pdf" })).toBe("option-invalid");
  expect(print({ page: "all", format: "html", lang: "de" })).toBe("option-unknown");
  expect(print({ page: "all", format: "html" })).toBe("none");
});

test("an operator is whole or absent, a need is a text", () => {
  const { email: _, ...half } = BASE.operator;
  expect(codeOf(() => defined({ operator: half as never }))).toBe("option-invalid");
  expect(codeOf(() => defined({ operator: { ...BASE.operator, fax: "1" } as never }))).toBe(
    "option-unknown",
  );
  const profile = { ...BASE.collections.profile, need: "" };
  expect(codeOf(() => defined({ collections: { profile } }))).toBe("option-invalid");
  expect(codeOf(() => defined())).toBe("none");
});
