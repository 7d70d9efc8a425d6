import { describe, expect, test } from "vitest";
import { agreementOf } from "../../src/core/agreement.js";
import type { ConsentState, Verdict } from "../../src/core/consent.js";
import { endAmong, endByPractice, numbered } from "../../src/core/consent-ending.js";
import { judgeMethod, type MethodQuestion } from "../../src/core/method-conditions.js";
import { definePolicy, type PolicyDefinition, readPurpose } from "../../src/core/policy.js";
import { withPractices } from "../../src/core/practice.js";
import { coppa } from "../../src/core/regimes/coppa.js";

const EARLY = "2026-05-01T12:00:00.000Z";
const LATE = "2026-06-01T12:00:00.000Z";

function consent(
  id: string,
  giver: string,
  verdict: Verdict = "given",
  over: Partial<ConsentState> = {},
): ConsentState {
  return {
    id,
    request: `req-${id}`,
    regime: "coppa",
    giver,
    from: "parent",
    notice: "v1",
    method: "signed-form",
    verifier: "form",
    answeredAt: EARLY,
    status: verdict,
    decisions: [{ purpose: "play", verdict, at: EARLY, named: true }],
    ...over,
  };
}

const notice = {
  id: "v1",
  version: "v1",
  published: EARLY,
  covers: ["play"],
  uses: { play: "service" },
  categories: [],
  recipients: [],
  material: true,
  reviewer: "",
  textHash: "",
  text: "",
  order: 1,
} as const;

function asked(consents: readonly ConsentState[], stood?: readonly string[], school = false) {
  const [need] = coppa.needs({
    use: "service",
    for: undefined,
    discloses: false,
    years: 9,
    audience: "mixed",
    jurisdiction: "US",
  });
  if (need === undefined) throw new Error("no need");
  const found = agreementOf({
    need,
    purpose: readPurpose("play", { use: "service" }),
    categories: [],
    consents,
    lapsed: [],
    stood,
    before: "",
    notices: new Map([["v1", notice]]),
    discloses: false,
    school,
  });
  return found.given ? found.consent.id : found.code;
}

describe("an agreement", () => {
  test.each([
    ["refused", "consent-refused"],
    ["withdrawn", "consent-withdrawn"],
    ["revoked", "consent-withdrawn"],
  ] as const)("%s by one parent outweighs the other's yes", (verdict, code) => {
    expect(asked([consent("a", "anna"), consent("b", "ben", verdict)])).toBe(code);
    expect(asked([consent("b", "ben", verdict), consent("a", "anna")])).toBe(code);
  });

  test("invalidated by one takes nothing from the other's yes, and alone is the reason", () => {
    const never = consent("b", "ben", "invalidated");
    expect(asked([never, consent("a", "anna")])).toBe("a");
    expect(asked([never])).toBe("consent-invalidated");
  });

  test("an older yes of the same giver does not come back when the newer one never was one", () => {
    const older = consent("a", "anna", "given", { status: "superseded" });
    expect(asked([older, consent("b", "anna", "invalidated")])).toBe("consent-invalidated");
    expect(asked([older, consent("b", "anna")])).toBe("b");
  });

  test("names the decision made last when nobody says yes", () => {
    const late = { decisions: [{ purpose: "play", verdict: "withdrawn", at: LATE, named: true }] };
    const taken = consent("a", "anna", "withdrawn", late as Partial<ConsentState>);
    expect(asked([taken, consent("b", "ben", "refused")])).toBe("consent-withdrawn");
    expect(asked([consent("b", "ben", "refused")])).toBe("consent-refused");
  });

  test("a school speaks for the parent only where it may", () => {
    const school = consent("s", "oak", "given", { from: "school", regime: "school-authorization" });
    expect(asked([school], undefined, true)).toBe("s");
    expect(asked([school], undefined, false)).toBe("consent-out-of-scope");
    expect(asked([school, consent("a", "anna", "refused")], undefined, true)).toBe(
      "consent-refused",
    );
  });

  test("a yes that came after the record opens nothing for it", () => {
    expect(asked([consent("a", "anna")], [])).toBe("consent-out-of-scope");
    expect(asked([consent("a", "anna")], ["a"])).toBe("a");
  });
});

describe("an ending", () => {
  const older = consent("a", "anna", "given", { status: "superseded" });
  const newer = consent("b", "anna");
  const ending = { verdict: "withdrawn", at: LATE } as const;
  const states = (list: readonly ConsentState[]) => list.map(({ status }) => status);

  test("of the newer one takes those whose place it had, and no other giver's", () => {
    const other = consent("c", "ben", "given", { status: "superseded" });
    expect(states(endAmong([older, other, newer], "b", ending))).toEqual([
      "withdrawn",
      "superseded",
      "withdrawn",
    ]);
  });

  test("of the older one alone leaves the newer, and what the older had replaced", () => {
    expect(states(endAmong([older, newer], "a", ending))).toEqual(["withdrawn", "given"]);
    const oldest = consent("z", "anna", "given", { status: "superseded" });
    expect(states(endAmong([oldest, older, newer], "a", ending))).toEqual([
      "superseded",
      "withdrawn",
      "given",
    ]);
  });

  test("of one that nothing replaced leaves what a later one replaced", () => {
    const wide = consent("w", "anna");
    expect(states(endAmong([wide, older, newer], "w", ending))).toEqual([
      "withdrawn",
      "superseded",
      "given",
    ]);
  });

  test("by invalidation reaches no other", () => {
    const found = { ...ending, verdict: "invalidated" } as const;
    expect(states(endAmong([older, newer], "b", found))).toEqual(["superseded", "invalidated"]);
  });

  test("by practice leaves a refusal a refusal, and does nothing twice", () => {
    const ended = endByPractice(newer, LATE);
    expect(ended).toMatchObject({ status: "invalidated", endedByPractice: true });
    if (ended === undefined) throw new Error("not ended");
    expect(endByPractice(ended, LATE)).toBeUndefined();
    expect(endByPractice(consent("r", "ben", "refused"), LATE)).toBeUndefined();
  });
});

describe("a method", () => {
  const judge = (over: Partial<MethodQuestion>) =>
    judgeMethod({
      asked: "payment-transaction",
      method: "payment-transaction",
      conditions: {},
      discloses: false,
      also: undefined,
      ...over,
    });

  test("not reported is unreported, except where a vendor's flow was asked for", () => {
    expect(judge({ method: undefined })).toMatchObject({ code: "method-unreported" });
    expect(judge({ asked: "vendor-flow", method: undefined })).toEqual({ ok: true });
    expect(judge({ method: "vendor-flow" })).toMatchObject({ code: "method-insufficient" });
  });

  test("has the condition that a law adds, and not elsewhere", () => {
    const conditions = { monetary: false };
    expect(judge({ conditions, also: "monetary" })).toMatchObject({ condition: "monetary" });
    expect(judge({ conditions })).toEqual({ ok: true });
    expect(judge({ also: "monetary" })).toEqual({ ok: true });
  });
});

describe("the set-up of a method", () => {
  const base: PolicyDefinition = {
    service: "S",
    audience: "mixed",
    jurisdiction: "US",
    regimes: ["coppa"],
    purposes: { play: { use: "service" } },
    collections: {},
  };
  const codeFor = (methods: NonNullable<PolicyDefinition["methods"]>, over = {}) => {
    try {
      definePolicy<PolicyDefinition>({ ...base, methods, ...over });
      return "accepted";
    } catch (error) {
      const { code, details } = error as { code: string; details: { path?: string } };
      return `${code} ${details.path}`;
    }
  };
  const quiz = { dynamic: true, questions: 5, options: 5, attempts: 3 };

  test("states every condition, and each as the method asks", () => {
    expect(codeFor({ "knowledge-based-authentication": quiz })).toBe("accepted");
    for (const left of Object.keys(quiz)) {
      const rest = { ...quiz, [left]: undefined };
      expect(codeFor({ "knowledge-based-authentication": rest })).toBe(
        `config/method-condition-missing methods.knowledge-based-authentication.${left}`,
      );
    }
    expect(codeFor({ "government-id-database": { "id-deleted-after": "P1D" } })).toBe("accepted");
    expect(codeFor({ "government-id-database": { "id-deleted-after": "P2D" } })).toContain(
      "id-deleted-after",
    );
    expect(codeFor({ "email-plus": { "plus-step-done": true } })).toContain("revocation-notice");
  });

  test("has money in California only", () => {
    const card = { "payment-transaction": { "holder-notified": true } };
    expect(codeFor(card)).toBe("accepted");
    const california = { regimes: ["coppa", "ccpa-minors"] };
    expect(codeFor(card, california)).toContain("monetary");
    const paid = { "payment-transaction": { "holder-notified": true, monetary: true } };
    expect(codeFor(paid, california)).toBe("accepted");
  });

  test("takes no condition that nobody reads", () => {
    expect(codeFor({ "signed-form": { colour: "blue" } })).toContain("option-unknown");
  });
});

describe("practices", () => {
  const policy = definePolicy<PolicyDefinition>({
    service: "S",
    audience: "mixed",
    jurisdiction: "US",
    regimes: ["coppa"],
    purposes: { play: { use: "service" }, ads: { use: "disclosure", recipients: ["adnet"] } },
    collections: {},
  });

  test("are laid over the policy in order, and leave the policy as it was", () => {
    const after = withPractices(policy, [
      { purpose: "ads", recipients: ["bolt"] },
      { purpose: "ads", for: "advertising" },
    ]);
    const ads = after.purposes.get("ads");
    expect(ads).toMatchObject({ for: "advertising", recipients: [{ name: "bolt" }] });
    expect(policy.purposes.get("ads")?.for).toBeUndefined();
    expect(withPractices(policy, [])).toBe(policy);
  });

  test("an ended disclosure discloses no more, and stays ended", () => {
    expect(policy.discloses).toBe(true);
    const ended = withPractices(policy, [
      { purpose: "ads", ended: true },
      { purpose: "ads", recipients: ["bolt"] },
    ]);
    expect(ended.discloses).toBe(false);
    expect(ended.purposes.get("ads")?.ended).toBe(true);
  });
});

describe("two changes of one instant", () => {
  test("are numbered in the order in which they came, and what did not change keeps its number", () => {
    const first = numbered([], [consent("a", "anna", "given")]);
    const second = numbered(first, [...first, consent("b", "anna", "given")]);
    const ended = numbered(second, endAmong(second, "a", { verdict: "withdrawn", at: EARLY }));
    const orders = ended.map(({ id, decisions }) => [id, decisions.map(({ order }) => order)]);
    expect(orders).toEqual([
      ["a", [3]],
      ["b", [2]],
    ]);
    expect(ended[1]).toBe(second[1]);
  });
});
