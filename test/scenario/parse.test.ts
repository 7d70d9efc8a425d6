import { describe, expect, test } from "vitest";
import { parseScenario } from "../../src/scenario/parse.js";
import { starterText } from "../../src/scenario/starter.js";

const HEAD = `scenario: broken
title: A file with a fault
rule: none
firmness: design
service:
  audience: mixed
  jurisdiction: US
  regimes: [coppa]
  purposes:
    game: {use: service}
  collections:
    scores:
      retain: P1Y
      fields:
        nickname: {type: string, category: screen-name}
  notices:
    - {version: v1, published: 2026-01-05, covers: [game]}
steps:
`;
/** The line of the first step. */
const FIRST = 19;
const register = "  - register: {subject: kid}\n";

function faultsOf(text: string) {
  const parsed = parseScenario(text, "flows/broken.yaml");
  if (!("faults" in parsed)) throw new Error("it is a scenario");
  return parsed.faults;
}

function faultOf(steps: string) {
  const [fault] = faultsOf(`${HEAD}${steps}`);
  if (fault === undefined) throw new Error("no fault");
  return fault;
}

describe("a scenario file", () => {
  test("is read whole; the starter is one", () => {
    const parsed = parseScenario(starterText("first-try"), "first-try.yaml");
    if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
    expect(parsed.scenario.scenario).toBe("first-try");
    expect(parsed.scenario.steps.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(parsed.scenario.steps[5]?.acts.map(({ body }) => body.as)).toEqual([
      "score-1",
      "score-2",
      "score-3",
    ]);
  });

  test("keeps days as text and instants exact", () => {
    const parsed = parseScenario(
      `${HEAD}${register}  - at: 2026-05-01T00:00:01+02:00
    evidence: {subject: kid, kind: birth-year, value: 2013, source: profile}
  - at: 2026-05-02
    collect: {subject: kid, collection: scores, purpose: game, values: {nickname: 2026-05-03}}
`,
      "a.yaml",
    );
    if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
    const [, year, day] = parsed.scenario.steps.flatMap(({ acts }) => acts);
    expect(year?.at).toBe(Date.parse("2026-04-30T22:00:01Z"));
    expect(day?.at).toBe(Date.parse("2026-05-02T00:00:00Z"));
    expect(day?.body.values).toEqual({ nickname: "2026-05-03" });
  });
});

describe("a file that is none is told with file, line, path and reason", () => {
  test.each([
    [
      "an unknown verb",
      "  - regster: {subject: kid}\n",
      {
        line: FIRST,
        path: "steps[0].regster",
        reason: 'unknown verb "regster" (nearest: register)',
      },
    ],
    [
      "an unknown key of a verb",
      "  - register:\n      subject: kid\n      zone: America/Chicago\n",
      { line: FIRST + 2, path: "steps[0].register.zone", reason: 'unknown key "zone"' },
    ],
    [
      "two verbs in one step",
      `${register}    sweep: {}\n`,
      { line: FIRST + 1, path: "steps[0].sweep", reason: 'a second verb in one step: "sweep"' },
    ],
    [
      "a key beside the verb",
      `${register}    expects: {}\n`,
      {
        line: FIRST + 1,
        path: "steps[0].expects",
        reason: 'unknown key beside the verb: "expects"',
      },
    ],
    [
      "a step without a verb",
      "  - at: 2026-05-01T10:00:00Z\n",
      { line: FIRST, path: "steps[0]", reason: "expected a verb" },
    ],
    [
      "an unknown alias",
      `${register}  - read: {record: nothing, purpose: game}\n`,
      { line: FIRST + 1, path: "steps[1].read.record", reason: 'unknown alias "nothing"' },
    ],
    [
      "an alias of another kind",
      `${register}  - read: {record: kid, purpose: game}\n`,
      {
        line: FIRST + 1,
        path: "steps[1].read.record",
        reason: '"kid" is a subject, expected a record',
      },
    ],
    [
      "an alias in an expectation",
      `${register}  - sweep: {}\n    expect: {erased: [gone]}\n`,
      { line: FIRST + 2, path: "steps[1].expect.erased", reason: 'unknown alias "gone"' },
    ],
    [
      "a word that a verb does not know",
      `${register}  - revoke: {consent: kid, by: uncle}\n`,
      {
        line: FIRST + 1,
        path: "steps[1].revoke.by",
        reason: 'expected parent, other-parent, subject, operator, regulator, found "uncle"',
      },
    ],
    [
      "a missing key",
      `${register}  - read: {record: kid}\n`,
      { line: FIRST + 1, path: "steps[1].read.purpose", reason: "required" },
    ],
    [
      "a value of another type",
      "  - register: {subject: 7}\n",
      { line: FIRST, path: "steps[0].register.subject", reason: "expected string, found number" },
    ],
    [
      "a time without a zone",
      `  - at: 2026-05-01T10:00:00\n    sweep: {}\n`,
      { line: FIRST, path: "steps[0].at", reason: "expected an instant with a zone, or a day" },
    ],
    [
      "a day that does not exist",
      `  - at: 2026-02-30\n    sweep: {}\n`,
      { line: FIRST, path: "steps[0].at", reason: "expected an instant with a zone, or a day" },
    ],
    [
      "an expectation that the verb cannot meet",
      `${register}    expect: {band: child}\n`,
      { line: FIRST + 1, path: "steps[0].expect.band", reason: 'unknown key "band"' },
    ],
    [
      "a notice nobody published",
      `${register}  - request: {subject: kid, purposes: [game], method: signed-form, notice: v9}\n`,
      { line: FIRST + 1, path: "steps[1].request.notice", reason: 'unknown notice "v9"' },
    ],
    [
      "a verb that is nothing like any",
      "  - banana: {subject: kid}\n",
      { line: FIRST, path: "steps[0].banana", reason: 'unknown verb "banana"' },
    ],
    [
      "a word that is nearly one",
      `${register}  - revoke: {consent: kid, by: paernt}\n`,
      {
        line: FIRST + 1,
        path: "steps[1].revoke.by",
        reason:
          "expected parent, other-parent, subject, operator, regulator, " +
          'found "paernt" (nearest: parent)',
      },
    ],
    [
      "a condition that no method has",
      `  - answer: {request: ask, outcome: verified, conditions: {trained-staf: true}}\n`,
      {
        line: FIRST,
        path: "steps[0].answer.conditions.trained-staf",
        reason: 'unknown key "trained-staf"',
      },
    ],
    [
      "a form that came back in no known way",
      `  - answer: {request: ask, outcome: verified, conditions: {returned-by: pigeon}}\n`,
      {
        line: FIRST,
        path: "steps[0].answer.conditions.returned-by",
        reason: 'expected post, fax, scan, in-app, found "pigeon"',
      },
    ],
    [
      "an answer to a purpose that nobody declared",
      `${register}  - request: {subject: kid, purposes: [game], as: ask}\n` +
        "  - answer: {request: ask, outcome: verified, grants: [gmae]}\n",
      {
        line: FIRST + 2,
        path: "steps[2].answer.grants",
        reason: 'unknown purpose "gmae"',
      },
    ],
    [
      "a zone and a country that do not exist",
      "  - register: {subject: kid, timeZone: America/Chicgo, jurisdiction: USA}\n",
      {
        line: FIRST,
        path: "steps[0].register.timeZone",
        reason: "expected a zone such as America/Chicago",
      },
    ],
    [
      "a place where nothing lies",
      `${register}  - lose-place: {place: attic}\n`,
      { line: FIRST + 1, path: "steps[1].lose-place.place", reason: 'unknown place "attic"' },
    ],
    [
      "a repetition that counts down",
      `  - repeat: {from: 3, to: 1}\n    register: {subject: "k-{i}"}\n`,
      { line: FIRST, path: "steps[0].repeat", reason: "expected `from` not above `to`" },
    ],
    [
      "a repetition that names what the verb does not make",
      `  - repeat: {from: 1, to: 2, as: "k-{i}"}\n    register: {subject: "k-{i}"}\n`,
      { line: FIRST, path: "steps[0].repeat.as", reason: "register makes nothing" },
    ],
  ])("%s", (_, steps, wanted) => {
    expect(faultOf(steps)).toEqual({ file: "flows/broken.yaml", ...wanted });
  });

  test("an unknown refusal code, where the known one passes", () => {
    const step = (code: string) =>
      `${register}  - hold: {records: all, authority: a}\n    expect: {refused: ${code}}\n`;
    const fault = faultOf(step("hold-too-wide"));
    expect(fault).toMatchObject({ line: FIRST + 2, path: "steps[1].expect.refused" });
    expect(fault.reason).toContain("hold-too-broad");
    expect("scenario" in parseScenario(`${HEAD}${step("hold-too-broad")}`, "a")).toBe(true);
  });

  test("a key of the service that the format does not know", () => {
    const [fault] = faultsOf(`${HEAD.replace("  jurisdiction", "  jurisdicton")}  []\n`);
    expect(fault?.line).toBe(7);
    expect(fault?.path).toMatch(/^service\.jurisdict/);
  });

  test("a category that does not exist, on its line", () => {
    const [fault] = faultsOf(`${HEAD.replace("screen-name", "nick-name")}  []\n`);
    expect(fault).toMatchObject({
      line: 15,
      path: "service.collections.scores.fields.nickname.category",
    });
  });

  test("YAML that does not parse, or says a key twice", () => {
    expect(faultsOf(`${HEAD}  - register: {subject: kid\n`)[0]?.line).toBeGreaterThanOrEqual(FIRST);
    const twice = faultOf("  - register: {subject: kid, subject: kit}\n");
    expect(twice).toMatchObject({ line: FIRST });
    expect(twice.reason).toMatch(/unique/);
    expect(faultsOf("")[0]).toMatchObject({ line: 1 });
  });

  test("a number that JSON cannot say, and nesting without end", () => {
    const values = (number: string) =>
      `${register}  - collect:\n      subject: kid\n      values: {nickname: ${number}}\n`;
    for (const number of [".nan", ".inf", "9007199254740993"]) {
      expect(faultOf(values(number))).toMatchObject({
        line: FIRST + 3,
        path: "steps[1].collect.values.nickname",
        reason: "expected a number that JSON can say",
      });
    }
    expect(faultOf(values("9007199254740991")).path).not.toContain("nickname");
    const [deep] = faultsOf(`${HEAD}${"[".repeat(100_000)}`);
    expect(deep?.reason).toMatch(/deep|flow|Flow/);
  });

  test("every faulty step is told, not the first alone", () => {
    const faults = faultsOf(`${HEAD}  - one: {}\n${register}  - two: {}\n`);
    expect(faults.map(({ line }) => line)).toEqual([FIRST, FIRST + 2]);
  });
});

describe("an alias", () => {
  const collect = (as: string, more = "") =>
    `  - collect: {subject: kid, collection: scores, purpose: game, values: {nickname: a}, as: ${as}}\n${more}`;

  test("is not made by a step that is to be refused", () => {
    const steps = (more: string) =>
      `${HEAD}${register}${collect("r", more)}  - read: {record: r, purpose: game}\n`;
    const refused = parseScenario(steps("    expect: {refused: age-unknown}\n"), "a");
    expect("faults" in refused && refused.faults[0]?.reason).toBe('unknown alias "r"');
    expect("scenario" in parseScenario(steps(""), "a")).toBe(true);
  });

  test("is given once", () => {
    expect(faultOf(`${register}${collect("r")}${collect("r")}`).reason).toBe(
      '"r" is an alias already',
    );
    expect(
      "scenario" in parseScenario(`${HEAD}${register}${collect("r")}${collect("s")}`, "a"),
    ).toBe(true);
  });

  test("lists may name a range of them", () => {
    const repeated = `  - repeat: {from: 1, to: 3, as: "r-{i}"}
    collect: {subject: kid, collection: scores, purpose: game, values: {nickname: "{i} after {i-1}"}}
`;
    const hold = (range: string) => `  - hold: {records: ["r-{${range}}"], authority: a}\n`;
    const parsed = parseScenario(`${HEAD}${register}${repeated}${hold("1..3")}`, "a");
    if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
    const [, collected, held] = parsed.scenario.steps;
    expect(collected?.acts[1]?.body.values).toEqual({ nickname: "2 after 1" });
    expect(held?.acts[0]?.body.records).toEqual(["r-1", "r-2", "r-3"]);
    expect(faultOf(`${register}${repeated}${hold("1..4")}`).reason).toBe('unknown alias "r-4"');
  });
});
