/**
 * Sections 13 to 15: looking for what must be gone, a clean model, and a certificate that somebody
 * else checks.
 */
import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isThere, lookFor } from "./folder.js";
import type { Trained } from "./model.js";
import type { Campaign } from "./order.js";
import type { DatasetId, ModelId, PurgeId, RecordId } from "./pace.js";
import { everythingOf, KIP, PLANTED, textsOf } from "./people.js";
import { counted, GENERAL_COUNSEL, type Member, type Tale } from "./tale.js";
import { trainModel } from "./training.js";

export interface Before {
  /** How many people signed up around Kip. */
  readonly members: number;
  readonly late: readonly Member[];
  readonly agreed: Member;
  readonly kip: RecordId;
  readonly dataset: DatasetId;
  readonly model: ModelId;
  readonly trained: Trained;
}

export async function lookAgain(tale: Tale, before: Before): Promise<void> {
  const { story, app, folder } = tale;
  story.section("Looking again, in the files");
  const gone = before.late.filter((member) => member !== before.agreed);
  const texts = [
    ...gone.flatMap(({ person }) => textsOf(person)),
    ...PLANTED.flatMap(everythingOf),
  ];
  const { files, looked, bytes } = await lookFor(folder.everywhere, texts);
  story.say(
    `Read to the last byte: ${looked} files (${bytes} bytes): the database and its log, the ` +
      `keyring, the rest. Looked for: ${texts.length} texts that ${gone.length} children gave.`,
  );
  story.check(files.length === 0, "Found: 0.");
  const { files: root } = folder;
  story.check(!(await isThere(join(root, "exports/intake-2021.jsonl"))), "The export is gone.");
  story.check(!(await isThere(join(root, "models/weight-2021.json"))), "The model file is gone.");
  const { mayServe, state } = await app.models.mayServe(before.model);
  story.check(!mayServe && state === "destroyed", `The model is recorded as "${state}".`);
  const [one] = gone as [Member];
  story.asked(`May anybody read ${one.record}, one of the erased?`);
  await story.refused(
    "record-erased",
    () => app.records.read({ record: one.record, purpose: "coaching" }),
    { rule: "erased is erased", help: "Nothing: the value and its key are gone." },
  );
  const { status } = await app.records.status(before.agreed.record);
  story.check(
    status !== "erased",
    "The record of the child whose parent agreed was not destroyed: the order's words spare it.",
  );
  const kip = await app.records.read({ record: before.kip, purpose: "coaching" });
  story.check(
    kip.weightKg === KIP.intake.weightKg,
    "Kip's record, taken with consent, is untouched.",
  );
}

export async function cleanModel(tale: Tale, before: Before): Promise<void> {
  const { story, app, folder } = tale;
  story.section("A clean training set, and the model made again without them");
  const clean = await app.datasets.rebuild({ dataset: before.dataset, name: "intake-2022" });
  const left = Object.entries(clean.excluded).map(([code, count]) => `${count} ${code}`);
  story.say(
    `${clean.id}: ${counted(clean.count, "record")}; left out: ${left.join(", ") || "none"}`,
  );
  story.check(
    clean.count === before.members - before.late.length + 1,
    "In it are all but those found out late; Kip is.",
  );
  const ref = "exports/intake-2022.jsonl";
  await app.datasets.export({ dataset: clean.id, connector: "filesystem", ref });
  const { files } = await lookFor([folder.files], PLANTED.flatMap(textsOf));
  story.check(files.length === 0, "None of the values to be gone is in the new export.");
  const { id, trained } = await trainModel(tale, clean.id, "2022");
  const row = ({ digest, examples, errorKg }: Trained) => [
    `${digest.slice(0, 32)}...`,
    `${examples}`,
    `${errorKg.toFixed(3)} kg`,
  ];
  const [was, is] = [row(before.trained), row(trained)];
  const names = ["sha256", "lines", "error"];
  story.table([
    ["", "before", "now"],
    ...names.map((name, n) => [name, was[n] ?? "", is[n] ?? ""]),
  ]);
  story.check(trained.digest !== before.trained.digest, "It is another model.");
  const { mayServe, state } = await app.models.mayServe(id);
  story.check(mayServe, `It may be used: it is "${state}".`);
}

export async function certificate(
  tale: Tale,
  { purge, counts }: { readonly purge: PurgeId; readonly counts: Campaign["counts"] },
): Promise<void> {
  const { story, app, signer, folder } = tale;
  story.section("The certificate, checked by somebody else");
  const issued = await app.certificates.issue({
    purge,
    signer: { ...GENERAL_COUNSEL, human: true },
    statement: "28-usc-1746",
    counts,
  });
  const names = ["certificate.jws", "public-key.json"] as const;
  const key = `${JSON.stringify(await signer.publicJwk(), null, 2)}\n`;
  const flipped = withOneByteChanged(issued.jws);
  for (const [place, jws] of [
    [folder.handedOver, issued.jws],
    [folder.changed, flipped],
  ] as const) {
    await writeFile(join(place, names[0]), jws);
    await writeFile(join(place, names[1]), key);
  }
  story.say(
    `${issued.id}, with the declaration of 28 U.S.C. 1746 drafted for ${GENERAL_COUNSEL.name} ` +
      "to sign.",
  );
  const there = (await readdir(folder.handedOver)).sort();
  story.check(
    there.join() === [...names].sort().join(),
    `In the folder handed-over lie ${names.join(" and ")}, and nothing else.`,
  );
  story.asked("custody certificate verify, in another process that has only these two");
  const good = await verifyElsewhere(folder.handedOver, names);
  story.answered(`exit code ${good.exit}: ${good.firstLine}`);
  story.check(good.exit === 0, "The certificate verifies.");
  story.asked("The same with one byte of the certificate changed");
  const bad = await verifyElsewhere(folder.changed, names);
  story.answered(`exit code ${bad.exit}: ${bad.firstLine}`);
  story.check(bad.exit !== 0 && flipped !== issued.jws, "It does not verify any more.");
  const ledger = await app.ledger.verify();
  story.check(
    ledger.ok,
    "The ledger, derived again from its rows, fits from its first entry to its last.",
  );
}

/** Changes one character in the middle of the signed text to another one that is allowed there. */
function withOneByteChanged(jws: string): string {
  const at = Math.floor(jws.length / 2);
  return `${jws.slice(0, at)}${jws[at] === "A" ? "B" : "A"}${jws.slice(at + 1)}`;
}

/**
 * Runs the published command with the folder as its whole world: no store, no keyring, no
 * configuration.
 */
async function verifyElsewhere(
  cwd: string,
  [file, key]: readonly [string, string],
): Promise<{ readonly exit: number; readonly firstLine: string }> {
  const home = dirname(fileURLToPath(import.meta.resolve("custody/package.json")));
  const { bin } = JSON.parse(await readFile(join(home, "package.json"), "utf8")) as {
    bin: { custody: string };
  };
  const command = [join(home, bin.custody), "certificate", "verify", file, "--key", key];
  const run = promisify(execFile)(process.execPath, command, { cwd, env: {} });
  const { exit, text } = await run.then(
    ({ stdout }) => ({ exit: 0, text: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      exit: error.code,
      text: error.stderr || error.stdout,
    }),
  );
  return { exit, firstLine: text.trim().split("\n")[0] ?? "" };
}
