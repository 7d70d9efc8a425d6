/**
 * Why: a decision of the gate as data and as sentences, the same for the client, for thrown errors
 * and for the command line. It names rules, evidence and consents by their ids, never a value, a
 * contact or a giver.
 */
import type { RefusalCode } from "../errors.js";
import { type Band, type Evidence, whatCounts, yearsBy } from "./age.js";
import {
  CONSENT_METHODS,
  type ConsentMethod,
  type ConsentState,
  type ConsentStatus,
  type Giver,
  WEAK_METHODS,
} from "./consent.js";
import { type Decision, type Facts, type Ground, type Refusal, yearsOf } from "./gate.js";
import type { Policy } from "./policy.js";
import type { BasisKind } from "./record.js";
import {
  type ChangeAct,
  REFUSAL_WORDS,
  type RefusalWords,
  STANDING_WORDS,
} from "./refusal-words.js";
import { isRegimeName, REGIMES } from "./regimes/index.js";
import type { Firmness, Need, Regime } from "./regimes/regime.js";

/** A piece of evidence that speaks for the age now. What it says is not repeated. */
export interface EvidenceTold {
  readonly id: string;
  readonly kind: Evidence["kind"];
  readonly source: Evidence["source"];
  readonly at: string;
  /** True where the age rests on it: no other says less. */
  readonly decides: boolean;
}

/** A consent that has something to say on the purpose. */
export interface ConsentTold {
  readonly id: string;
  readonly from: Giver;
  readonly regime: string;
  /** "" for a person's own consent and for a school's. */
  readonly method: ConsentMethod | "";
  /** The version of the notice it answered; its id where the notice is not known any more. */
  readonly notice: string;
  readonly answeredAt: string;
  readonly status: ConsentStatus;
  /** What it says on the purpose asked about, and since when; "" where it says nothing. */
  readonly verdict: string;
  readonly decidedAt: string;
  /** True where the answer rests on it. */
  readonly decides: boolean;
}

/** One thing that would change a refusal. */
export interface Change {
  readonly act: ChangeAct;
  /** The same as a sentence. */
  readonly help: string;
  /** With `consent`: whose is lacking, under which rule, and by which methods it may be given. */
  readonly giver?: Need["giver"];
  readonly purpose?: string;
  readonly regime?: string;
  readonly rule?: string;
  /** None where the person's own yes is lacking: that has no method. */
  readonly methods?: readonly ConsentMethod[];
  /** True where it is to be asked for apart from everything else. */
  readonly separate?: boolean;
}

export interface Explanation {
  readonly allowed: boolean;
  readonly code: RefusalCode | "";
  readonly subject: string;
  /** "" where the policy declares none of that name. */
  readonly purpose: string;
  readonly collection: string;
  readonly band: Band;
  /** On what it would be let in or is used; "" when refused. */
  readonly basis: BasisKind | "";
  /** The law that decided, or `custody` for its own protective choice. */
  readonly regime: string;
  /** The section of the rule that decided. */
  readonly rule: string;
  readonly firmness: Firmness;
  readonly evidence: readonly EvidenceTold[];
  readonly consents: readonly ConsentTold[];
  readonly changes: readonly Change[];
  /** What would change the answer, as sentences; none when allowed. */
  readonly help: readonly string[];
  /** The whole answer as sentences, `help` included. */
  readonly sentences: readonly string[];
}

export interface Asked {
  readonly purpose: string;
  readonly collection: string;
  /** Epoch milliseconds of the moment whose age decides. */
  readonly atMs: number;
  /** Why a record stands as it does; "" when something new is asked about. */
  readonly cause?: string;
}

/** A method that never satisfies 16 CFR 312.5(b)(2) by itself is not recommended. */
const NEVER: readonly ConsentMethod[] = ["vendor-flow", "unlisted"];
const WHILE_NOT_DISCLOSING = CONSENT_METHODS.filter((method) => !NEVER.includes(method));
const ALWAYS = WHILE_NOT_DISCLOSING.filter((method) => !WEAK_METHODS.includes(method));

/** The methods by which a parent can consent under the policy as practised now. */
export function methodsThatDo(policy: Policy): readonly ConsentMethod[] {
  return policy.discloses ? ALWAYS : WHILE_NOT_DISCLOSING;
}

export function explain(facts: Facts, decision: Decision, asked: Asked): Explanation {
  const { policy } = facts;
  const declared = policy.purposes.has(asked.purpose) ? asked.purpose : "";
  const changes = decision.allowed ? [] : changesFor(policy, decision, asked.purpose);
  const help = changes.map((change) => change.help);
  const told = {
    allowed: decision.allowed,
    code: decision.allowed ? ("" as const) : decision.code,
    subject: facts.subject.id,
    purpose: declared,
    collection: policy.collections.has(asked.collection) ? asked.collection : "",
    band: decision.band,
    basis: decision.allowed ? decision.kind : ("" as const),
    regime: decision.because.regime,
    rule: decision.because.section,
    firmness: decision.because.firmness,
    evidence: evidenceOf(facts, asked.atMs),
    consents: consentsOf(facts, decision, declared),
    changes,
    help,
  };
  return { ...told, sentences: [...sentencesOf(facts, decision, told, asked.cause), ...help] };
}

/** What would change a refusal, as data with its sentence. Never empty. */
export function changesFor(policy: Policy, refusal: Refusal, purpose: string): readonly Change[] {
  const { act, help } = wordsOf(refusal);
  const said: Change = { act, help: fill(help, policy, refusal, purpose) };
  const { need } = refusal;
  return need === undefined ? [said] : [lacking(policy, need, purpose), said];
}

/** The sentences of `changesFor`. */
export function helpFor(policy: Policy, refusal: Refusal, purpose: string): readonly string[] {
  return changesFor(policy, refusal, purpose).map((change) => change.help);
}

function lacking(policy: Policy, need: Need, purpose: string): Change {
  const separate = policy.purposes.get(purpose)?.separate === true;
  const methods = need.giver === "parent" ? methodsThatDo(policy) : [];
  const who = need.giver === "parent" ? "A parent's consent" : "The person's own consent";
  const apart = separate ? ", given apart from any other" : "";
  const how = methods.length === 0 ? "" : `, by one of these methods: ${methods.join(", ")}`;
  const also = conditionsOf(need);
  const help = `${who} for "${purpose}"${apart}${how}${also} (${need.because.section}).`;
  const { regime } = need;
  const rule = need.because.section;
  return { act: "consent", help, giver: need.giver, purpose, regime, rule, methods, separate };
}

/** What the law of the need adds to a method, such as `monetary` in California. */
function conditionsOf(need: Need): string {
  const law = regimeOf(need.regime);
  const added = Object.entries(need.giver === "parent" ? (law?.alsoRequires ?? {}) : {});
  const listed = added.map(([method, condition]) => `${method} only if ${condition}`);
  return listed.length === 0 ? "" : ` (${listed.join(", ")})`;
}

function regimeOf(name: string): Regime | undefined {
  return isRegimeName(name) ? REGIMES[name] : undefined;
}

function evidenceOf(facts: Facts, atMs: number): readonly EvidenceTold[] {
  const { evidence } = facts.subject;
  const years = yearsOf(facts, atMs);
  const byService = facts.policy.audience === "child-directed";
  return whatCounts(evidence).map((one) => {
    const { id, kind, source, at } = one;
    const lowest = years !== undefined && yearsBy(one, atMs) === years;
    return { id, kind, source, at, decides: lowest && !byService };
  });
}

function consentsOf(facts: Facts, decision: Decision, purpose: string): readonly ConsentTold[] {
  const deciding = decidingOf(decision);
  return facts.subject.consents.flatMap((consent) => {
    const said = consent.decisions.find((one) => one.purpose === purpose);
    const decides = deciding.includes(consent.id);
    if (said === undefined && !decides) return [];
    const { id, from, regime, method, answeredAt, status } = consent;
    const notice = versionOf(facts, consent);
    const { verdict, at: decidedAt } = said ?? { verdict: "", at: "" };
    const told = { id, from, regime, method, notice, answeredAt, status, verdict, decidedAt };
    return [{ ...told, decides }];
  });
}

function decidingOf(decision: Decision): readonly string[] {
  if (!decision.allowed) return [decision.consent];
  return decision.grounds.map(({ consent }) => consent.id);
}

function versionOf(facts: Facts, consent: ConsentState): string {
  return facts.notices.get(consent.notice)?.version ?? consent.notice;
}

function sentencesOf(
  facts: Facts,
  decision: Decision,
  told: Omit<Explanation, "sentences">,
  cause = "",
): readonly string[] {
  const head = decision.allowed
    ? allowed(facts, decision, told.purpose)
    : [`Refused (${decision.code}): ${sentenceOf(facts.policy, decision, told.purpose)}`];
  const standing = cause === "" || decision.allowed ? [] : [`The record's standing: ${cause}.`];
  const { section, firmness, regime } = decision.because;
  const title = regimeOf(regime)?.title ?? "custody's own rule";
  const rule = `The rule that decided: ${section} (${title}; firmness: ${firmness}).`;
  return [...head, ...standing, rule, ageSentence(facts, told)];
}

function allowed(
  facts: Facts,
  decision: Extract<Decision, { allowed: true }>,
  purpose: string,
): readonly string[] {
  if (decision.kind === "exception") {
    const { section } = decision.because;
    if (decision.grounds.length === 0) {
      return [`Allowed without consent, by the exception of ${section}.`];
    }
    // The exception is the Rule's; another law wanted its own consent all the same.
    const others = decision.grounds.map((ground) => grounded(facts, ground, purpose));
    return [`Taken under the exception of ${section}.`, ...others];
  }
  if (decision.grounds.length === 0) {
    return [`Allowed: ${decision.because.section}; nobody's consent is needed for "${purpose}".`];
  }
  return decision.grounds.map((ground) => grounded(facts, ground, purpose));
}

function grounded(facts: Facts, { consent, need }: Ground, purpose: string): string {
  const { id, answeredAt, method, from } = consent;
  const by = method === "" ? `by the ${from === "school" ? "school" : "person"}` : `by ${method}`;
  const given = `consent ${id} given ${answeredAt.slice(0, 10)} ${by}`;
  const covers = `covers "${purpose}" under notice ${versionOf(facts, consent)}`;
  return `Allowed because ${given} ${covers}, as ${need.because.section} asks.`;
}

/** What the refusal says, as one sentence. */
export function sentenceOf(policy: Policy, refusal: Refusal, purpose: string): string {
  return fill(wordsOf(refusal).sentence, policy, refusal, purpose);
}

/** What a record's standing says for itself, where that is the reason; else what the code says. */
function wordsOf({ code, standing }: Refusal): RefusalWords {
  return (standing === undefined ? undefined : STANDING_WORDS[standing]) ?? REFUSAL_WORDS[code];
}

/** A name that the policy does not declare may be a person's, and is not repeated. */
function fill(template: string, policy: Policy, refusal: Refusal, purpose: string): string {
  const named = policy.purposes.has(purpose) ? `"${purpose}"` : "this purpose";
  return template
    .replace(/ ?\{consent\}/, refusal.consent === "" ? "" : ` ${refusal.consent}`)
    .replace("{purpose}", () => named);
}

function ageSentence(facts: Facts, told: Omit<Explanation, "sentences">): string {
  if (facts.policy.audience === "child-directed") {
    return "The service is directed to children, so everybody is treated as a child.";
  }
  const by = told.evidence.filter((one) => one.decides);
  if (by.length === 0) return "The age is not known: no evidence says anything.";
  const list = by.map(
    ({ id, kind, source, at }) => `${id} (${kind}, ${source}, ${at.slice(0, 10)})`,
  );
  return `The person is treated as ${told.band}, by the evidence ${list.join(" and ")}.`;
}
