/**
 * Section 12: the purge runs, its process is killed between two steps, and another process
 * finishes it.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { RunFolder } from "./folder.js";
import type { PurgeId } from "./pace.js";
import type { PurgeReport, PurgeTask } from "./purge-process.js";
import type { Story } from "./story.js";

interface Ended {
  readonly pid: number;
  readonly steps: readonly { readonly done: number; readonly of: number }[];
  readonly state: string;
  readonly open: number;
  /** How the process ended: its exit code, or the signal that killed it. */
  readonly exit: string;
}

/**
 * The tale's own client must be closed: what follows happens in other processes, from the files
 * alone.
 */
export async function purgeWithRestart(
  story: Story,
  folder: RunFolder,
  {
    purge,
    nowMs,
    steps,
  }: { readonly purge: PurgeId; readonly nowMs: number; readonly steps: number },
): Promise<void> {
  story.section("The purge runs, is killed in the middle, and is resumed");
  const [, data] = folder.everywhere;
  const database = data === undefined ? undefined : { url: folder.store, folder: data };
  const task = { root: folder.root, database, purge, nowMs };
  const dieAfterSteps = Math.max(1, Math.floor(steps / 2));
  const killed = await inOtherProcess(story, { ...task, dieAfterSteps });
  story.say(
    `Process ${killed.pid} starts the purge and is killed after step ${dieAfterSteps} of ${steps}.`,
  );
  story.check(
    killed.exit === "SIGKILL" && killed.state === "",
    "It ended by SIGKILL, without a chance to tidy up, and reported no end.",
  );
  const resumed = await inOtherProcess(story, task);
  story.say(`Process ${resumed.pid} opens the same files and goes on.`);
  const first = resumed.steps[0]?.done ?? 0;
  story.answered(`purge "${resumed.state}", ${resumed.open} steps open`);
  story.check(
    resumed.exit === "0" && resumed.state === "complete" && resumed.open === 0,
    "Every place was seen empty.",
  );
  story.check(first > dieAfterSteps, "Nothing was done twice: it went on where the other stopped.");
}

async function inOtherProcess(story: Story, task: PurgeTask): Promise<Ended> {
  const program = fileURLToPath(new URL("./purge-process.js", import.meta.url));
  const child = fork(program, [JSON.stringify(task)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const steps: { done: number; of: number }[] = [];
  let state = "";
  let open = -1;
  child.on("message", (report: PurgeReport) => {
    if (report.kind === "end") {
      ({ state, open } = report);
      return;
    }
    const { done, of } = report;
    steps.push({ done, of });
    story.progress("steps", done, of);
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { pid: child.pid ?? 0, steps, state, open, exit: signal ?? String(code) };
}
