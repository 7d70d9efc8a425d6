import { describe, expect, test } from "vitest";
import { definePolicy, type PurposeDefinition } from "../../src/core/policy.js";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";

const SHARE = { use: "disclosure", for: "consideration", recipients: ["broker"] } as const;
const PURPOSES = { play: { use: "service" }, quiz: { use: "service" }, share: SHARE } as const;

/** A child whose parent has agreed to the game and refused the sharing. */
async function refusedSharing() {
  const h = await house({ purposes: PURPOSES });
  const kid = await h.born("2016-02-03");
  const request = await h.ask(kid, ["play", "quiz", "share"]);
  const choice = { grants: ["play", "quiz"], refuses: ["share"] };
  const { consent } = await h.answer(request, choice);
  if (consent === undefined) throw new Error("no consent");
  return { h, kid, consent };
}

describe("at configuration (16 CFR 312.7)", () => {
  const defined = (purpose: PurposeDefinition) => () =>
    definePolicy({
      service: "Pace",
      audience: "mixed",
      jurisdiction: "US",
      regimes: ["coppa"],
      purposes: { extra: purpose },
      collections: {},
    });
  const integral = { integral: true, reason: "it pays for the game", recipients: ["adnet"] };

  test.each(["advertising", "marketing", "research", "first-party-training"] as const)(
    "%s that reaches others cannot be called integral",
    (use) => {
      expect(defined({ ...integral, use })).toThrow(
        expect.objectContaining({ code: "config/conditioned-on-disclosure" }),
      );
      const host = [{ name: "host", role: "processor" }] as const;
      for (const twin of [
        { use, recipients: ["adnet"] },
        { ...integral, use, recipients: host },
      ]) {
        expect(defined(twin)).not.toThrow();
      }
    },
  );

  test("a call needs its carrier, and may say so", () => {
    expect(defined({ ...integral, use: "disclosure", for: "service" })).not.toThrow();
    expect(defined({ ...integral, use: "service" })).not.toThrow();
  });
});

describe("when a disclosure is refused", () => {
  test("the service stays open, and only the disclosure is closed", async () => {
    const { h, kid } = await refusedSharing();
    const record = await h.score(kid);
    expect(await h.app.records.read({ record, purpose: "play" })).toEqual({ handle: "ace" });
    expect(await codeOf(h.score(kid, "share"))).toBe("consent-refused");
    expect((await h.app.records.status(record)).status).toBe("admitted");
  });

  test("a disclosure taken back later closes nothing else either", async () => {
    const h = await house({ purposes: PURPOSES });
    const kid = await h.born("2016-02-03");
    const consent = await h.agreed(kid, ["play", "share"]);
    const record = await h.score(kid);
    await h.app.consents.revoke({ consent, purposes: ["share"] });
    expect(await h.app.records.read({ record, purpose: "play" })).toEqual({ handle: "ace" });
    await h.score(kid);
    expect(await codeOf(h.app.records.read({ record, purpose: "share" }))).toBe(
      "consent-withdrawn",
    );
  });

  test("a later request may not tie them together again", async () => {
    const { h, kid } = await refusedSharing();
    const asked = { subject: kid, method: "signed-form", contact: "p@example.org" } as const;
    const tied = { ...asked, purposes: ["play", "share"], allOrNothing: true };
    expect(await codeOf(h.app.consents.request(tied))).toBe("conditioned-on-disclosure");
    await h.app.consents.request({ ...tied, purposes: ["play", "quiz"] });
  });
});

describe("ending the service because of it is flagged", () => {
  test("by a practice that ends for the person alone", async () => {
    const { h, kid } = await refusedSharing();
    const ended = await h.app.practices.change({ purpose: "play", ended: true, subject: kid });
    expect(ended.conditionedOn).toEqual(["share"]);
    expect((await h.events()).at(-1)?.about).toContain("conditionedOn");
  });

  test("by the operator who revokes the consent to the service", async () => {
    const { h, consent } = await refusedSharing();
    const ended = await h.app.consents.revoke({ consent, by: "operator", purposes: ["play"] });
    expect(ended).toEqual({ status: "given", conditionedOn: ["share"] });
    expect((await h.events()).at(-1)?.about).toContain("conditionedOn");
  });

  test("and nothing else is: another's ending, another purpose, an agreed or undecided sharing", async () => {
    const first = await refusedSharing();
    const byParent = await first.h.app.consents.revoke({ consent: first.consent });
    expect(byParent).toEqual({ status: "withdrawn" });
    const second = await refusedSharing();
    const over = { purpose: "share", ended: true, subject: second.kid } as const;
    expect(await second.h.app.practices.change(over)).toEqual({ invalidated: [] });
    const h = await house({ purposes: PURPOSES });
    const agreed = await h.born("2016-02-03");
    await h.agreed(agreed, ["play", "share"]);
    const undecided = await h.born("2016-02-03");
    await h.agreed(undecided, ["play"], { contact: "q@example.org" });
    for (const subject of [agreed, undecided]) {
      const ended = await h.app.practices.change({ purpose: "play", ended: true, subject });
      expect(ended).toEqual({ invalidated: [] });
    }
  });
});
