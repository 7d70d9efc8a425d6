/** What a divergence prints: a scenario file that is one, is short, and shows it when played. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseScenario } from "../../src/scenario/parse.js";
import { replay } from "../../src/scenario/replay.js";
import { runs } from "./draws.js";
import { replayed, type World } from "./reference.js";
import { type Reference, replaySteps, run } from "./run.js";
import { Divergence } from "./shrink.js";
import type { Said } from "./steps.js";

/** A reference of which one thing is wrong: what a step says, or what the world is afterwards. */
const wrong =
  (spoil: (world: World, said: Said) => Said): Reference =>
  (service, steps) => {
    const { world, said } = replayed(service, steps);
    return { world, said: steps.length === 0 ? said : spoil(world, said) };
  };

const WRONGS: { readonly [what: string]: Reference } = {
  "takes a refusal for another": wrong((_, said) =>
    said.refused === "consent-required" ? { refused: "consent-refused" } : said,
  ),
  "lets everybody in": wrong((_, said) =>
    said.refused === "age-unknown" ? { stored: true } : said,
  ),
  "never restricts": wrong((world, said) => {
    const { status } = world;
    world.status = (record) => status.call(world, record).replace("restricted", "admitted");
    return said;
  }),
};

const RUNS_MAX = 200;

async function divergenceOf(reference: Reference): Promise<Divergence> {
  for (const drawn of fc.sample(runs, { seed: 7, numRuns: RUNS_MAX })) {
    try {
      await run(drawn, reference);
    } catch (error) {
      if (error instanceof Divergence) return error;
      throw error;
    }
  }
  throw new Error("nothing was found");
}

describe("a reference that is wrong", () => {
  test.each(Object.entries(WRONGS))(
    "because it %s is told by a short file",
    async (_, reference) => {
      const found = await divergenceOf(reference);
      expect(found.steps.length).toBeLessThanOrEqual(9);
      const parsed = parseScenario(found.scenario, "found.yaml");
      if ("faults" in parsed) throw new Error(JSON.stringify(parsed.faults));
      const { steps } = await replay(parsed.scenario);
      // Where they part is the last step of the file, and everything before goes as it says.
      expect(steps.filter((step) => !step.ok).map((step) => step.n)).toEqual([steps.length]);
      // By the true reference the same steps are right.
      expect(await replaySteps(found.service, found.steps)).toBe(found.steps.length);
    },
  );
});
