/**
 * A school in place of the parent (U.S. v. Edmodo (2023) II.B; FTC COPPA FAQ N): a representative
 * with a name and a title who attests authority, for lessons, never for commerce.
 */
import { schoolMay } from "../core/gate.js";
import { requireBoolean, requireKnown, requireText, requireTexts } from "../core/options.js";
import { regimesFor } from "../core/regimes/index.js";
import { SCHOOL } from "../core/regimes/school-authorization.js";
import { CustodyError } from "../errors.js";
import { utf8 } from "../lib/bytes.js";
import { requireId, type SubjectId } from "../lib/id.js";
import { type Recorded, recordAnswer } from "./answers.js";
import { type RequestBody, sealMember } from "./challenge.js";
import { noticeFor } from "./consents.js";
import type { Context } from "./context.js";
import { type Person, person } from "./person.js";
import { commit, created, need, nowText, retrying } from "./rows.js";

export interface SchoolRepresentative {
  readonly name: string;
  readonly title: string;
  /** Attests to be allowed to speak for the school. */
  readonly attests: boolean;
}

export interface SchoolInput {
  readonly subject: SubjectId;
  readonly school: string;
  readonly representative?: SchoolRepresentative;
  readonly purposes: readonly string[];
}

/**
 * Records a school's authorisation, which then stands in for the parent's consent. Who signed for
 * the school is sealed with it.
 *
 * @throws `purpose-unknown`, `school-representative-required`, `school-commercial-use`,
 * `notice-outdated`, `option-invalid` (the pack is not in force for the person), `not-found`
 */
export async function authorizeSchool(ctx: Context, input: SchoolInput): Promise<Recorded> {
  requireKnown(input, ["subject", "school", "representative", "purposes"], "authorizeSchool");
  requireText(input.school, "authorizeSchool.school", 200);
  requireTexts(input.purposes, "authorizeSchool.purposes", 1);
  requireRepresentative(input.representative);
  const who = await person(ctx, requireId("subject", input.subject, "authorizeSchool.subject"));
  refuseUnfit(who, input);
  const notice = await noticeFor(ctx, input);
  const id = ctx.newId("request");
  const signed = JSON.stringify({ school: input.school, ...input.representative });
  const body: RequestBody = {
    subject: input.subject,
    purposes: [...input.purposes],
    method: "",
    from: "school",
    verifier: "",
    notice: notice.id,
    regime: SCHOOL.regime,
    status: "requested",
    requestedAt: nowText(ctx),
    lapsesAt: nowText(ctx),
    contactSealed: await sealMember(ctx, id, "contact", signed),
    stateSealed: "",
    consent: "",
  };
  const giver = await ctx.keyring.index("giver", utf8(input.school.trim().toLowerCase()));
  const about = { request: id, subject: input.subject, notice: notice.id };
  await commit(ctx, "school-authorized", about, [
    created("request", id, body, { owner: input.subject }),
  ]);
  return retrying(async () => {
    const request = await need<RequestBody>(ctx, "request", id);
    const grants = input.purposes;
    return recordAnswer(ctx, request, body, {
      yes: true,
      grants,
      giver,
      from: "school",
      method: "",
    });
  });
}

/** Of the right shape; whether it is enough is asked later, with a code of its own. */
function requireRepresentative(given: SchoolRepresentative | undefined): void {
  if (given === undefined) return;
  const path = "authorizeSchool.representative";
  requireKnown(given, ["name", "title", "attests"], path);
  for (const said of [given.name, given.title]) {
    if (said !== undefined && said !== "") requireText(said, path, 200);
  }
  requireBoolean(given.attests, `${path}.attests`);
}

function refuseUnfit({ facts }: Person, input: SchoolInput): void {
  const { subject } = input;
  const inForce = regimesFor(facts.policy.regimes, facts.subject.jurisdiction);
  if (!inForce.some((regime) => regime.schoolUses !== undefined)) {
    throw new CustodyError("option-invalid", {
      path: "authorizeSchool",
      reason: "school-authorization is not in force for this person",
    });
  }
  for (const name of input.purposes) {
    if (facts.policy.purposes.has(name)) continue;
    throw new CustodyError("purpose-unknown", { subject, path: "purposes" });
  }
  const { name = "", title = "", attests = false } = input.representative ?? {};
  if (name === "" || title === "" || attests !== true) {
    const rule = SCHOOL.section;
    throw new CustodyError("school-representative-required", { subject, rule });
  }
  for (const purpose of input.purposes) {
    const declared = facts.policy.purposes.get(purpose);
    if (declared !== undefined && schoolMay(facts, declared)) continue;
    const rule = SCHOOL.section;
    throw new CustodyError("school-commercial-use", { subject, purpose, rule });
  }
}
