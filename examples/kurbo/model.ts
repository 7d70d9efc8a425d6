/**
 * A real model: weight from height, age and activity, by least squares, trained from the exported
 * file and nothing else. The same file gives the same bytes.
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import Regression from "ml-regression-multivariate-linear";
import { activityOf, type Intake } from "./people.js";

const HOLD_OUT_EVERY = 5;
const COEFFICIENT_DIGITS = 12;

export interface Trained {
  /** SHA-256 of the artifact's bytes, hex. */
  readonly digest: string;
  readonly examples: number;
  /** Mean absolute error in kilograms on the fifth that it never saw. */
  readonly errorKg: number;
}

/**
 * Reads the exported lines, trains, writes the artifact. Every fifth line, by value, is held out.
 */
export async function trainFromFile(exported: string, artifact: string): Promise<Trained> {
  const lines = (await readFile(exported, "utf8")).split("\n").filter((line) => line !== "");
  const rows = lines.map((line) => (JSON.parse(line) as { values: Intake }).values);
  rows.sort((a, b) => a.weightKg - b.weightKg || a.heightCm - b.heightCm);
  const seen = rows.filter((_, index) => index % HOLD_OUT_EVERY !== 0);
  const heldOut = rows.filter((_, index) => index % HOLD_OUT_EVERY === 0);
  const regression = new Regression(
    seen.map(featuresOf),
    seen.map((row) => [row.weightKg]),
    { statistics: false },
  );
  const errors = heldOut.map((row) =>
    Math.abs((regression.predict(featuresOf(row))[0] ?? Number.NaN) - row.weightKg),
  );
  const bytes = `${JSON.stringify(
    {
      kind: "multivariate-linear-regression",
      predicts: "weightKg",
      from: ["heightCm", "ageYears", "activity", "intercept"],
      coefficients: regression.weights.map(([weight]) =>
        Number((weight ?? Number.NaN).toPrecision(COEFFICIENT_DIGITS)),
      ),
      trainedOnLines: seen.length,
    },
    null,
    2,
  )}\n`;
  await writeFile(artifact, bytes);
  return {
    digest: createHash("sha256").update(bytes).digest("hex"),
    examples: seen.length,
    errorKg: errors.reduce((sum, error) => sum + error, 0) / errors.length,
  };
}

function featuresOf(row: Intake): number[] {
  return [row.heightCm, row.ageYears, activityOf(row.lifestyle)];
}
