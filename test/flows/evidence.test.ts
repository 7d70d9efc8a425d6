import { describe, expect, test } from "vitest";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";

const UTAH = {
  audience: "general",
  jurisdiction: "US-UT",
  regimes: ["coppa", "utah-asaa"],
} as const;

describe("a routine store check in Utah", () => {
  const signal = { kind: "age-range", source: "store-google", lower: 18 } as const;

  test("waits twelve months to the second from the last signal, and is then let in", async () => {
    const h = await house(UTAH);
    const subject = await h.app.subjects.register();
    await h.app.subjects.addEvidence({ subject, ...signal, occasion: "first-launch" });
    const routine = () => h.app.subjects.addEvidence({ subject, ...signal, occasion: "routine" });
    h.at("2027-05-01T11:59:59.000Z");
    expect(await codeOf(routine())).toBe("age-recheck-too-soon");
    h.at("2027-05-01T12:00:00.000Z");
    expect((await routine()).band).toBe("adult");
    h.days(1);
    await h.app.subjects.addEvidence({ subject, ...signal, occasion: "suspicion" });
    expect(await codeOf(routine())).toBe("age-recheck-too-soon");
  });

  test("is free elsewhere, and for what is no store's or system's signal", async () => {
    const h = await house(UTAH);
    const other = await h.app.subjects.register({ jurisdiction: "US-CO" });
    const here = await h.app.subjects.register();
    for (const occasion of ["first-launch", "routine"] as const) {
      await h.app.subjects.addEvidence({ subject: other, ...signal, occasion });
    }
    await h.app.subjects.addEvidence({ subject: here, ...signal, occasion: "first-launch" });
    const paper = { ...signal, source: "document", occasion: "routine" } as const;
    await h.app.subjects.addEvidence({ subject: here, ...paper });
    const elsewhere = await house({ ...UTAH, regimes: ["coppa"] });
    const subject = await elsewhere.app.subjects.register();
    for (const occasion of ["first-launch", "routine"] as const) {
      await elsewhere.app.subjects.addEvidence({ subject, ...signal, occasion });
    }
  });
});

describe("the first answer at a screen", () => {
  const screen = { kind: "birth-date", source: "sign-up-screen", session: "tab-1" } as const;

  test("stands for its session, for a new account in it as well", async () => {
    const h = await house(UTAH);
    const { register, addEvidence } = h.app.subjects;
    const first = await register();
    await addEvidence({ subject: first, ...screen, value: "2016-01-01" });
    const second = await register();
    const again = (session: string) =>
      addEvidence({ subject: second, ...screen, session, value: "2001-01-01" });
    expect(await codeOf(again("tab-1"))).toBe("age-answer-repeated");
    expect((await again("tab-2")).band).toBe("adult");
  });

  test("is not used up by what was refused, nor by a statement or another source", async () => {
    const h = await house(UTAH);
    const { register, addEvidence } = h.app.subjects;
    const subject = await register();
    const ahead = addEvidence({ subject, ...screen, value: "2999-01-01" });
    expect(await codeOf(ahead)).toBe("value-rejected");
    await addEvidence({ subject, ...screen, kind: "statement", claim: "adult" });
    await addEvidence({ subject, ...screen, source: "profile", value: "2012-01-01" });
    await addEvidence({ subject, ...screen, value: "2011-01-01" });
    const twice = addEvidence({ subject, ...screen, value: "2011-01-01" });
    expect(await codeOf(twice)).toBe("age-answer-repeated");
  });
});

describe("a move", () => {
  test("by custody's own id changes place and zone and makes nobody new", async () => {
    const h = await house(UTAH);
    const subject = await h.app.subjects.register({ timeZone: "America/Denver" });
    const same = { subject, timeZone: "Asia/Tokyo", jurisdiction: "JP" };
    expect(await h.app.subjects.register(same)).toBe(subject);
    expect(await h.app.subjects.get(subject)).toMatchObject({
      jurisdiction: "JP",
      timeZone: "Asia/Tokyo",
    });
    expect(await h.app.subjects.register()).not.toBe(subject);
    const stranger = { subject: `${subject.slice(0, -1)}0` as never };
    expect(await codeOf(h.app.subjects.register(stranger))).toBe("not-found");
  });
});

describe("the age screen", () => {
  const ask = (h: Awaited<ReturnType<typeof house>>) => h.app.screens.declare;

  test.each([
    ["a default", { neutral: true, default: "2000-01-01" }],
    ["an age in digits", { neutral: true, text: "You must be 13 or older. Born when?" }],
    ["an age in words", { neutral: true, text: "Are you over thirteen?" }],
    ["an age behind a hyphen", { neutral: true, text: "No under-13s. When were you born?" }],
    ["a span of ages", { neutral: true, text: "A room for 8-12. When were you born?" }],
    ["an age in order", { neutral: true, text: "Was your thirteenth birthday last year?" }],
    ["a list that ends early", { neutral: true, latestYear: 2013 }],
    ["its own admission", { neutral: false, text: "When were you born?" }],
  ])("with %s is not neutral", async (_, screen) => {
    const h = await house({ audience: "mixed" });
    expect(await codeOf(ask(h)(screen))).toBe("config/age-screen-not-neutral");
  });

  test.each([
    ["a plain question", { neutral: true, text: "One question: when were you born?" }],
    ["an example of a date", { neutral: true, text: "Your birth date, like 05/09/1990" }],
    ["an example with hyphens", { neutral: true, text: "Your birth date, like 1990-09-05" }],
    ["an example of a month", { neutral: true, text: "Your month of birth, like 09/1990" }],
    ["a list to this year", { neutral: true, latestYear: 2026 }],
  ])("with %s is", async (_, screen) => {
    const h = await house({ audience: "mixed" });
    await ask(h)(screen);
    await ask(h)(screen);
  });

  test("has no place where every visitor is a child", async () => {
    const h = await house({ audience: "child-directed" });
    expect(await codeOf(ask(h)({ neutral: true }))).toBe("config/audience-screen-conflict");
  });
});

describe("what a policy forbids by itself", () => {
  test("age data serves nothing but the age, even once the record is gone", async () => {
    const h = await house({
      audience: "mixed",
      purposes: { gate: { use: "age-assurance" }, play: { use: "service" } },
    });
    const subject = await h.app.subjects.register();
    const record = await h.score(subject, "gate");
    const read = (purpose: string) => h.app.records.read({ record, purpose });
    expect(await read("gate")).toEqual({ handle: "ace" });
    expect(await codeOf(read("play"))).toBe("purpose-forbidden");
    h.days(400);
    await h.app.retention.sweep();
    expect(await codeOf(read("gate"))).toBe("record-erased");
    expect(await codeOf(read("resale"))).toBe("purpose-unknown");
  });

  test("another child's consent is the wrong subject, after the age and before a refusal", async () => {
    const h = await house({ audience: "mixed" });
    const bo = await h.born("2016-05-05");
    const consent = await h.agreed(bo, ["play"]);
    const ada = await h.app.subjects.register();
    const cite = (subject: typeof bo) =>
      h.app.records.collect({
        subject,
        collection: "scores",
        purpose: "play",
        values: { handle: "tap" },
        consent,
      });
    expect(await codeOf(cite(ada))).toBe("age-unknown");
    const said = { kind: "birth-date", source: "parent", value: "2017-05-05" } as const;
    await h.app.subjects.addEvidence({ subject: ada, ...said });
    await h.answer(await h.ask(ada, ["play"]), { outcome: "refused" });
    expect(await codeOf(cite(ada))).toBe("wrong-subject");
    expect(await codeOf(h.score(ada))).toBe("consent-refused");
    await cite(bo);
  });
});
