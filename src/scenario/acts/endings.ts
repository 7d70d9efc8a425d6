/** How things end, on the client. */
import type { z } from "zod";
import { CustodyError } from "../../errors.js";
import { fromBase64url, text } from "../../lib/bytes.js";
import type { PurgeId, RecordId } from "../../lib/id.js";
import type { Outcome } from "../outcome.js";
import { placeNameOf, type Stage } from "../stage.js";
import type { VERBS } from "../verbs/index.js";
import { msOf } from "../words.js";
import { given, idOf } from "./calls.js";

type Body<V extends keyof typeof VERBS> = z.output<(typeof VERBS)[V]["input"]>;

const many = (words: string | readonly string[] | undefined, to: (word: string) => string) => {
  if (words === undefined) return undefined;
  return typeof words === "string" ? to(words) : words.map(to);
};

export async function order(stage: Stage, body: Body<"order">): Promise<Outcome> {
  const { as: _, select, ...rest } = body;
  const id = (alias: string): string => idOf<"subject">(stage, alias);
  const words = {
    title: stage.scenario.title,
    citation: stage.scenario.rule,
    ...rest,
    select: given({
      ...select,
      subject: many(select.subject, id),
      consent: many(select.consent, id),
      notice: many(select.notice, (version) => stage.notices.get(version) ?? version),
    }),
  };
  type OrderText = Parameters<typeof stage.client.orders.open>[0];
  const { id: made, due } = await stage.client.orders.open(words as unknown as OrderText);
  return { said: { due }, made: { kind: "order", id: made } };
}

function causeOf(body: Body<"plan">): string {
  return body.order ?? body.request ?? "";
}

export async function plan(stage: Stage, body: Body<"plan">): Promise<Outcome> {
  const { purges } = stage.client;
  const alias = causeOf(body);
  const planned = await (body.order === undefined
    ? purges.plan({ subject: idOf<"subject">(stage, alias) })
    : purges.plan({ order: idOf<"order">(stage, alias) }));
  stage.plans.set(alias, planned.id);
  const said = { steps: planned.plan.items.length };
  return { said, made: { kind: "plan", id: planned.id } };
}

/** Who approves is not the format's to say. */
const APPROVER = { name: "Robin Example", title: "Privacy Officer" } as const;

export async function approve(stage: Stage, body: Body<"approve">): Promise<Outcome> {
  await stage.client.purges.approve({ purge: planOf(stage, body), by: APPROVER });
  return { said: {} };
}

export async function run(stage: Stage, body: Body<"run">): Promise<Outcome> {
  const purge = planOf(stage, body);
  const { state } = await stage.client.purges.run(purge);
  return { said: { purge: state }, made: { kind: "purge", id: purge } };
}

function planOf(stage: Stage, body: Body<"plan">): PurgeId {
  const alias = causeOf(body);
  const purge = stage.plans.get(alias);
  // Nothing was planned, so nothing was approved.
  if (purge === undefined) throw new CustodyError("plan-unapproved", { id: alias });
  return purge;
}

type Switch = "lose" | "unreachable" | "reachable";

/** A place is named by the service or by a model that lies there. */
function turn(stage: Stage, name: string, how: Switch): Outcome {
  const place = stage.places.get(name);
  if (place === undefined) throw new CustodyError("connector-unknown", { connector: name });
  place[how]();
  return { said: {} };
}

export const losePlace = async (stage: Stage, { place }: Body<"lose-place">) =>
  turn(stage, place, "lose");
export const unreachable = async (stage: Stage, { place }: Body<"unreachable">) =>
  turn(stage, place, "unreachable");
export const reachable = async (stage: Stage, { place }: Body<"reachable">) =>
  turn(stage, place, "reachable");

export async function clear(stage: Stage, body: Body<"clear">): Promise<Outcome> {
  const { name, title, human } = body.by;
  const by = { name, title: title ?? "", human };
  const input = { model: idOf<"model">(stage, body.model), reason: body.reason, by };
  const { state } = await stage.client.models.clear(input);
  return { said: { model: state } };
}

export async function infeasible(stage: Stage, body: Body<"infeasible">): Promise<Outcome> {
  const { name, title, human, principal } = body.signer;
  const { state } = await stage.client.models.infeasible({
    model: idOf<"model">(stage, body.model),
    order: idOf<"order">(stage, body.order),
    product: body.product,
    reason: body.reason,
    signer: { name, title: title ?? "", human, principal: principal === true },
    statement: body.statement ?? "",
  });
  return { said: { model: state } };
}

/** What came in after the copy was taken is not in it: it is absent as well. */
export async function restore(stage: Stage, body: Body<"restore">): Promise<Outcome> {
  const { restoring, aliases } = stage;
  const copy = restoring.copies.get(msOf(body["backup-of"]) ?? 0) ?? (await restoring.copy());
  await restoring.bringBack(copy);
  const [present, absent]: [string[], string[]] = [[], []];
  for (const { id } of aliases.all("record")) {
    const { status } = await stage.client.records.status(id as RecordId);
    (status === "erased" ? absent : present).push(id);
  }
  return { said: { present: aliases.namesOf(present), absent: aliases.namesOf(absent) } };
}

export async function sweep({ client, aliases }: Stage): Promise<Outcome> {
  const { erased, lapsed } = await client.retention.sweep();
  return { said: { erased: aliases.namesOf(erased), lapsed: aliases.namesOf(lapsed) } };
}

interface Sworn {
  readonly retained: readonly { readonly record: string }[];
  readonly notProven: readonly { readonly connector?: string; readonly node: string }[];
  readonly campaign: object | null;
}

/** A count left out is 0. */
export async function certify(stage: Stage, body: Body<"certify">): Promise<Outcome> {
  const { signer, retained, counts, statement } = body;
  const zero = Object.fromEntries(COUNTS.map((name) => [name, 0]));
  const input = given({
    purge: idOf<"purge">(stage, body.purge) as string,
    signer: signer === undefined ? undefined : { ...signer, principal: undefined },
    statement,
    counts: counts === undefined ? undefined : { ...zero, ...counts },
    retained: retained?.map((alias) => idOf<"record">(stage, alias) as string),
  });
  const plain = JSON.parse(JSON.stringify(input)) as unknown;
  type Issue = Parameters<typeof stage.client.certificates.issue>[0];
  const { jws } = await stage.client.certificates.issue(plain as Issue);
  const payload = fromBase64url(jws.split(".")[1] ?? "");
  const sworn = JSON.parse(text(payload ?? new Uint8Array())) as Sworn;
  return {
    said: {
      certificate: "issued",
      retained: stage.aliases.namesOf(sworn.retained.map(({ record }) => record)),
      "not-proven": sworn.notProven.map(({ connector, node }) =>
        connector === undefined ? node : placeNameOf(connector),
      ),
      ...(sworn.campaign === null ? {} : { counts: sworn.campaign }),
    },
  };
}

const COUNTS = [
  "noticed",
  "consented",
  "school-authorised",
  "declined",
  "no-answer",
  "deletion-requested",
  "asked",
];
