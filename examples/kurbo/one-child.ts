/** Sections 2 to 5: one child, from the tick box to two sealed numbers. */
import { lookFor } from "./folder.js";
import { type Mailbox, tokenUnder } from "./mailbox.js";
import { NOTICE_TEXT, type RecordId, type SubjectId } from "./pace.js";
import { KIP, SIGN_UP_ZONE, textsOf } from "./people.js";
import type { Tale } from "./tale.js";

const INTAKE = { collection: "intake", purpose: "coaching" } as const;

/** @returns the child's record and subject */
export async function oneChild(tale: Tale, mailbox: Mailbox) {
  const subject = await tickBox(tale);
  await birthDate(tale, subject);
  await parentIsAsked(tale, subject, mailbox);
  return { subject, record: await stored(tale, subject) };
}

async function tickBox({ story, app, clock }: Tale): Promise<SubjectId> {
  story.section("The tick box that changes nothing");
  story.say(
    `It is ${clock.day()}. Kip signs up. The screen asks for a birth date and suggests none.`,
  );
  story.say("Kip gives none, and ticks: 'I am an adult, or sign up with an adult's permission'.");
  const subject = await app.subjects.register({
    externalId: KIP.externalId,
    timeZone: SIGN_UP_ZONE,
  });
  const { band } = await app.subjects.addEvidence({
    subject,
    kind: "statement",
    claim: "adult-or-has-permission",
    source: "sign-up-screen",
  });
  story.asked("How old is Kip?");
  story.answered(`age band "${band}"`, "a statement never raises an age; 16 CFR 312.2, 312.3");
  story.check(band === "unknown", "The tick box changed nothing.");
  story.asked("May Pace store Kip's weight?");
  await story.refused("age-unknown", () =>
    app.records.collect({ subject, ...INTAKE, values: KIP.intake }),
  );
  return subject;
}

async function birthDate({ story, app }: Tale, subject: SubjectId): Promise<void> {
  story.section("A birth date: Kip is ten");
  const { band, knowledge } = await app.subjects.addEvidence({
    subject,
    kind: "birth-date",
    source: "sign-up-screen",
    value: KIP.birthDate,
  });
  story.asked("And now?");
  story.answered(`age band "${band}", knowledge "${knowledge}"`, "16 CFR 312.3");
  story.check(band === "child" && knowledge === "actual", "Pace knows that Kip is under 13.");
  story.asked("May Pace store Kip's weight?");
  await story.refused("consent-required", () =>
    app.records.collect({ subject, ...INTAKE, values: KIP.intake }),
  );
}

async function parentIsAsked(tale: Tale, subject: SubjectId, mailbox: Mailbox): Promise<void> {
  const { story, app, clock } = tale;
  story.section("The parent is asked by e-mail, twice (e-mail plus)");
  const notice = await app.notices.publish({
    version: "v1",
    text: NOTICE_TEXT,
    covers: ["coaching", "training"],
    categories: ["health", "demographic"],
  });
  story.say(`The direct notice is published: ${notice} [16 CFR 312.4(c)(1)].`);
  const purposes = ["coaching", "training"] as const;
  const { contact } = KIP;
  const request = await app.consents.request({ subject, purposes, method: "email-plus", contact });
  const question = await mailbox.next();
  story.say(`An e-mail went out over SMTP: "${question.subject}"`);
  const [firstLine] = NOTICE_TEXT.split("\n") as [string];
  story.check(
    question.to === contact && question.text.includes(firstLine),
    "It reached the parent's mailbox, and the notice stands in it.",
  );

  story.asked("The parent presses 'Yes, I agree'. Is that consent?");
  const first = await app.consents.confirm({
    request,
    response: { token: tokenUnder(question, "Yes, I agree") },
  });
  story.answered(`"${first.state}": not yet`, "16 CFR 312.5(b)(2)(viii) wants a second step");
  story.check(first.state === "requested", "One click is no consent.");
  story.asked("May Pace store Kip's weight after the first click?");
  await story.refused("consent-required", () =>
    app.records.collect({ subject, ...INTAKE, values: KIP.intake }),
  );

  const confirmation = await mailbox.next();
  story.say(`A second e-mail went out: "${confirmation.subject}"`);
  const token = tokenUnder(confirmation, "Yes, I am the parent and I confirm this");
  clock.set("2021-02-11T09:00:00Z");
  const second = await app.consents.confirm({
    request,
    response: { token },
  });
  story.asked("The next day the parent confirms there. Is that consent?");
  story.answered(`"${second.state}", consent ${second.consent ?? "none"}`, "e-mail plus");
  story.check(second.state === "given", "Consent is given for coaching and training.");
  story.asked("And if somebody uses the same link again?");
  await story.refused("token-used", () => app.consents.confirm({ request, response: { token } }), {
    help: "Nothing: a link answers once. A parent who changes their mind writes to Pace.",
  });
}

async function stored({ story, app, folder }: Tale, subject: SubjectId): Promise<RecordId> {
  story.section("Weight and height are stored: sealed, and tagged with the consent");
  const record = await app.records.collect({ subject, ...INTAKE, values: KIP.intake });
  story.say(`Stored as ${record}.`);
  const values = await app.records.read({ record, purpose: "coaching" });
  story.check(
    values.weightKg === KIP.intake.weightKg && values.heightCm === KIP.intake.heightCm,
    "Read back for coaching, the values are the ones that were given.",
  );
  const found = await lookFor(folder.everywhere, [...textsOf(KIP), KIP.birthDate, KIP.contact]);
  story.check(
    found.files.length === 0,
    `All ${found.looked} files of the run were searched for Kip's weight, height, habits, birth ` +
      "date and the parent's address: 0 found. What lies there is sealed under the consent's key.",
  );
  return record;
}
