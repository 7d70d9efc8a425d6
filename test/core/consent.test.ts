import { expect, test } from "vitest";
import {
  CONSENT_METHODS,
  type Conditions,
  type ConsentMethod,
  type Verdict,
} from "../../src/core/consent.js";
import { endConsent, statusOf, supersede } from "../../src/core/consent-ending.js";
import { judgeMethod } from "../../src/core/method-conditions.js";
import { AFTER, consent } from "./facts-fixture.js";

const STRONG: readonly ConsentMethod[] = [
  "signed-form",
  "payment-transaction",
  "toll-free-call",
  "video-conference",
  "government-id-database",
  "knowledge-based-authentication",
  "face-match-photo-id",
];

function judged(method: ConsentMethod | undefined, conditions: Conditions = {}, disclose = false) {
  const asked = "signed-form";
  const answer = judgeMethod({ asked, method, conditions, discloses: disclose, also: undefined });
  if (answer.ok === false) return `${answer.code} ${answer.condition}`;
  return answer.ok === true ? "met" : answer.ok;
}

test("a condition left out counts as met, for each of the nine methods", () => {
  for (const method of STRONG) {
    expect(judged(method), method).toBe("met");
    expect(judged(method, {}, true), method).toBe("met");
  }
  expect(judged("email-plus")).toBe("met");
  expect(judged("text-plus")).toBe("met");
  expect([...STRONG, "email-plus", "text-plus", "vendor-flow", "unlisted"].sort()).toEqual(
    [...CONSENT_METHODS].sort(),
  );
});

test("a method that is not reported, not told or not listed is none", () => {
  expect(judged(undefined)).toBe("method-unreported method");
  expect(judged("vendor-flow")).toBe("method-insufficient method");
  expect(judged("unlisted")).toBe("method-insufficient method");
});

test("the plus methods fall once anything is disclosed, whatever else is met", () => {
  const met = { "plus-step-done": true, "revocation-notice": true };
  for (const method of ["email-plus", "text-plus"] as const) {
    expect(judged(method, met, true)).toBe("method-insufficient no-disclosure");
    expect(judged(method, met)).toBe("met");
  }
});

test("an undone plus step waits; a missing notice of revocation does not", () => {
  expect(judged("email-plus", { "plus-step-done": false })).toBe("not-yet");
  const both = { "plus-step-done": false, "revocation-notice": false };
  expect(judged("text-plus", both)).toBe("method-insufficient revocation-notice");
});

test("anything reported false is unmet, but a card check without money", () => {
  expect(judged("payment-transaction", { monetary: false })).toBe("met");
  const unmet = "method-insufficient";
  expect(judged("payment-transaction", { "holder-notified": false })).toBe(
    `${unmet} holder-notified`,
  );
  for (const method of ["toll-free-call", "video-conference", "face-match-photo-id"] as const) {
    expect(judged(method, { "trained-staff": false })).toBe(`${unmet} trained-staff`);
    expect(judged(method, { "trained-staff": true })).toBe("met");
  }
  expect(judged("signed-form", { "trained-staff": false })).toBe(`${unmet} trained-staff`);
  expect(judged("email-plus", { "holder-notified": false })).toBe(`${unmet} holder-notified`);
});

test("a form comes back by post, fax or scan, never in the app", () => {
  for (const way of ["post", "fax", "scan"]) {
    expect(judged("signed-form", { "returned-by": way })).toBe("met");
  }
  expect(judged("signed-form", { "returned-by": "in-app" })).toBe(
    "method-insufficient returned-by",
  );
});

test("a copy of an identity card is gone within a day", () => {
  for (const method of ["government-id-database", "face-match-photo-id"] as const) {
    for (const kept of ["PT10M", "P1D", "PT24H"]) {
      expect(judged(method, { "id-deleted-after": kept }), kept).toBe("met");
    }
    for (const kept of ["P1DT1M", "P2D", "P1M", "P1Y", "never", 60, false]) {
      expect(judged(method, { "id-deleted-after": kept }), String(kept)).toBe(
        "method-insufficient id-deleted-after",
      );
    }
  }
});

test("a quiz is dynamic, limited, and has four questions of four options at least", () => {
  const quiz = (conditions: Conditions) => judged("knowledge-based-authentication", conditions);
  expect(quiz({ dynamic: true, questions: 4, options: 4, attempts: 2 })).toBe("met");
  expect(quiz({ dynamic: false })).toBe("method-insufficient dynamic");
  expect(quiz({ questions: 3 })).toBe("method-insufficient questions");
  expect(quiz({ options: 3 })).toBe("method-insufficient options");
  expect(quiz({ questions: Number.NaN })).toBe("method-insufficient questions");
  for (const attempts of ["unlimited", "many", Number.POSITIVE_INFINITY, 0, -3]) {
    expect(quiz({ attempts })).toBe("method-insufficient attempts");
  }
});

test("a condition that asks for a yes is met by a yes alone, or by silence", () => {
  expect(judged("toll-free-call", {})).toBe("met");
  expect(judged("toll-free-call", { "trained-staff": true })).toBe("met");
  for (const said of [false, "yes", "no", 1, 0]) {
    expect(judged("toll-free-call", { "trained-staff": said }), String(said)).toBe(
      "method-insufficient trained-staff",
    );
    expect(judged("payment-transaction", { "holder-notified": said }), String(said)).toBe(
      "method-insufficient holder-notified",
    );
  }
  expect(judged("payment-transaction", { monetary: "no" })).toBe("met");
});

test("a form comes back by post, fax or scan, and in no way that is not one of them", () => {
  for (const by of ["post", "fax", "scan"]) {
    expect(judged("signed-form", { "returned-by": by }), by).toBe("met");
  }
  for (const by of ["in-app", "pigeon", "", true]) {
    expect(judged("signed-form", { "returned-by": by }), String(by)).toBe(
      "method-insufficient returned-by",
    );
  }
});

test("a consent is given while any purpose is, and invalidated once any is", () => {
  const of = (...verdicts: Verdict[]) =>
    statusOf(consent("c", Object.fromEntries(verdicts.map((v, i) => [`p${i}`, v]))).decisions);
  expect(of("given", "refused", "withdrawn")).toBe("given");
  expect(of("given", "invalidated")).toBe("invalidated");
  expect(of("refused", "withdrawn")).toBe("withdrawn");
  expect(of("withdrawn", "revoked")).toBe("revoked");
  expect(of("refused", "expired")).toBe("expired");
  expect(of("refused", "refused")).toBe("refused");
  expect(of()).toBe("refused");
});

const MIXED = consent("c1", { coaching: "given", training: "given", adverts: "refused" });

test("taking back ends what was given, and leaves a refusal a refusal", () => {
  const ended = endConsent(MIXED, "withdrawn", AFTER);
  expect(ended.decisions.map((d) => d.verdict)).toEqual(["withdrawn", "withdrawn", "refused"]);
  expect(ended.decisions.map((d) => d.at === AFTER)).toEqual([true, true, false]);
  expect(ended.status).toBe("withdrawn");
  expect(endConsent(MIXED, "revoked", AFTER).status).toBe("revoked");
  expect(endConsent(ended, "revoked", AFTER).status).toBe("withdrawn");
});

test("taking back one purpose leaves the others and the consent given", () => {
  const ended = endConsent(MIXED, "withdrawn", AFTER, ["training"]);
  expect(ended.decisions.map((d) => d.verdict)).toEqual(["given", "withdrawn", "refused"]);
  expect(ended.status).toBe("given");
  expect(endConsent(MIXED, "withdrawn", AFTER, ["unasked"])).toEqual(MIXED);
});

test("an invalidation covers what was given, refused and taken back alike", () => {
  const ended = endConsent(endConsent(MIXED, "withdrawn", AFTER), "invalidated", AFTER);
  expect(ended.decisions.every((d) => d.verdict === "invalidated")).toBe(true);
  expect(ended.status).toBe("invalidated");
});

test("a superseded consent stays so while something in it is given, and ends with the rest", () => {
  const old = { ...MIXED, status: "superseded" as const };
  expect(endConsent(old, "withdrawn", AFTER, ["training"]).status).toBe("superseded");
  expect(endConsent(old, "withdrawn", AFTER).status).toBe("withdrawn");
});

test("a newer yes of the same giver on all its purposes takes the place of the older", () => {
  const older = consent("c1", { coaching: "given" });
  const wider = consent("c2", { coaching: "given", training: "refused" });
  expect(supersede([older], wider)[0]?.status).toBe("superseded");
  expect(supersede([older], wider)[0]?.decisions).toEqual(older.decisions);
  const stays = (newer: ReturnType<typeof consent>) => supersede([older], newer)[0]?.status;
  expect(stays({ ...wider, giver: "father" })).toBe("given");
  expect(stays({ ...wider, regime: "ccpa-minors" })).toBe("given");
  expect(stays({ ...wider, status: "refused" })).toBe("given");
  expect(stays(consent("c2", { training: "given" }))).toBe("given");
});

test("a consent that has ended is not superseded, it stays what it became", () => {
  const ended = consent("c1", { coaching: "withdrawn" }, { status: "withdrawn" });
  expect(supersede([ended], consent("c2", { coaching: "given" }))[0]?.status).toBe("withdrawn");
});
