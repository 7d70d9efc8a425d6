/**
 * Invariants 1 to 4 of the design, asserted after every step on what the client says, whatever the
 * reference thinks of agreement.
 */
import type { Client } from "./client.js";
import { type Rec, type World, yearsAt } from "./reference.js";
import type { Said, Step } from "./steps.js";

/** What was seen after the step before. */
export interface Seen {
  /** By person, with the moment of the look: a birthday may have come since. */
  readonly bands: ReadonlyMap<string, { readonly band: string; readonly at: number }>;
  readonly tags: ReadonlyMap<string, string>;
}

/** A look at something after a step: how it is asked in a scenario, and what each side says. */
export interface Look {
  readonly verb: "state" | "read";
  readonly body: { readonly [key: string]: string };
  readonly expected: Said;
  readonly actual: Said;
}

interface Moment {
  readonly client: Client;
  readonly before: World;
  readonly world: World;
  readonly step: Step;
  readonly said: Said;
  readonly seen: Seen | undefined;
  readonly looks: readonly Look[];
}

const RANK: { readonly [band: string]: number } = { child: 0, teen: 1, adult: 2 };
const OWN = ["sign-up-screen", "profile"];

export async function checkInvariants(moment: Moment): Promise<Seen | { readonly broken: string }> {
  const { client, world, seen, step } = moment;
  const subject = "subject" in step.body ? step.body.subject : undefined;
  const bands = new Map(seen?.bands);
  const tags = new Map(seen?.tags);
  for (const { verb, body, actual } of moment.looks) {
    if (actual.band !== undefined) {
      bands.set(body.of ?? "", { band: String(actual.band), at: step.at });
    }
    if (verb === "state") continue;
    const record = world.record(body.record ?? "");
    const purpose = body.purpose ?? "";
    const fault = actual.values === undefined ? undefined : withoutBasis(world, record, purpose);
    if (fault !== undefined)
      return { broken: `1, 3: ${record.alias} is read for ${purpose}, ${fault}` };
  }
  for (const { alias, body } of world.records) {
    if (subject !== undefined && body.subject !== subject) continue;
    const tag = await client.tag(alias);
    if ((seen?.tags.get(alias) ?? tag) !== tag) return { broken: `3: the tag of ${alias} changed` };
    tags.set(alias, tag);
  }
  const broken = ofEvidence(moment, bands) ?? (await ofMethods(moment));
  return broken === undefined ? { bands, tags } : { broken };
}

/**
 * A child's value (by what is known now) is read only under a yes of the one who must agree by
 * COPPA that stands, covers the purpose and came before the value did.
 */
function withoutBasis(world: World, record: Rec, purpose: string): string | undefined {
  const who = world.who(record.body.subject);
  const years = yearsAt(who, record.taken);
  const child = world.service.audience === "child-directed" || (years !== undefined && years < 13);
  if (years === undefined && !child) return "the age is unknown";
  if (!child || !who.place.startsWith("US")) return undefined;
  const stands = world.consents.some(
    (c) =>
      c.request.subject === who.name &&
      c.regime === "coppa" &&
      c.request.from !== "subject" &&
      c.n < record.n &&
      c.at <= record.taken &&
      c.said.get(purpose)?.verdict === "given",
  );
  return stands ? undefined : "and no parent's yes from before it stands";
}

/** 2: lowered at once; raised by something stronger only; a repeated answer changes nothing. */
function ofEvidence(
  { before, step, said, seen }: Moment,
  bands: Seen["bands"],
): string | undefined {
  if (step.verb !== "evidence") return undefined;
  const { subject, source, confirmed } = step.body;
  const last = seen?.bands.get(subject);
  const was = last?.at === step.at ? last.band : undefined;
  const is = bands.get(subject)?.band;
  if (was === undefined || is === undefined) return undefined;
  if (said.refused !== undefined)
    return was === is ? undefined : "2: refused evidence changed the band";
  if ((RANK[is] ?? 3) > (RANK[was] ?? 3)) {
    const own = OWN.includes(source);
    const replaces = before.who(subject).evidence.some((e) => e.source === source);
    if (own || !(confirmed === true || replaces)) return `2: ${source} raised ${was} to ${is}`;
  }
  const { lower, kind } = step.body;
  const claimed =
    kind === "age-range" && step.body.claim === undefined && lower !== undefined && lower < 13;
  return claimed && is !== "child" ? `2: ${lower} years did not lower ${is}` : undefined;
}

/** 4: the method on record is the one that the verifier reported. */
async function ofMethods({ client, step, said }: Moment): Promise<string | undefined> {
  if (step.verb !== "answer" || (said.consent !== "given" && said.consent !== "refused"))
    return undefined;
  const { method } = await client.consent(step.body.as);
  const { reported } = step.body;
  if (reported !== undefined && method !== reported)
    return `4: ${reported} was reported, ${method} is on record`;
  if (reported === undefined && method !== "" && method !== "vendor-flow")
    return `4: ${method} is on record, nothing was reported`;
  return undefined;
}
