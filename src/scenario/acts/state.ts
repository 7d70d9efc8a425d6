/** `state`: what the client says of anything that has an alias. */
import { lacking, type Outcome } from "../outcome.js";
import type { Stage } from "../stage.js";
import { idOf, offered } from "./calls.js";

export async function state(stage: Stage, { of }: { readonly of: string }): Promise<Outcome> {
  const { client } = stage;
  const id = idOf(stage, of);
  switch (stage.aliases.find(of)?.kind) {
    case "subject":
      return { said: await ofSubject(stage, id) };
    case "record":
      return { said: { status: (await client.records.status(idOf<"record">(stage, of))).status } };
    case "consent":
      return id.startsWith("req_") ? ofRequest(stage, id) : ofConsent(stage, id);
    case "request":
      return ofRequest(stage, id);
    case "model":
      return { said: { model: (await client.models.get(id)).state } };
    default:
      return lacking(`state of a ${stage.aliases.find(of)?.kind ?? "thing"}`);
  }
}

async function ofSubject(stage: Stage, id: string): Promise<Readonly<Record<string, unknown>>> {
  const found: object = await stage.client.subjects.get(id as never);
  const { band, knowledge, contact } = found as Readonly<Record<string, unknown>>;
  return { band, knowledge, ...(contact === undefined ? {} : { contact }) };
}

async function ofRequest(stage: Stage, id: string): Promise<Outcome> {
  const get = offered(stage, "requests", "get");
  if (get === undefined) return lacking("state of a request");
  const { consent, state: stands, status, contact } = await get(id);
  const known = [stands, status, consent].find((word) => typeof word === "string");
  return { said: { consent: known, ...(contact === undefined ? {} : { contact }) } };
}

async function ofConsent(stage: Stage, id: string): Promise<Outcome> {
  const get = offered(stage, "consents", "get");
  if (get !== undefined) {
    const { state: stands, status, method, contact } = await get(id);
    return { said: { consent: stands ?? status, method, ...(contact ? { contact } : {}) } };
  }
  for (const { id: subject } of stage.aliases.all("subject")) {
    const { consents } = await stage.client.subjects.get(subject as never);
    const found = consents.find((consent) => consent.id === id);
    if (found !== undefined) return { said: { consent: found.status, method: found.method } };
  }
  return lacking("state of a consent");
}
