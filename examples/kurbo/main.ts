/** `npm start`: the case of Kurbo, once through, on real parts. */
import { randomBytes } from "node:crypto";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { CustodyError } from "custody";
import { emailPlus } from "custody/email-plus";
import { type Before, certificate, cleanModel, lookAgain } from "./aftermath.js";
import { clockAt, type SetClock } from "./clock.js";
import { type Database, NoServer, startDatabase } from "./database.js";
import { folderAt, layOut, type RunFolder } from "./folder.js";
import { type Mailbox, openMailbox } from "./mailbox.js";
import { oneChild } from "./one-child.js";
import { askFamilies, openOrder, planAndApprove } from "./order.js";
import { makePace, openPace } from "./pace.js";
import { openPaperDesk, type PaperDesk } from "./paper-desk.js";
import { purgeWithRestart } from "./purge.js";
import { BrokenClaim, type Story, tellTo } from "./story.js";
import type { Tale } from "./tale.js";
import { crowdSignsUp, firstModel, sealAndExport, truthComesOut } from "./training.js";

const SUBJECTS_MIN = 100;
const SUBJECTS_MAX = 100_000;
const SUBJECTS_DEFAULT = 2_500;

const HELP = `npm start -- [options]
Tells the case of Kurbo from the sign-up tick box to a verified certificate, on real parts.

  --subjects N   people around the child, ${SUBJECTS_MIN} to ${SUBJECTS_MAX}
                 (default ${SUBJECTS_DEFAULT})
  --store STORE  sqlite, or postgres: a server that is started for the run and stopped at its end
                 (default sqlite)
  --dir DIR      where the run's folder is made (default ./kurbo-run)
  --help         this text

Exit codes: 0 all that is said holds, 1 something does not, 2 an option is wrong or its server
cannot be had.
`;

interface Options {
  readonly subjects: number;
  readonly store: "sqlite" | "postgres";
  readonly dir: string;
}

function readOptions(argv: readonly string[]): Options | "help" | "wrong" {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        subjects: { type: "string", default: String(SUBJECTS_DEFAULT) },
        store: { type: "string", default: "sqlite" },
        dir: { type: "string", default: "kurbo-run" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return "help";
    const subjects = Number(values.subjects);
    const fits = Number.isInteger(subjects) && subjects >= SUBJECTS_MIN && subjects <= SUBJECTS_MAX;
    const { dir, store } = values;
    if (!fits || dir === "" || (store !== "sqlite" && store !== "postgres")) return "wrong";
    return { subjects, store, dir };
  } catch {
    return "wrong";
  }
}

async function tell(
  { subjects, dir }: Options,
  story: Story,
  database: Database | undefined,
): Promise<string> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const folder = folderAt(join(dir, stamp), database);
  const clock = clockAt("2021-02-10T15:00:00Z");
  story.section("A folder, a store, keys, a policy");
  await layOut(folder);
  await makePace(folder, clock.now);
  story.say(`Pace is an app for ages 8 and up. All it makes lies in ${folder.root}`);
  if (database !== undefined) {
    story.say(`The store is on a PostgreSQL of this run alone, ${database.url}`);
  }
  story.say(
    "The clock is set by hand: the tale plays in 2021 and 2022, so that an order's days are right.",
  );
  story.say("The keys are real, the people are made up, the e-mails stay on this machine.");
  const desk = openPaperDesk(clock.now);
  const mailbox = await openMailbox();
  try {
    const { before, purge, steps, counts } = await untilThePurge(
      { story, folder, clock, desk },
      mailbox,
      subjects,
    );
    await purgeWithRestart(story, folder, { purge, nowMs: clock.now(), steps });
    const pace = await openPace(folder, { now: clock.now });
    const tale: Tale = { story, folder, clock, desk, ...pace };
    await lookAgain(tale, before);
    await cleanModel(tale, before);
    await certificate(tale, { purge, counts });
    await tale.app.close();
  } finally {
    await mailbox.close();
  }
  return folder.root;
}

interface Scene {
  readonly story: Story;
  readonly folder: RunFolder;
  readonly clock: SetClock;
  readonly desk: PaperDesk;
}

async function untilThePurge(scene: Scene, mailbox: Mailbox, subjects: number) {
  const byMail = emailPlus({
    transport: { host: "127.0.0.1", port: mailbox.port },
    from: { name: "Pace", address: "privacy@pace.example" },
    linkBase: "https://pace.example/parents",
    secret: randomBytes(32),
  });
  const verifiers = [byMail, scene.desk.verifier];
  const pace = await openPace(scene.folder, { now: scene.clock.now, verifiers });
  const tale: Tale = { ...scene, ...pace };
  const kip = await oneChild(tale, mailbox);
  const members = await crowdSignsUp(tale, subjects);
  const dataset = await sealAndExport(tale, members);
  const { id: model, trained } = await firstModel(tale, dataset);
  const late = await truthComesOut(tale, members, { dataset, model });
  const order = await openOrder(tale, { model, late });
  const { agreed, counts } = await askFamilies(tale, late);
  const { purge, steps } = await planAndApprove(tale, { order, taken: late.length - 1 });
  await tale.app.close();
  const before: Before = {
    members: subjects,
    late,
    agreed,
    kip: kip.record,
    dataset,
    model,
    trained,
  };
  return { before, purge, steps, counts };
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help" || options === "wrong") {
    (options === "help" ? process.stdout : process.stderr).write(HELP);
    return options === "help" ? 0 : 2;
  }
  try {
    return await withStore(options);
  } catch (error) {
    if (!(error instanceof NoServer)) throw error;
    process.stderr.write(error.message);
    return 2;
  }
}

async function withStore(options: Options): Promise<number> {
  if (options.store === "sqlite") return told(options);
  const database = await startDatabase();
  try {
    const code = await told(options, database);
    // The server's package ends every process with 0.
    process.once("exit", () => {
      if (!database.isInterrupted()) process.exitCode = code;
    });
    return code;
  } finally {
    if (!database.isInterrupted()) await database.stop();
  }
}

async function told(options: Options, database?: Database): Promise<number> {
  const story = tellTo(process.stdout);
  const startedAt = performance.now();
  try {
    const root = await tell(options, story, database);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    const at = relative(process.cwd(), root).startsWith("..") ? root : relative("", root);
    story.section(`All of it held, in ${seconds} seconds`);
    process.stdout.write(`   ${whatIsLeft(at, database)}\n`);
    return 0;
  } catch (error) {
    // The server was ended under the tale: what the tale says to that is of no interest.
    if (database?.isInterrupted() === true) return 1;
    if (error instanceof BrokenClaim) process.stderr.write(`\n${error.message}\n`);
    else if (error instanceof CustodyError) {
      process.stderr.write(`\n${error.code}: ${error.message}\n${error.stack ?? ""}\n`);
    } else throw error;
    return 1;
  }
}

function whatIsLeft(at: string, database: Database | undefined): string {
  if (database === undefined) return `Everything lies in ${at}; look around: ${lookAround(at)}`;
  return `Everything but the database lies in ${at}; the server is stopped and its data removed.`;
}

function lookAround(at: string): string {
  return `npx custody status --config ${join(at, "custody.json")}`;
}

process.exitCode = await main();
