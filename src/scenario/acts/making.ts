/** The acts that make something of data: derived things and models. */
import type { z } from "zod";
import type { Relation } from "../../core/relation.js";
import { sha256Hex, utf8 } from "../../lib/bytes.js";
import type { Outcome } from "../outcome.js";
import { connectorOf, type Stage, WORKSHOP } from "../stage.js";
import type { VERBS } from "../verbs/index.js";
import { given, idOf } from "./calls.js";

type Body<V extends keyof typeof VERBS> = z.output<(typeof VERBS)[V]["input"]>;

/** Its bytes lie in a place of the runner's own: the format names none for what is derived. */
export async function derive(stage: Stage, body: Body<"derive">): Promise<Outcome> {
  const { client, places } = stage;
  const name = body.dataset ?? body.artifact ?? "";
  const kind = body.dataset === undefined ? ("artifact" as const) : ("dataset" as const);
  const from = body.from.map((alias) => idOf<"record">(stage, alias) as string);
  const ref = `derived/${stage.made.derived}`;
  const { id, status } = await client.artifacts.derive(
    given({
      name,
      kind,
      from,
      relation: body.relation,
      places: [{ connector: WORKSHOP, ref }],
      tagged: body.tagged,
      deidentified: body.deidentified === undefined ? undefined : given(body.deidentified),
    }),
  );
  stage.made.derived += 1;
  places.get(WORKSHOP)?.place(ref, utf8(name));
  return { said: { status }, made: { kind, id } };
}

/** Begins and completes in one moment. */
export async function train(stage: Stage, body: Body<"train">): Promise<Outcome> {
  const { client } = stage;
  if (body.from === "unknown") return report(stage, body);
  const from = body.from.map((entry) => {
    const alias = typeof entry === "string" ? entry : entry.of;
    const own = stage.aliases.find(alias)?.kind === "model" ? body.relation : "trained-on";
    const relation = (typeof entry === "string" ? own : entry.relation) as Relation;
    return { id: idOf<"model">(stage, alias) as string, relation };
  });
  type Begin = Parameters<typeof client.models.begin>[0];
  const purpose = trainingPurpose(stage);
  const model = await client.models.begin({ name: body.model, purpose, from } as unknown as Begin);
  const digest = digestOf(body, model);
  const laid = lay(stage, body, model, digest);
  const { state } = await client.models.complete({ model, digest, places: laid });
  return { said: { model: state }, made: { kind: "model", id: model } };
}

/** Puts the model's bytes in its places. */
function lay({ places }: Stage, body: Body<"train">, ref: string, digest: string) {
  const named = body.places ?? [WORKSHOP];
  for (const place of named) places.get(place)?.place(ref, utf8(digest));
  return named.map((place) => ({ connector: connectorOf(place), ref }));
}

async function report(stage: Stage, body: Body<"train">): Promise<Outcome> {
  const { client } = stage;
  const ref = `found/${stage.made.found}`;
  const digest = digestOf(body, ref);
  const laid = lay(stage, body, ref, digest);
  const { id, state } = await client.models.report({ name: body.model, digest, places: laid });
  stage.made.found += 1;
  return { said: { model: state }, made: { kind: "model", id } };
}

/** Without a digest in the file the bytes are its own: two trainings make two artifacts. */
function digestOf(body: Body<"train">, own: string): string {
  return sha256Hex(body.digest ?? `${body.model}/${own}`);
}

/** The format names no purpose for a training: the first that is one, else the first of all. */
function trainingPurpose({ scenario }: Stage): string {
  const all = Object.entries(scenario.service.purposes);
  const training = all.find(([, { use }]) => use === "first-party-training" || use === "research");
  return (training ?? all[0])?.[0] ?? "";
}

export async function serve(stage: Stage, body: Body<"serve">): Promise<Outcome> {
  const { mayServe } = await stage.client.models.mayServe(idOf<"model">(stage, body.model));
  return { said: { "may-serve": mayServe } };
}
