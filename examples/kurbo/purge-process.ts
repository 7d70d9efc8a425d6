/**
 * A process of its own that carries out a purge from the files in the folder, and can be told to
 * die in the middle. Started by the tale with `fork`: it reports each finished step to its parent.
 */
import { type Elsewhere, folderAt } from "./folder.js";
import { openPace, type PurgeId } from "./pace.js";

export interface PurgeTask {
  readonly root: string;
  /** The database of a run on a server. */
  readonly database?: Elsewhere | undefined;
  readonly purge: PurgeId;
  /** What the tale's clock shows, epoch milliseconds. */
  readonly nowMs: number;
  /** Die, as by a power cut, once this many steps are done. Absent: go on to the end. */
  readonly dieAfterSteps?: number;
}

export type PurgeReport =
  | { readonly kind: "step"; readonly done: number; readonly of: number }
  | { readonly kind: "end"; readonly state: string; readonly open: number };

async function carryOut(task: PurgeTask): Promise<void> {
  const { app } = await openPace(folderAt(task.root, task.database), {
    now: () => task.nowMs,
    async progress({ step, done, of }) {
      if (step !== "purge:step-recorded") return;
      await report({ kind: "step", done, of });
      if (task.dieAfterSteps === done) process.kill(process.pid, "SIGKILL");
    },
  });
  const { state, open } = await app.purges.run(task.purge);
  await app.close();
  await report({ kind: "end", state, open: open.length });
}

function report(what: PurgeReport): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) reject(new Error("started without a parent"));
    else process.send(what, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}

await carryOut(JSON.parse(process.argv[2] ?? "") as PurgeTask);
process.disconnect();
