/**
 * The rules of the scenario format once more, as plainly as they can be said, without a line of the
 * engine: the world is played again from the list of steps every time. In the model: `coppa`,
 * `ny-cdpa`, `ccpa-minors` and `gdpr-art8` (FR, DE); purposes for service, internal operations,
 * training and disclosure. Left out: exceptions, imports, schools, orders, holds, models, places.
 */
import type { Bodies, ModelService, Recipient, Said, Step } from "./steps.js";

type Verdict = "given" | "refused" | "withdrawn" | "revoked" | "invalidated";
type Evidence = Bodies["evidence"] & { at: number; zone: string };
interface Person {
  name: string;
  zone: string | undefined;
  place: string;
  evidence: Evidence[];
  suppressed: boolean;
  deletion: number | undefined;
  /** The step of the last wish to delete: what came in later is not in it. */
  wished: number;
  over: Set<string>;
}
interface Notice {
  version: string;
  covers: string[];
  categories: string[];
  recipients: string[];
}
interface Request {
  body: Bodies["request"];
  regime: string;
  at: number;
  notice: Notice;
  consent: boolean;
  reported: boolean;
}
export interface Consent {
  alias: string;
  n: number;
  at: number;
  request: Bodies["request"];
  regime: string;
  giver: string;
  notice: Notice;
  method: string;
  said: Map<string, { verdict: Verdict; n: number }>;
  named: string[];
  superseded: boolean;
  byPractice: boolean;
}
export interface Rec {
  alias: string;
  n: number;
  body: Bodies["collect"];
  taken: number;
  /** Where its subject was when it came in. */
  place: string;
  categories: string[];
  stood: Consent[];
  opener: Consent | undefined;
  /** The opener, or where none was needed the one that was cited. */
  named: Consent | undefined;
  erased: boolean;
}
interface Need {
  regime: string;
  from: "parent" | "subject";
  back?: true;
}
type No = { code: string; by?: Consent };
interface Purpose {
  use: string;
  for?: string | undefined;
  third: string[];
  all: string[];
  ended: boolean;
}
const DAY = 86_400_000;
const OWN = ["sign-up-screen", "profile"];
const WEAK = ["email-plus", "text-plus"];
const refused = (code: string): Said => ({ refused: code });
const days = new Map<string, string>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** YYYY-MM-DD on the calendars of a zone. */
function dayIn(ms: number, zone: string): string {
  const key = `${ms} ${zone}`;
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("en-CA", { timeZone: zone });
  formats.set(zone, format);
  const day = days.get(key) ?? format.format(ms);
  if (days.size > 50_000) days.clear();
  days.set(key, day);
  return day;
}

/** Texts of dates compare as dates: 29 February is before 1 March in every year. */
const wholeYears = (from: string, to: string): number =>
  Number(to.slice(0, 4)) - Number(from.slice(0, 4)) - (to.slice(5) < from.slice(5) ? 1 : 0);
const lastOf: { [kind: string]: (v: string) => string } = {
  "birth-date": (v) => v,
  "birth-month": (v) => isoDay(Date.UTC(Number(v.slice(0, 4)), Number(v.slice(5)), 0)),
  "birth-year": (v) => `${v}-12-31`,
};
const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function speaks(e: Bodies["evidence"]): boolean {
  if (e.kind === "statement") return false;
  return e.kind === "credential" ? e.value === true : e.claim === undefined;
}
function yearsBy(e: Evidence, at: number): number {
  const birth = lastOf[e.kind]?.(String(e.value));
  if (birth !== undefined) return Math.max(0, wholeYears(birth, dayIn(at, e.zone)));
  const lower = e.kind === "credential" ? 18 : (e.lower ?? 0);
  return at >= e.at
    ? lower
    : Math.max(0, lower - wholeYears(dayIn(at, e.zone), dayIn(e.at, e.zone)));
}
function sinceConfirmed(p: Person): Evidence[] {
  const said = p.evidence.filter(speaks);
  return said.slice(
    Math.max(
      0,
      said.findLastIndex((e) => e.confirmed === true && !OWN.includes(e.source)),
    ),
  );
}
export function yearsAt(p: Person, at: number): number | undefined {
  const held = sinceConfirmed(p);
  const counts = held.filter(
    (e, i) => OWN.includes(e.source) || !held.slice(i + 1).some((l) => l.source === e.source),
  );
  return counts.length === 0 ? undefined : Math.min(...counts.map((e) => yearsBy(e, at)));
}

/** The world after a list of steps. */
export class World {
  readonly people = new Map<string, Person>();
  readonly notices: Notice[] = [];
  readonly requests = new Map<string, Request>();
  readonly consents: Consent[] = [];
  readonly records: Rec[] = [];
  readonly sets = new Map<string, { purpose: string; records: Rec[] }>();
  readonly purposes = new Map<string, Purpose>();
  now: number;
  n = 0;

  readonly service: ModelService;

  constructor(service: ModelService) {
    this.service = service;
    this.now = service.start;
    for (const [name, p] of Object.entries(service.purposes))
      this.purposes.set(name, { ...parties(p.recipients), use: p.use, for: p.for, ended: false });
    this.tell({ version: "v0", covers: [...this.purposes.keys()] });
  }

  band(p: Person, at = this.now): string {
    const years = this.service.audience === "child-directed" ? 0 : yearsAt(p, at);
    return years === undefined ? "unknown" : years < 13 ? "child" : years < 18 ? "teen" : "adult";
  }
  knowledge(p: Person): string {
    return sinceConfirmed(p).some((e) => yearsBy(e, this.now) < 13) ? "actual" : "none";
  }
  discloses(): boolean {
    return [...this.purposes.values()].some((p) => p.third.length > 0 && !p.ended);
  }
  needs(who: Person, name: string, at: number): Need[] {
    const p = this.purposes.get(name) as Purpose;
    const directed = this.service.audience === "child-directed";
    const known = yearsAt(who, at);
    const years = directed ? Math.min(known ?? 12, 12) : known;
    const is = (from: number, to: number): boolean =>
      years !== undefined && years >= from && years < to;
    const needs: Need[] = [];
    if (who.place.startsWith("US") && is(0, 13)) needs.push({ regime: "coppa", from: "parent" });
    const apart = ["first-party-training", "disclosure"].includes(p.use);
    if (who.place === "US-NY" && is(13, 18) && apart)
      needs.push({ regime: "ny-cdpa", from: "subject" });
    const sale = p.third.length > 0 && p.for === "advertising";
    if (who.place === "US-CA" && sale && is(0, 16))
      needs.push({ regime: "ccpa-minors", from: is(0, 13) ? "parent" : "subject", back: true });
    const own = who.place === "FR" ? 15 : 16;
    if (["FR", "DE"].includes(who.place) && p.use !== "service") {
      if (is(0, own)) needs.push({ regime: "gdpr-art8", from: "parent" });
      if (!is(0, own) || who.place === "FR") needs.push({ regime: "gdpr-art8", from: "subject" });
    }
    return needs;
  }

  /** Has the one who must agree agreed: to what is collected now, or for a record that is held? */
  agreed(
    who: Person,
    name: string,
    need: Need,
    of: { categories: string[]; record?: Rec; taken?: number | undefined },
  ): Consent | No {
    const mine = this.consents.filter(
      (c) =>
        c.request.subject === who.name &&
        (c.request.from ?? "parent") === need.from &&
        c.regime === need.regime,
    );
    const decided = mine
      .flatMap((c) =>
        c.said.has(name)
          ? [{ ...(c.said.get(name) as { verdict: Verdict; n: number }), by: c }]
          : [],
      )
      .sort((a, b) => a.n - b.n);
    const last = decided.filter(
      (d, i) => !decided.slice(i + 1).some((l) => l.by.giver === d.by.giver),
    );
    const no = (d: (typeof last)[number]): No => ({
      code: `consent-${d.verdict === "revoked" ? "withdrawn" : d.verdict}`,
      by: d.by,
    });
    const against = last.filter((d) => d.verdict !== "given");
    if (against.some((d) => d.verdict !== "invalidated"))
      return no(against.at(-1) as (typeof last)[number]);
    const yes = mine.filter((c) => c.said.get(name)?.verdict === "given");
    const open = yes.filter((c) => {
      if (of.record !== undefined) return need.back || of.record.stood.includes(c);
      return (
        (need.back || of.taken === undefined || c.at < of.taken) &&
        !against.some((d) => d.by.giver === c.giver)
      );
    });
    if (open.length === 0) {
      const newest = last.at(-1);
      if (newest !== undefined && newest.verdict !== "given") return no(newest);
      const silent = [...this.requests.values()].some(
        ({ body, regime, at, consent }) =>
          !consent &&
          this.now >= at + 14 * DAY &&
          regime === need.regime &&
          body.subject === who.name &&
          (body.from ?? "parent") === need.from &&
          body.purposes.includes(name),
      );
      if (newest === undefined && silent) return { code: "consent-expired" };
      if (yes.length > 0 && of.record === undefined) return { code: "consent-required" };
      const live = mine.some((c) => [...c.said.values()].some((d) => d.verdict === "given"));
      return { code: live ? "consent-out-of-scope" : "consent-required" };
    }
    const third = (this.purposes.get(name) as Purpose).third;
    const told = open.filter(
      ({ notice }) =>
        notice.covers.includes(name) &&
        of.categories.every((c) => notice.categories.includes(c)) &&
        third.every((r) => notice.recipients.includes(r)),
    );
    if (told.length === 0) return { code: "notice-outdated" };
    return (
      told.findLast((c) => third.length === 0 || c.named.includes(name)) ?? {
        code: "separate-consent-required",
      }
    );
  }

  /** What a record lacks for a purpose: by the age and the place then, by what is known now. */
  lacks(rec: Rec, purpose: string): No | undefined {
    const who = { ...this.who(rec.body.subject), place: rec.place };
    const nos = this.needs(who, purpose, rec.taken)
      .map((need) => this.agreed(who, purpose, need, { categories: [], record: rec }))
      .filter((a): a is No => "code" in a);
    return nos.find(({ code }) => code.startsWith("consent-")) ?? nos[0];
  }
  status(rec: Rec): string {
    if (rec.erased) return "erased";
    const own = rec.body.purpose;
    const lack = this.lacks(rec, own);
    const under = [rec.named, ...rec.stood.filter((c) => c === lack?.by)];
    const broken = under.filter((c) => c !== undefined && statusOf(c) === "invalidated");
    if (broken.some((c) => c?.byPractice === false)) return "tainted";
    const { wished } = this.who(rec.body.subject);
    if (rec.n < wished || broken.length > 0) return "restricted";
    if (lack === undefined) return "admitted";
    const still = [own, ...(rec.opener?.said.keys() ?? [])].some(
      (p) => !this.lacks(rec, p)?.code.startsWith("consent-"),
    );
    return rec.opener !== undefined && still ? "admitted" : "restricted";
  }
  read(rec: Rec, purpose: string): Said {
    const status = this.status(rec);
    const who = this.who(rec.body.subject);
    if (status !== "admitted") return refused(`record-${status}`);
    if (this.over(who, purpose)) return refused("purpose-forbidden");
    if (this.band(who, rec.taken) === "unknown") return refused("age-unknown");
    for (const need of this.needs(who, purpose, rec.taken)) {
      const answer = this.agreed(who, purpose, need, { categories: rec.categories, record: rec });
      if ("code" in answer) return refused(answer.code);
    }
    return { values: rec.body.values };
  }
  over = (who: Person, purpose: string): boolean =>
    this.purposes.get(purpose)?.ended === true || who.over.has(purpose);
  who = (name: string): Person => this.people.get(name) as Person;

  /** Plays one step; what it is to say. */
  play(step: Step): Said {
    this.now = step.at;
    this.n += 1;
    switch (step.verb) {
      case "register": {
        const { subject, timeZone, jurisdiction } = step.body;
        const known = this.people.get(subject) ?? {
          name: subject,
          zone: undefined,
          place: this.service.jurisdiction,
          evidence: [],
          suppressed: false,
          deletion: undefined,
          wished: 0,
          over: new Set<string>(),
        };
        this.people.set(subject, {
          ...known,
          zone: timeZone ?? known.zone,
          place: jurisdiction ?? known.place,
        });
        return {};
      }
      case "evidence":
        return this.hear(step.body);
      case "notice":
        this.tell(step.body);
        return {};
      case "practice":
        return this.change(step.body);
      case "request":
        return this.ask(step.body);
      case "answer":
        return this.answer(step.body);
      case "revoke": {
        const { consent, by = "parent", purposes } = step.body;
        return this.end(
          consent,
          ["operator", "regulator"].includes(by) ? "revoked" : "withdrawn",
          purposes,
        );
      }
      case "invalidate":
        return this.end(step.body.consent, "invalidated", undefined);
      case "collect":
        return this.collect(step.body);
      case "read":
        return this.read(this.record(step.body.record), step.body.purpose);
      case "seal": {
        const { as, purpose, select } = step.body;
        const all = this.records
          .filter((r) => !r.erased && (select.subjects?.includes(r.body.subject) ?? true))
          .map((r) => ({ r, said: this.read(r, purpose) }));
        const members = all.filter(({ said }) => said.values !== undefined).map(({ r }) => r);
        this.sets.set(as, { purpose, records: members });
        const excluded = all
          .filter(({ said }) => said.values === undefined)
          .map(({ r, said }) => [r.alias, said.refused]);
        return { members: members.map((r) => r.alias), excluded: Object.fromEntries(excluded) };
      }
      case "sweep":
        return this.sweep();
      case "request-deletion": {
        const { subject, by, "keep-account": keep } = step.body;
        if (by === "unverified") return refused("guardian-unverified");
        const who = this.who(subject);
        who.deletion ??= this.now;
        who.wished = this.n;
        who.suppressed ||= keep !== true;
        return { due: { data: isoDay(who.deletion + 30 * DAY) } };
      }
    }
  }
  record = (alias: string): Rec => this.records.find((r) => r.alias === alias) as Rec;

  private hear(e: Bodies["evidence"]): Said {
    const who = this.who(e.subject);
    const zone = who.zone ?? "Etc/GMT+12";
    const first = lastOf[e.kind] === undefined ? "" : `${e.value}-01-01`.slice(0, 10);
    const real = e.kind !== "birth-date" || isoDay(Date.parse(`${e.value}T00:00:00Z`)) === e.value;
    const ahead = first > dayIn(this.now, who.zone ?? "Pacific/Kiritimati");
    if (!real || ahead || (e.lower ?? 0) > (e.upper ?? 150)) return refused("value-rejected");
    const asked = e.source === "sign-up-screen" && e.session !== undefined;
    const heard = [...this.people.values()].flatMap((one) => one.evidence);
    if (asked && heard.some((o) => o.source === e.source && o.session === e.session))
      return refused("age-answer-repeated");
    who.evidence.push({ ...e, at: this.now, zone });
    return { band: this.band(who), knowledge: this.knowledge(who) };
  }
  private tell(n: {
    version: string;
    covers: string[];
    categories?: string[];
    recipients?: string[];
  }): void {
    const categories =
      n.categories ??
      Object.values(this.service.collections).flatMap((c) =>
        Object.values(c.fields).map((f) => f.category),
      );
    this.notices.push({
      ...n,
      categories,
      recipients: n.recipients ?? [...this.purposes.values()].flatMap((p) => p.all),
    });
  }
  private change({ purpose, recipients, ended, subject }: Bodies["practice"]): Said {
    if (subject !== undefined) {
      this.who(subject).over.add(purpose);
      return { invalidated: [] };
    }
    const p = this.purposes.get(purpose) as Purpose;
    this.purposes.set(purpose, {
      ...p,
      ...(recipients === undefined ? {} : parties(recipients)),
      ended: p.ended || ended === true,
    });
    const weak = this.consents.filter(
      (c) =>
        this.discloses() &&
        WEAK.includes(c.method) &&
        [...c.said.values()].some((d) => d.verdict === "given"),
    );
    for (const c of weak) {
      c.byPractice = true;
      for (const [name, d] of c.said)
        if (d.verdict === "given") c.said.set(name, { verdict: "invalidated", n: this.n });
    }
    return { invalidated: weak.map((c) => c.alias) };
  }
  private ask(body: Bodies["request"]): Said {
    const place = this.who(body.subject).place;
    const governing = place.startsWith("US") ? "coppa" : "gdpr-art8";
    const newest = this.notices.at(-1) as Notice;
    if (body.method === "unlisted" || (WEAK.includes(body.method ?? "") && this.discloses()))
      return refused("method-insufficient");
    if (
      (body.notice ?? newest.version) !== newest.version ||
      !body.purposes.every((p) => newest.covers.includes(p))
    )
      return refused("notice-outdated");
    const tied =
      body["all-or-nothing"] === true &&
      body.purposes.length > 1 &&
      body.purposes.some((p) => (this.purposes.get(p)?.third.length ?? 0) > 0);
    if (tied) return refused("conditioned-on-disclosure");
    this.requests.set(body.as, {
      body,
      regime: body.regime ?? governing,
      at: this.now,
      notice: newest,
      consent: false,
      reported: false,
    });
    return { request: "requested" };
  }
  private answer({
    request: of,
    outcome,
    reported,
    conditions = {},
    grants,
    refuses,
    as,
  }: Bodies["answer"]): Said {
    const request = this.requests.get(of) as Request;
    const { body, regime, at, notice } = request;
    if (this.now >= at + 14 * DAY) return refused("request-lapsed");
    if (outcome === "not-a-parent") return refused("guardian-unverified");
    if (outcome === "bounced" || outcome === "no-answer") return { consent: "requested" };
    const vendor =
      body.method === "vendor-flow" && (reported === undefined || reported === "vendor-flow");
    const method = vendor ? "vendor-flow" : (reported ?? "");
    if (outcome === "verified" && body.from !== "subject" && !vendor) {
      if (method === "") return refused("method-unreported");
      const step = WEAK.includes(method) && conditions["plus-step-done"] === false;
      const unmet = Object.entries(conditions).some(
        ([name, value]) =>
          (value === false && !["monetary", "plus-step-done"].includes(name)) ||
          UNMET[name]?.includes(value),
      );
      const card =
        regime === "ccpa-minors" &&
        method === "payment-transaction" &&
        conditions.monetary === false;
      const never =
        ["vendor-flow", "unlisted"].includes(method) || (WEAK.includes(method) && this.discloses());
      if (never || unmet || card) return refused("method-insufficient");
      if (step) return { consent: "requested" };
    }
    const yes = (p: string): boolean =>
      outcome === "verified" && !refuses?.includes(p) && (grants?.includes(p) ?? true);
    const said = new Map(
      body.purposes.map((p) => [
        p,
        { verdict: yes(p) ? ("given" as const) : ("refused" as const), n: this.n },
      ]),
    );
    const consent: Consent = {
      alias: as,
      n: this.n,
      at: this.now,
      request: body,
      regime,
      giver: body.contact ?? "subject",
      notice,
      method,
      said,
      named: body.purposes.filter((p) => yes(p) && grants !== undefined),
      superseded: false,
      byPractice: false,
    };
    for (const c of this.consents)
      if (statusOf(c) === "given" && statusOf(consent) === "given" && replaces(consent, c))
        c.superseded = true;
    this.consents.push(consent);
    request.consent = true;
    return { consent: statusOf(consent) };
  }
  private end(alias: string, verdict: Verdict, purposes: string[] | undefined): Said {
    const target = this.consents.find((c) => c.alias === alias) as Consent;
    const older = this.consents.filter(
      (c) =>
        verdict !== "invalidated" &&
        c.superseded &&
        statusOf(target) === "given" &&
        replaces(target, c),
    );
    for (const c of [target, ...older]) {
      if (verdict === "invalidated") c.byPractice = false;
      for (const [name, d] of c.said)
        if (
          (purposes?.includes(name) ?? true) &&
          (verdict === "invalidated" || d.verdict === "given")
        )
          c.said.set(name, { verdict, n: this.n });
    }
    return { consent: statusOf(target) };
  }
  private collect(body: Bodies["collect"]): Said {
    const { subject, collection, purpose, values, consent: cited } = body;
    const fields = this.service.collections[collection]?.fields ?? {};
    const who = this.who(subject);
    const said = body.taken === undefined ? undefined : Date.parse(body.taken);
    const taken = said !== undefined && said < this.now ? said : undefined;
    const categories = Object.keys(values).map((f) => fields[f]?.category ?? "");
    if (Object.entries(values).some(([f, v]) => fields[f]?.type !== typeof v))
      return refused("value-rejected");
    if (this.over(who, purpose)) return refused("purpose-forbidden");
    if (who.suppressed) return refused("subject-suppressed");
    if (this.band(who, taken ?? this.now) === "unknown") return refused("age-unknown");
    const foreign =
      cited !== undefined &&
      this.consents.find((c) => c.alias === cited)?.request.subject !== subject;
    let opener: Consent | undefined;
    for (const need of this.needs(who, purpose, taken ?? this.now)) {
      const answer = this.agreed(who, purpose, need, { categories, taken });
      if ("code" in answer)
        return refused(
          foreign && answer.code !== "notice-outdated" ? "wrong-subject" : answer.code,
        );
      opener = answer;
    }
    if (foreign) return refused("wrong-subject");
    const named = opener ?? this.consents.find((c) => c.alias === cited);
    const live = (c: Consent): boolean =>
      c.request.subject === subject && ["given", "superseded"].includes(statusOf(c));
    const stood = this.consents.filter((c) => live(c) && (taken === undefined || c.at < taken));
    this.records.push({
      alias: body.as,
      n: this.n,
      body,
      taken: taken ?? this.now,
      place: who.place,
      categories,
      stood,
      opener,
      named,
      erased: false,
    });
    return { stored: true };
  }
  private sweep(): Said {
    const going = this.records.filter((r) => !r.erased && this.now >= this.dueAt(r));
    for (const r of going) r.erased = true;
    const lapsed = [...this.requests].filter(
      ([, r]) => !r.consent && !r.reported && this.now >= r.at + 14 * DAY,
    );
    for (const [, r] of lapsed) r.reported = true;
    return { erased: going.map((r) => r.alias), lapsed: lapsed.map(([alias]) => alias) };
  }
  private dueAt(r: Rec): number {
    if (this.over(this.who(r.body.subject), r.body.purpose)) return this.now;
    if (r.body.collection === "profile") return r.taken + 30 * DAY;
    const own = this.records.filter(
      (o) =>
        o.body.subject === r.body.subject &&
        o.body.collection === "diary" &&
        o.body.source !== "background",
    );
    const moments = own.length === 0 ? [r.taken] : own.map((o) => o.taken);
    return Math.max(...moments) + 20 * DAY;
  }
}
const UNMET: { readonly [condition: string]: readonly unknown[] } = {
  "returned-by": ["in-app"],
  "id-deleted-after": ["P2D"],
  attempts: ["unlimited"],
  questions: [1, 2, 3],
  options: [1, 2, 3],
};
const replaces = (newer: Consent, older: Consent): boolean =>
  newer.n > older.n &&
  newer.giver === older.giver &&
  newer.request.subject === older.request.subject &&
  newer.regime === older.regime &&
  [...older.said.keys()].every((p) => newer.said.has(p));
export function statusOf(c: Consent): string {
  const found = new Set([...c.said.values()].map((d) => d.verdict));
  if (found.has("given") && !found.has("invalidated") && c.superseded) return "superseded";
  return (
    (["invalidated", "given", "revoked", "withdrawn"] as const).find((v) => found.has(v)) ??
    "refused"
  );
}
function parties(recipients: readonly Recipient[] = []): { third: string[]; all: string[] } {
  const named = recipients.map((r) => (typeof r === "string" ? { name: r } : r));
  return {
    all: named.map((r) => r.name),
    third: named.filter((r) => !("role" in r)).map((r) => r.name),
  };
}
/** Plays the whole list from nothing: the world after it, and what the last step is to say. */
export function replayed(
  service: ModelService,
  steps: readonly Step[],
): { world: World; said: Said } {
  const world = new World(service);
  let said: Said = {};
  for (const step of steps) said = world.play(step);
  return { world, said };
}
