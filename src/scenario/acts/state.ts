/** `state`: what the client says of anything that has an alias. */
import type { ConsentId, DatasetId, RequestId, SubjectId } from "../../lib/id.js";
import type { Outcome, Said } from "../outcome.js";
import type { Stage } from "../stage.js";
import { idOf } from "./calls.js";

export async function state(stage: Stage, { of }: { readonly of: string }): Promise<Outcome> {
  const { client, aliases } = stage;
  const id: string = idOf(stage, of);
  const kind = aliases.find(of)?.kind;
  switch (kind) {
    case "subject":
      return { said: await ofSubject(stage, id as SubjectId) };
    case "record":
      return { said: { status: (await client.records.status(idOf<"record">(stage, of))).status } };
    case "dataset":
    case "artifact":
      return { said: { status: await ofMade(stage, id) } };
    case "consent":
      return { said: await ofConsent(stage, id) };
    case "request":
      return { said: await ofRequest(stage, id as RequestId) };
    case "model":
      return { said: { model: (await client.models.get(id)).state } };
    default:
      // An order, a hold, a purge has no state of its own that the format has a word for.
      return { said: {} };
  }
}

/** What is derived as a dataset has a status of its own; a sealed one has its members'. */
async function ofMade({ client }: Stage, id: string): Promise<string> {
  if (id.startsWith("art_")) return (await client.artifacts.get(id)).status;
  return client.datasets.status(id as DatasetId);
}

/** A person's contact is held while any request to their parents still holds one. */
async function ofSubject(stage: Stage, id: SubjectId): Promise<Said> {
  const { band, knowledge } = await stage.client.subjects.get(id);
  const requests = [...stage.asked].filter(([, { subject }]) => subject === id);
  const contacts: unknown[] = [];
  for (const [request] of requests) contacts.push((await ofRequest(stage, request)).contact);
  const contact = contacts.includes("held") ? "held" : "erased";
  return { band, knowledge, contact };
}

/** Once answered, the method is that of the consent which it led to. */
async function ofRequest({ client }: Stage, id: RequestId): Promise<Said> {
  const { status, contact, consent } = await client.requests.get(id);
  if (consent === "") return { consent: status, contact };
  const { method } = await client.consents.get(consent as ConsentId);
  return { consent: status, contact, method };
}

/** While a step is missing, the alias stands for what was asked. */
async function ofConsent(stage: Stage, id: string): Promise<Said> {
  if (id.startsWith("req_")) return ofRequest(stage, id as RequestId);
  const { status, method } = await stage.client.consents.get(id as ConsentId);
  const request = stage.answered.get(id);
  const asked = request === undefined ? {} : await ofRequest(stage, request as RequestId);
  return { ...asked, consent: status, method };
}
