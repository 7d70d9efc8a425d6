/**
 * Sections 6 to 9: a crowd, a sealed dataset, a model made from it, and what comes out half a year
 * later.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { lookFor } from "./folder.js";
import { type Trained, trainFromFile } from "./model.js";
import type { DatasetId, ModelId } from "./pace.js";
import { crowd, type Person, PLANTED, SIGN_UP_ZONE, textsOf } from "./people.js";
import { counted, inGroups, type Member, type Tale } from "./tale.js";

const CROWD_SEED = 20210210;
/**
 * Each correction puts a doubt on the same model: side by side they would get in each other's way.
 */
const ONE_AT_A_TIME = 1;

export async function crowdSignsUp(tale: Tale, count: number): Promise<readonly Member[]> {
  const { story } = tale;
  story.section(`${count} more people sign up`);
  story.say(`They are made up (seed ${CROWD_SEED}). For a child, a parent returns a signed form.`);
  const people = crowd(count, CROWD_SEED);
  const members = await inGroups(
    people,
    (person) => signUp(tale, person),
    (done, of) => story.progress("signed up", done, of),
  );
  const of = (kind: string) => people.filter((person) => person.kind === kind).length;
  story.say(
    `Stored: ${of("adult")} adults, ${of("teen")} teenagers, ${of("child")} children whose ` +
      `parents agreed, and ${of("late")} who typed a birth date that makes them teenagers.`,
  );
  const bands = new Map<string, number>();
  for (const { subject } of members) {
    const { band } = await tale.app.subjects.get(subject);
    bands.set(band, (bands.get(band) ?? 0) + 1);
  }
  story.check(
    bands.get("child") === of("child") && bands.get("teen") === of("teen") + of("late"),
    "By what Pace knows now, none of these last are children.",
  );
  return members;
}

async function signUp({ app, desk }: Tale, person: Person): Promise<Member> {
  const { externalId, birthDate, contact } = person;
  const subject = await app.subjects.register({ externalId, timeZone: SIGN_UP_ZONE });
  const source = "sign-up-screen";
  await app.subjects.addEvidence({ subject, kind: "birth-date", source, value: birthDate });
  if (person.kind === "child") {
    const purposes = ["coaching", "training"] as const;
    const request = await app.consents.request({
      subject,
      purposes,
      method: "signed-form",
      contact,
    });
    await app.consents.confirm({ request, response: await desk.opened(request, purposes) });
  }
  const record = await app.records.collect({
    subject,
    collection: "intake",
    purpose: "coaching",
    values: person.intake,
  });
  return { person, subject, record };
}

export async function sealAndExport(tale: Tale, members: readonly Member[]): Promise<DatasetId> {
  const { story, app, clock, folder } = tale;
  story.section("A training set is sealed and exported");
  clock.set("2021-03-15T15:00:00Z");
  const sealed = await app.datasets.seal({
    name: "intake-2021",
    purpose: "training",
    select: { collection: "intake" },
  });
  story.say(`${clock.day()}: ${sealed.id}, ${counted(sealed.count, "record")}, committed to by`);
  story.say(`Merkle root ${sealed.root}`);
  story.check(
    sealed.count === members.length + 1,
    "Every record whose basis allows training is in.",
  );
  const ref = "exports/intake-2021.jsonl";
  const { lines, root, manifest } = await app.datasets.export({
    dataset: sealed.id,
    connector: "filesystem",
    ref,
  });
  const written = await readFile(join(folder.files, manifest), "utf8");
  story.check(
    lines === sealed.count && root === sealed.root && written.includes(root),
    `Exported to files/${ref}: ${lines} lines; the manifest beside it carries the root.`,
  );
  const { files } = await lookFor(folder.everywhere, PLANTED.flatMap(textsOf));
  story.check(
    files.length === 1 && files[0] === join("files", ref),
    "The values stand in the clear in that one file: custody keeps it as a place to empty.",
  );
  return sealed.id;
}

export async function trainModel(
  tale: Tale,
  dataset: DatasetId,
  name: string,
): Promise<{ readonly id: ModelId; readonly trained: Trained }> {
  const { app, folder } = tale;
  const from = [{ id: dataset, relation: "trained-on" }] as const;
  const id = await app.models.begin({ name: `weight-${name}`, purpose: "training", from });
  const exported = join(folder.files, "exports", `intake-${name}.jsonl`);
  const ref = `models/weight-${name}.json`;
  const trained = await trainFromFile(exported, join(folder.files, ref));
  await app.models.complete({
    model: id,
    digest: trained.digest,
    places: [{ connector: "filesystem", ref }],
    measures: { errorKg: trained.errorKg, examples: trained.examples },
  });
  return { id, trained };
}

export async function firstModel(tale: Tale, dataset: DatasetId) {
  const { story, app, folder } = tale;
  story.section("A model is trained from that file");
  const { id, trained } = await trainModel(tale, dataset, "2021");
  story.say(`${id}: weight from height, age and activity, by least squares,`);
  story.say(`from ${trained.examples} lines; files/models/weight-2021.json`);
  story.say(`sha256 ${trained.digest}`);
  story.say(`mean error on the fifth it never saw: ${trained.errorKg.toFixed(3)} kg`);
  const exported = join(folder.files, "exports", "intake-2021.jsonl");
  const again = await trainFromFile(exported, join(folder.files, "models", "weight-2021.json"));
  story.check(again.digest === trained.digest, "Trained again from the same file: the same bytes.");
  const { mayServe, state } = await app.models.mayServe(id);
  story.asked("May this model be used?");
  story.answered(`${mayServe ? "yes" : "no"}, it is "${state}"`);
  story.check(mayServe, "As far as anybody knows by now, it was lawfully made.");
  return { id, trained };
}

export async function truthComesOut(
  tale: Tale,
  members: readonly Member[],
  made: { readonly dataset: DatasetId; readonly model: ModelId },
): Promise<readonly Member[]> {
  const { story, app, clock } = tale;
  const late = members.filter(({ person }) => person.kind === "late");
  story.section("Half a year later: birth dates are corrected in the profile");
  clock.set("2021-09-15T15:00:00Z");
  story.say(
    `${clock.day()}: ${counted(late.length, "user")} change the birth date. All were under 13.`,
  );
  const results = await inGroups(
    late,
    ({ subject, person }) =>
      app.subjects.addEvidence({
        subject,
        kind: "birth-date",
        source: "profile",
        value: person.trueBirthDate ?? "",
      }),
    (done, of) => story.progress("corrected", done, of),
    ONE_AT_A_TIME,
  );
  const restricted = results.reduce((sum, result) => sum + result.restricted, 0);
  const doubted = new Set(results.flatMap(({ suspect }) => suspect));
  story.answered(
    `${counted(restricted, "record")} restricted, ${counted(doubted.size, "model")} in doubt`,
    "actual knowledge, 16 CFR 312.3; the FTC's finding against Kurbo",
  );
  story.check(restricted === late.length, "All that was taken from them is restricted at once.");
  story.check(doubted.has(made.model), "The model that learned from it is in doubt.");
  story.asked("May coaching still read such a record?");
  const [first] = late as [Member];
  await story.refused(
    "record-restricted",
    () => app.records.read({ record: first.record, purpose: "coaching" }),
    { help: "Deletion, a new intake with a parent's consent, or the words of an order." },
  );
  const { mayServe, state } = await app.models.mayServe(made.model);
  story.asked("May the model still be used?");
  story.answered(`${mayServe ? "yes" : "no"}, it is "${state}"`);
  story.check(!mayServe && state === "suspect", "The model is not served while in doubt.");
  story.asked("May a new model be trained on the same dataset?");
  await story.refused("record-restricted", () =>
    app.models.begin({
      name: "weight-again",
      purpose: "training",
      from: [{ id: made.dataset, relation: "trained-on" }],
    }),
  );
  return late;
}
