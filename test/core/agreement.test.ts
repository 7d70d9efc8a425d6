import { describe, expect, test } from "vitest";
import { type AgreementQuestion, agreementOf } from "../../src/core/agreement.js";
import type { ConsentState } from "../../src/core/consent.js";
import { coppa } from "../../src/core/regimes/coppa.js";
import { AFTER, BEFORE, consent, disclosing, NOW, notice } from "./facts-fixture.js";

const POLICY = disclosing();
const NEED = coppa.needs({
  use: "service",
  for: undefined,
  discloses: false,
  years: 9,
  audience: "mixed",
  jurisdiction: "US",
})[0];

function ask(
  consents: readonly ConsentState[],
  more: Partial<AgreementQuestion> & { readonly of?: string } = {},
): string {
  const { of = "coaching", ...rest } = more;
  const purpose = POLICY.purposes.get(of);
  if (purpose === undefined || NEED === undefined) throw new Error("fixture");
  const answer = agreementOf({
    need: NEED,
    purpose,
    categories: ["health"],
    consents,
    lapsed: [],
    stood: undefined,
    before: "",
    notices: new Map([["v1", notice()]]),
    discloses: false,
    school: false,
    ...rest,
  });
  return answer.given ? answer.consent.id : answer.code;
}

const YES = consent("c1", { coaching: "given" });

test("a yes to the purpose opens it, and no yes leaves it closed", () => {
  expect(ask([YES])).toBe("c1");
  expect(ask([])).toBe("consent-required");
});

test("a yes under another regime, or of the person instead of the parent, opens nothing", () => {
  expect(ask([{ ...YES, regime: "ccpa-minors" }])).toBe("consent-required");
  expect(ask([{ ...YES, from: "subject" }])).toBe("consent-required");
});

test("the last decision on the purpose gives the code", () => {
  const code = (verdict: "refused" | "withdrawn" | "revoked" | "expired" | "invalidated") =>
    ask([consent("c1", { coaching: verdict })]);
  expect(code("refused")).toBe("consent-refused");
  expect(code("withdrawn")).toBe("consent-withdrawn");
  expect(code("revoked")).toBe("consent-withdrawn");
  expect(code("expired")).toBe("consent-expired");
  expect(code("invalidated")).toBe("consent-invalidated");
});

test("a live consent that lacks the purpose is out of scope, one that ended is not", () => {
  expect(ask([consent("c1", { training: "given" })])).toBe("consent-out-of-scope");
  expect(ask([consent("c1", { training: "withdrawn" })])).toBe("consent-required");
});

test("a refusal or withdrawal by one parent outweighs the other's yes, in either order", () => {
  for (const [verdict, code] of [
    ["refused", "consent-refused"],
    ["withdrawn", "consent-withdrawn"],
    ["revoked", "consent-withdrawn"],
  ] as const) {
    const no = consent("c2", { coaching: verdict }, { giver: "father" });
    expect(ask([YES, no])).toBe(code);
    expect(ask([no, YES])).toBe(code);
    expect(ask([YES, no], { stood: ["c1"] })).toBe(code);
  }
  const elsewhere = consent("c2", { training: "refused" }, { giver: "father" });
  expect(ask([YES, elsewhere])).toBe("c1");
});

test("one giver's answer that never was one, or never came, does not undo another's yes", () => {
  for (const verdict of ["invalidated", "expired"] as const) {
    const impostor = consent("c0", { coaching: verdict }, { giver: "uncle" });
    expect(ask([impostor, YES])).toBe("c1");
    expect(ask([YES, impostor])).toBe("c1");
  }
});

test("each giver's last answer counts: a new yes heals their own no and nobody else's", () => {
  const no = consent("c0", { coaching: "refused" });
  expect(ask([no, consent("c1", { coaching: "given" }, { answeredAt: NOW })])).toBe("c1");
  const other = consent("c2", { coaching: "given" }, { answeredAt: NOW, giver: "father" });
  expect(ask([no, other])).toBe("consent-refused");
});

test("last is the latest decision: an older consent taken back later closes the door", () => {
  const newer = consent("c2", { coaching: "given" }, { answeredAt: NOW });
  const older = consent("c1", { coaching: "withdrawn", training: "withdrawn" });
  const late = older.decisions.map((d) => ({ ...d, at: AFTER }));
  expect(ask([{ ...older, decisions: late }, newer])).toBe("consent-withdrawn");
  expect(ask([older, newer])).toBe("c2");
});

test("at the same moment the newer consent counts: taken back and given again is given", () => {
  const back = consent("c1", { coaching: "withdrawn" }, { answeredAt: NOW });
  const again = consent("c2", { coaching: "given" }, { answeredAt: NOW });
  expect(ask([back, again])).toBe("c2");
  expect(ask([again, back])).toBe("consent-withdrawn");
});

test("nothing new comes in on the older yes of a giver whose newer one was none", () => {
  const none = consent("c2", { coaching: "invalidated" }, { answeredAt: NOW });
  expect(ask([YES, none])).toBe("consent-invalidated");
  expect(ask([YES, none], { stood: ["c1"] })).toBe("c1");
});

test("a request nobody answered leaves the yes before it in force", () => {
  const lapsed = consent("c2", { coaching: "expired" }, { answeredAt: NOW });
  expect(ask([YES, lapsed])).toBe("c1");
});

describe("a request that lapsed", () => {
  const LAPSED = { purposes: ["coaching"], regime: "coppa", from: "parent" } as const;
  const lapsed = [LAPSED];

  test("is consent-expired where nobody has ever decided on the purpose", () => {
    expect(ask([], { lapsed })).toBe("consent-expired");
    expect(ask([], { lapsed: [] })).toBe("consent-required");
    expect(ask([consent("c1", { training: "given" })], { lapsed })).toBe("consent-expired");
  });

  test("for another purpose, of another giver or under another regime says nothing", () => {
    for (const other of [
      { ...LAPSED, purposes: ["training"] },
      { ...LAPSED, from: "subject" as const },
      { ...LAPSED, regime: "ccpa-minors" },
    ]) {
      expect(ask([], { lapsed: [other] })).toBe("consent-required");
      expect(ask([], { lapsed: [other, LAPSED] })).toBe("consent-expired");
    }
  });

  test("takes nothing from a yes and lifts no refusal", () => {
    expect(ask([YES], { lapsed })).toBe("c1");
    for (const [verdict, code] of [
      ["refused", "consent-refused"],
      ["withdrawn", "consent-withdrawn"],
      ["invalidated", "consent-invalidated"],
    ] as const) {
      const no = consent("c2", { coaching: verdict });
      expect(ask([no], { lapsed })).toBe(code);
    }
    const no = consent("c2", { coaching: "refused" }, { giver: "father" });
    expect(ask([YES, no], { lapsed })).toBe("consent-refused");
  });

  test("is not named where a yes came too late for what the device took before", () => {
    expect(ask([YES], { before: BEFORE, lapsed })).toBe("consent-required");
  });
});

test("a yes never reaches back: it covers only records that came in while it stood", () => {
  expect(ask([YES], { stood: [] })).toBe("consent-out-of-scope");
  expect(ask([YES], { stood: ["c1"] })).toBe("c1");
  const NEVER = NEED === undefined ? undefined : { ...NEED, reachesBack: true };
  expect(ask([YES], { stood: [], ...(NEVER && { need: NEVER }) })).toBe("c1");
});

test("a yes must come before the device took the value; a tie is too late", () => {
  expect(ask([YES], { before: NOW })).toBe("c1");
  expect(ask([YES], { before: BEFORE })).toBe("consent-required");
  expect(ask([YES], { before: "2026-04-25T12:00:00.001Z" })).toBe("c1");
  expect(ask([YES], { before: BEFORE, stood: ["c1"] })).toBe("consent-out-of-scope");
});

test("e-mail plus and text plus fall short once anything is disclosed, and only then", () => {
  for (const method of ["email-plus", "text-plus"] as const) {
    const weak = consent("c1", { coaching: "given" }, { method });
    expect(ask([weak], { discloses: true })).toBe("method-insufficient");
    expect(ask([weak])).toBe("c1");
  }
  const weak = consent("c2", { coaching: "given" }, { method: "email-plus", giver: "father" });
  expect(ask([YES, weak], { discloses: true })).toBe("c1");
});

test("beyond the notice's category, purpose, use or recipient the consent is outdated", () => {
  const under = (more: Parameters<typeof notice>[0], of = "coaching") =>
    ask([consent("c1", { [of]: "given" }, { named: true })], {
      of,
      notices: new Map([["v1", notice(more)]]),
    });
  expect(under({})).toBe("c1");
  expect(under({ categories: ["screen-name"] })).toBe("notice-outdated");
  expect(under({ covers: ["training"] })).toBe("notice-outdated");
  expect(under({ uses: { coaching: "marketing" } })).toBe("notice-outdated");
  expect(under({}, "adverts")).toBe("c1");
  expect(under({ recipients: ["bolt"] }, "adverts")).toBe("notice-outdated");
  expect(ask([YES], { notices: new Map() })).toBe("notice-outdated");
});

test("the method answers before the notice, and the notice only where a consent covers it", () => {
  const weak = consent("c1", { coaching: "given" }, { method: "email-plus" });
  expect(ask([weak], { discloses: true, notices: new Map() })).toBe("method-insufficient");
  expect(ask([], { notices: new Map() })).toBe("consent-required");
});

test("a disclosure that is not integral needs a yes by its own name", () => {
  const whole = consent("c1", { coaching: "given", adverts: "given" });
  expect(ask([whole], { of: "adverts" })).toBe("separate-consent-required");
  expect(ask([whole], { of: "coaching" })).toBe("c1");
  const named = consent("c2", { adverts: "given" }, { named: true });
  expect(ask([named], { of: "adverts" })).toBe("c2");
});

test("a superseded consent stays the basis of what came in under it", () => {
  const first = consent("c1", { coaching: "given" }, { status: "superseded" });
  const second = consent("c2", { coaching: "given", training: "given" }, { answeredAt: NOW });
  expect(ask([first, second], { stood: ["c1"] })).toBe("c1");
  expect(ask([first, second])).toBe("c2");
  expect(ask([first, second], { stood: ["c1"], of: "training" })).toBe("consent-out-of-scope");
});
