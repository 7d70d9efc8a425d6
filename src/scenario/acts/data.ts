/** The acts on data, on the client. */
import type { z } from "zod";
import type { Exception } from "../../core/record.js";
import { isCustodyError } from "../../errors.js";
import type { RecordId } from "../../lib/id.js";
import { instantText } from "../../lib/instant.js";
import type { Outcome } from "../outcome.js";
import { connectorOf, type Stage } from "../stage.js";
import type { VERBS } from "../verbs/index.js";
import { msOf } from "../words.js";
import { given, idOf } from "./calls.js";

type Body<V extends keyof typeof VERBS> = z.output<(typeof VERBS)[V]["input"]>;

export async function collect(stage: Stage, body: Body<"collect">): Promise<Outcome> {
  const { as: _, subject, consent, taken, ...rest } = body;
  const ms = taken === undefined ? undefined : msOf(taken);
  const input = given({
    ...rest,
    subject: idOf<"subject">(stage, subject),
    consent: consent === undefined ? undefined : idOf<"consent">(stage, consent),
    taken: ms === undefined ? undefined : instantText(ms),
    exception: rest.exception as Exception | undefined,
  });
  const { records } = stage.client;
  const id = await records.collect(input as Parameters<typeof records.collect>[0]);
  const { collection, purpose } = body;
  stage.collected.set(id, { subject: input.subject, collection, purpose });
  return { said: { stored: true }, made: { kind: "record", id } };
}

export async function read(stage: Stage, body: Body<"read">): Promise<Outcome> {
  if (body.record === undefined) return readPerson(stage, body);
  const record = idOf<"record">(stage, body.record);
  const values = await stage.client.records.read({ record, purpose: body.purpose });
  return { said: { values } };
}

/** Of each field the newest value that a read gives. */
async function readPerson(stage: Stage, { subject, purpose }: Body<"read">): Promise<Outcome> {
  const { records } = stage.client;
  const readings = await records.readAll({ subject: idOf<"subject">(stage, subject), purpose });
  return { said: { values: Object.assign({}, ...readings.map(({ values }) => values)) } };
}

export async function disclose(stage: Stage, body: Body<"disclose">): Promise<Outcome> {
  const { records, dataset, ...rest } = body;
  await stage.client.disclosures.make(
    given({
      ...rest,
      records: records?.map((alias) => idOf<"record">(stage, alias)),
      dataset: dataset === undefined ? undefined : idOf<"dataset">(stage, dataset),
    }),
  );
  return { said: {} };
}

export async function acknowledge({ client }: Stage, body: Body<"acknowledge">): Promise<Outcome> {
  const place = body.place === undefined ? undefined : connectorOf(body.place);
  await client.disclosures.acknowledge(given({ ...body, place }));
  return { said: {} };
}

/** `all` is no list, and a hold without an instrument is none: both are the client's to refuse. */
export async function hold(stage: Stage, body: Body<"hold">): Promise<Outcome> {
  const { records, authority, instrument } = body;
  const ids = records === "all" ? [] : records.map((alias) => idOf<"record">(stage, alias));
  const input = { records: ids, authority, instrument: instrument ?? "" };
  const id = await stage.client.holds.place(input);
  return { said: {}, made: { kind: "hold", id } };
}

export async function release(stage: Stage, body: Body<"release">): Promise<Outcome> {
  const id = idOf<"hold">(stage, body.hold);
  const { due } = await stage.client.holds.release(id);
  return { said: { due } };
}

export async function seal(stage: Stage, body: Body<"seal">): Promise<Outcome> {
  const subjects = body.select.subjects?.map((alias) => idOf<"subject">(stage, alias));
  const select = given({ ...body.select, subjects });
  const { client, aliases } = stage;
  const sealed = await client.datasets.seal({ name: body.dataset, purpose: body.purpose, select });
  const members = new Set<string>();
  for await (const { record } of client.datasets.read(sealed.id)) members.add(record);
  const excluded: Record<string, string> = {};
  for (const [id, facts] of stage.collected) {
    const wanted =
      (select.collection === undefined || select.collection === facts.collection) &&
      (select.purpose === undefined || select.purpose === facts.purpose) &&
      (select.subjects === undefined || select.subjects.some((one) => one === facts.subject));
    if (!wanted || members.has(id)) continue;
    const code = await refusalOf(stage, id as RecordId, body.purpose);
    // What is erased is not listed.
    if (code !== "record-erased") excluded[aliases.nameOf(id)] = code;
  }
  const said = { members: aliases.namesOf(members), excluded };
  return { said, made: { kind: "dataset", id: sealed.id } };
}

/** The client counts what it left out; the code of each record is what a read would give. */
async function refusalOf(stage: Stage, record: RecordId, purpose: string): Promise<string> {
  try {
    await stage.client.records.read({ record, purpose });
    return "not refused";
  } catch (error) {
    if (isCustodyError(error)) return error.code;
    throw error;
  }
}

/** What the client does not report is not said here either: an expectation of it then fails. */
export async function trace(stage: Stage, body: Body<"trace">): Promise<Outcome> {
  const found: object = await stage.client.trace(idOf<"subject">(stage, body.from));
  const said: Record<string, unknown> = {};
  for (const key of ["records", "datasets", "artifacts", "models", "recipients"]) {
    const list = (found as Readonly<Record<string, unknown>>)[key];
    if (Array.isArray(list)) said[key] = stage.aliases.namesOf(list as string[]);
  }
  return { said };
}
