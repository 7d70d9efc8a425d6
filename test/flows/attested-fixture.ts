/** A world in which a child's data went into a model and was purged, with all that was signed. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type WorldOptions, world } from "../world.js";

export const WEIGHTS = "weights of a model";
export const OFFICER = { name: "Gina Halloran", title: "General Counsel" } as const;

export async function attestedWorld(options: WorldOptions = {}) {
  const w = await world(options);
  const { app, folder } = w;
  const subject = await w.born("2012-06-01");
  const consent = await w.agreed(subject);
  const record = await w.weigh(subject);
  const set = await app.datasets.seal({ name: "a", purpose: "training", select: {} });
  await app.datasets.export({ dataset: set.id, connector: "filesystem", ref: "a.jsonl" });
  const from = [{ id: set.id, relation: "trained-on" }] as const;
  const digest = createHash("sha256").update(WEIGHTS).digest("hex");
  const placed = await app.models.begin({ name: "m", purpose: "training", from });
  writeFileSync(join(folder, "m.bin"), WEIGHTS);
  const places = [{ connector: "filesystem", ref: "m.bin" }];
  await app.models.complete({ model: placed, digest, places });
  const receipt = await app.consents.receipt(consent);
  const order = await app.orders.open({
    title: "In re Pace",
    citation: "No. 1",
    opened: "2021-02-10",
    select: { subject },
    remedy: {
      data: { destroy: "P30D" },
      models: { relation: "in-whole-or-in-part", destroy: "P90D" },
      freeze: "immediately",
    },
  } as Parameters<typeof app.orders.open>[0]);
  const { id: purge } = await app.purges.plan({ order: order.id });
  return {
    ...w,
    ...{ subject, consent, record, set, model: placed, digest, receipt, purge },
    finish: async () => {
      await app.purges.approve({ purge, by: OFFICER });
      await app.purges.run(purge);
      const signer = { ...OFFICER, human: true } as const;
      return app.certificates.issue({ purge, signer, statement: "28-usc-1746" });
    },
  };
}
