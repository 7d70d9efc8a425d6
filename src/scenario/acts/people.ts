/** The acts of people and their parents, on the client. */
import type { z } from "zod";
import { CustodyError } from "../../errors.js";
import type { RequestId } from "../../lib/id.js";
import type { Outcome } from "../outcome.js";
import { publish, type Stage } from "../stage.js";
import type { VERBS } from "../verbs/index.js";
import { given, idOf } from "./calls.js";

type Body<V extends keyof typeof VERBS> = z.output<(typeof VERBS)[V]["input"]>;

/** The file's own name of a person is the application's id: a second time it is a move. */
export async function register(stage: Stage, body: Body<"register">): Promise<Outcome> {
  const { subject, ...where } = body;
  const input = given({ externalId: subject, ...where });
  const id = await stage.client.subjects.register(input);
  stage.aliases.give(subject, { kind: "subject", id });
  return { said: {} };
}

export async function screen(stage: Stage, body: Body<"screen">): Promise<Outcome> {
  await stage.client.screens.declare(given(body));
  return { said: {} };
}

export async function evidence(stage: Stage, body: Body<"evidence">): Promise<Outcome> {
  const { subject, value, source, ...rest } = body;
  const input = given({
    ...rest,
    subject: idOf<"subject">(stage, subject),
    // What a person only says of themselves is said at the screen unless the file says where.
    source: source ?? ("sign-up-screen" as const),
    value: typeof value === "number" ? String(value) : value,
  });
  const { band, knowledge } = await stage.client.subjects.addEvidence(input);
  return { said: { band, knowledge } };
}

export async function notice(stage: Stage, body: Body<"notice">): Promise<Outcome> {
  await publish(stage, body);
  return { said: {} };
}

export async function practice(stage: Stage, body: Body<"practice">): Promise<Outcome> {
  const { practices } = stage.client;
  const subject = body.subject === undefined ? undefined : idOf<"subject">(stage, body.subject);
  // A recipient without a name is the client's to refuse.
  const input = given({ ...body, subject }) as Parameters<typeof practices.change>[0];
  const { invalidated } = await practices.change(input);
  return { said: { invalidated: stage.aliases.namesOf(invalidated) } };
}

export async function request(stage: Stage, body: Body<"request">): Promise<Outcome> {
  const { as: _, subject, notice: version, "all-or-nothing": whole, ...rest } = body;
  const input = given({
    ...rest,
    subject: idOf<"subject">(stage, subject),
    notice: version === undefined ? undefined : stage.notices.get(version),
    allOrNothing: whole,
  });
  const id = await stage.client.consents.request(input);
  const { method, from = "parent" } = body;
  stage.asked.set(id, { subject: input.subject, purposes: body.purposes, method, from });
  return { said: { request: "requested" }, made: { kind: "request", id } };
}

export async function answer(stage: Stage, body: Body<"answer">): Promise<Outcome> {
  const about = stage.aliases.find(body.request);
  if (about?.kind === "record") return parentNotice(stage, about.id, body.outcome);
  const id = idOf<"request">(stage, body.request);
  const asked = stage.asked.get(id);
  if (asked?.from === "subject") return agree(stage, id, body);
  const verifier = stage.verifiers.get(asked?.method ?? "");
  if (verifier === undefined)
    throw new CustodyError("state-conflict", { id, state: "no method", action: "answer" });
  const { outcome, grants, refuses, conditions } = body;
  const reported = body.reported === "absent" ? undefined : body.reported;
  const script = given({ outcome, grants, refuses, conditions, reported });
  const response = verifier.answer(id, script);
  const { state, consent } = await stage.client.consents.confirm({ request: id, response });
  return answered(stage, id, state, consent);
}

/** The person's own answer: no method, and nobody but the application to carry it. */
async function agree(stage: Stage, request: RequestId, body: Body<"answer">): Promise<Outcome> {
  const { outcome, grants, refuses } = body;
  const { consents, requests } = stage.client;
  // The person is the one who answers: nobody else can, and where nobody does nothing is said.
  if (outcome === "not-a-parent") throw new CustodyError("guardian-unverified", { id: request });
  if (outcome !== "verified" && outcome !== "refused") {
    return answered(stage, request, (await requests.get(request)).status, undefined);
  }
  const purposes = stage.asked.get(request)?.purposes;
  const no = outcome === "refused";
  const said = no ? { grants: [], refuses: refuses ?? purposes } : { grants, refuses };
  const { state, consent } = await consents.agree(given({ request, ...said }));
  return answered(stage, request, state, consent);
}

/** While a step is missing, the alias stands for what was asked. */
function answered(
  stage: Stage,
  request: string,
  state: string,
  consent: string | undefined,
): Outcome {
  if (consent !== undefined) stage.answered.set(consent, request);
  return { said: { consent: state }, made: { kind: "consent", id: consent ?? request } };
}

/** What became of the notice to a parent whose address came in under (c)(4) or (c)(5). */
async function parentNotice(stage: Stage, record: string, outcome: string): Promise<Outcome> {
  const { records } = stage.client;
  await records.parentNotice({ record, outcome } as Parameters<typeof records.parentNotice>[0]);
  return { said: {} };
}

export async function authorizeSchool(
  stage: Stage,
  body: Body<"authorize-school">,
): Promise<Outcome> {
  const { as: _, subject, representative, ...rest } = body;
  const { consents } = stage.client;
  const input = given({
    ...rest,
    subject: idOf<"subject">(stage, subject),
    representative: representative === undefined ? undefined : given(representative),
  });
  // A representative without a name or a title is the client's to refuse.
  type Input = Parameters<typeof consents.authorizeSchool>[0];
  const { state, consent } = await consents.authorizeSchool(input as Input);
  return { said: { consent: state }, made: { kind: "consent", id: consent } };
}

export async function revoke(stage: Stage, body: Body<"revoke">): Promise<Outcome> {
  const input = given({ ...body, consent: idOf<"consent">(stage, body.consent) });
  const { status } = await stage.client.consents.revoke(input);
  return { said: { consent: status } };
}

export async function invalidate(stage: Stage, body: Body<"invalidate">): Promise<Outcome> {
  const input = { ...body, consent: idOf<"consent">(stage, body.consent) };
  const { status } = await stage.client.consents.invalidate(input);
  return { said: { consent: status } };
}

export async function requestDeletion(
  stage: Stage,
  body: Body<"request-deletion">,
): Promise<Outcome> {
  const { subject, by, "keep-account": keepAccount } = body;
  const id = idOf<"subject">(stage, subject);
  const { due } = await stage.client.subjects.requestDeletion(
    given({ subject: id, by, keepAccount }),
  );
  return { said: { due }, made: { kind: "deletion", id } };
}
