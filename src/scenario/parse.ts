/**
 * From the text of a scenario file to what a run needs. Whatever the format does not know is a
 * fault with its line: nothing is ignored.
 */
import { AliasBook } from "./alias-book.js";
import { complaintOf, type Path, readYaml, type ScenarioFault, type YamlText } from "./document.js";
import { nearest } from "./nearest.js";
import { filled, Repeat, ranged } from "./repetition.js";
import type { Act, Scenario, Step } from "./scenario.js";
import { Head } from "./service-text.js";
import { isVerb, VERBS, type VerbName } from "./verbs/index.js";
import { moment, msOf } from "./words.js";

export type Parsed =
  | { readonly scenario: Scenario }
  | { readonly faults: readonly ScenarioFault[] };

/** @param file the name to say in faults */
export function parseScenario(text: string, file: string): Parsed {
  const read = readYaml(text, file);
  if ("faults" in read) return read;
  const { yaml } = read;
  const head = Head.safeParse(yaml.value, TELLING);
  if (!head.success) {
    const { path, reason, key } = complaintOf(head.error);
    return { faults: [yaml.fault(path, reason, key)] };
  }
  const { scenario, title, rule, service } = head.data;
  const faults: ScenarioFault[] = [];
  const steps: Step[] = [];
  const versions = service.notices.map(({ version }) => version);
  const places = Object.keys(service.places ?? {});
  const book = new AliasBook({ versions, places, purposes: Object.keys(service.purposes) });
  for (const [index, raw] of head.data.steps.entries()) {
    const step = readStep(yaml, index, raw);
    if ("fault" in step) {
      faults.push(step.fault);
      continue;
    }
    steps.push(step);
    // After a step that cannot be read, an unknown alias may be that step's: it is not blamed.
    const wrong = faults.length > 0 ? undefined : book.enter(step);
    if (wrong !== undefined) {
      return { faults: [yaml.fault(["steps", index, ...wrong.path], wrong.reason)] };
    }
  }
  if (faults.length > 0) return { faults };
  return { scenario: { file, scenario, title, rule, service, steps } };
}

/** What stands in a file is no person's: a complaint may say what it found. */
const TELLING = { reportInput: true } as const;

type Faulty = { readonly fault: ScenarioFault };
const BESIDE = ["at", "expect", "repeat"];

function readStep(yaml: YamlText, index: number, raw: unknown): Step | Faulty {
  const at: Path = ["steps", index];
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    return { fault: yaml.fault(at, "expected a map with one verb") };
  }
  const step = raw as Record<string, unknown>;
  const [verb, second] = Object.keys(step).filter((key) => !BESIDE.includes(key));
  if (verb === undefined) return { fault: yaml.fault(at, "expected a verb") };
  if (!isVerb(verb)) {
    const meant = nearest(verb, Object.keys(VERBS));
    const hint = meant === undefined ? "" : ` (nearest: ${meant})`;
    return { fault: yaml.fault(at, `unknown verb ${JSON.stringify(verb)}${hint}`, verb) };
  }
  if (second !== undefined) {
    const reason = isVerb(second) ? "a second verb in one step" : "unknown key beside the verb";
    return { fault: yaml.fault(at, `${reason}: ${JSON.stringify(second)}`, second) };
  }
  const repeat = step.repeat === undefined ? undefined : Repeat.safeParse(step.repeat, TELLING);
  if (repeat?.success === false) {
    const { path, reason, key } = complaintOf(repeat.error);
    return { fault: yaml.fault([...at, "repeat", ...path], reason, key) };
  }
  return readActs(yaml, at, { n: index + 1, verb, step, repeat: repeat?.data });
}

interface Written {
  readonly n: number;
  readonly verb: VerbName;
  readonly step: Readonly<Record<string, unknown>>;
  readonly repeat: Repeat | undefined;
}

function readActs(yaml: YamlText, at: Path, written: Written): Step | Faulty {
  const { n, verb, step, repeat } = written;
  const { line } = yaml.fault(at, "", verb);
  const body = (step[verb] ?? {}) as Record<string, unknown>;
  if (repeat?.as !== undefined && (VERBS[verb].makes === undefined || Object.hasOwn(body, "as"))) {
    const reason = Object.hasOwn(body, "as") ? "`as` is written twice" : `${verb} makes nothing`;
    return { fault: yaml.fault([...at, "repeat", "as"], reason) };
  }
  const whole = repeat?.as === undefined ? body : { ...body, as: repeat.as };
  if (repeat === undefined) {
    const act = readAct(yaml, at, verb, { ...step, [verb]: whole }, undefined);
    return "fault" in act ? act : { n, line, verb, acts: [act] };
  }
  const acts: Act[] = [];
  for (let i = repeat.from; i <= repeat.to; i += 1) {
    const one = filled({ ...step, repeat: null, [verb]: whole }, i) as Record<string, unknown>;
    const act = readAct(yaml, at, verb, one, i);
    if ("fault" in act) return act;
    acts.push(act);
  }
  return { n, line, verb, acts };
}

function readAct(
  yaml: YamlText,
  path: Path,
  verb: VerbName,
  step: Readonly<Record<string, unknown>>,
  i: number | undefined,
): Act | Faulty {
  const { input, expect, names, expected } = VERBS[verb];
  const clock = moment.optional().safeParse(step.at);
  if (!clock.success) {
    return { fault: yaml.fault([...path, "at"], complaintOf(clock.error).reason) };
  }
  const body = input.safeParse(ranged(step[verb], Object.keys(names)), TELLING);
  if (!body.success) {
    const found = complaintOf(body.error);
    return { fault: yaml.fault([...path, verb, ...found.path], found.reason, found.key) };
  }
  const said = Object.hasOwn(step, "expect")
    ? expect.safeParse(ranged(step.expect, Object.keys(expected)), TELLING)
    : undefined;
  if (said?.success === false) {
    const found = complaintOf(said.error);
    return { fault: yaml.fault([...path, "expect", ...found.path], found.reason, found.key) };
  }
  const at = clock.data === undefined ? undefined : msOf(clock.data);
  return { i, at, body: body.data, expect: said?.data };
}
