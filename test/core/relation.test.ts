import { expect, test } from "vitest";
import { conditionOf, MODEL_STATES, stateFor } from "../../src/core/model.js";
import {
  CONDITIONS,
  DERIVE_RELATIONS,
  DERIVED_CLASSES,
  EDGE_RULES,
  effectOf,
  fateOf,
  overridesOf,
  RELATIONS,
  worse,
} from "../../src/core/relation.js";

const AGAINST = ["withdrawn", "doubted", "tainted"] as const;

test("every word has its rule, and no rule is without a word", () => {
  const words = [...RELATIONS, ...DERIVE_RELATIONS, "same-bytes"].sort();
  expect(Object.keys(EDGE_RULES).sort()).toEqual(words);
});

test("what was made of a source bears what is against it, whole", () => {
  for (const relation of Object.keys(EDGE_RULES)) {
    if (relation === "evaluated-on") continue;
    for (const condition of AGAINST) {
      const effect = effectOf(relation, condition);
      expect(effect, `${relation} ${condition}`).toEqual({ own: condition, onward: condition });
    }
  }
});

test("an evaluation leaves a doubt at worst, and of a withdrawal nothing", () => {
  expect(effectOf("evaluated-on", "tainted").own).toBe("doubted");
  expect(effectOf("evaluated-on", "doubted").own).toBe("doubted");
  expect(effectOf("evaluated-on", "withdrawn")).toEqual({ own: "none", onward: "none" });
});

test("a sound source does nothing, and a word of a newer version counts in full", () => {
  for (const relation of [...Object.keys(EDGE_RULES), "remixed-from"]) {
    expect(effectOf(relation, "none")).toEqual({ own: "none", onward: "none" });
  }
  expect(effectOf("remixed-from", "tainted").own).toBe("tainted");
  expect(effectOf("constructor", "tainted").own).toBe("tainted");
});

test("an order spares the class it names, and not what is made from it", () => {
  const overrides = overridesOf({ data: { destroy: "P30D" }, derived: { embeddings: "keep" } });
  expect(effectOf("embedded-by", "tainted", overrides)).toEqual({ own: "none", onward: "tainted" });
  expect(effectOf("copied", "tainted", overrides).own).toBe("tainted");
  expect(effectOf("trained-on", "tainted", overrides).own).toBe("tainted");
});

test("models that an order keeps hand nothing on", () => {
  const overrides = overridesOf({ data: { destroy: "P30D" }, models: "keep" });
  for (const relation of [...RELATIONS, "same-bytes"]) {
    expect(effectOf(relation, "tainted", overrides)).toEqual({ own: "none", onward: "none" });
  }
  expect(effectOf("copied", "tainted", overrides).own).toBe("tainted");
  expect(overridesOf({ models: { destroy: "P90D" } })).toEqual({});
});

test("each class of derived data is one edge, and one that is not named follows the data", () => {
  expect(Object.values(DERIVED_CLASSES).sort()).toEqual([...DERIVE_RELATIONS].sort());
  const destroy = { destroy: "P30D" };
  for (const [name, relation] of Object.entries(DERIVED_CLASSES)) {
    expect(fateOf({ data: destroy }, relation)).toBe("destroy");
    expect(fateOf({ data: "keep" }, relation)).toBe("keep");
    expect(fateOf({}, relation)).toBeUndefined();
    expect(fateOf({ data: destroy, derived: { [name]: "keep" } }, relation)).toBe("keep");
    expect(fateOf({ data: "keep", derived: { [name]: "P90D" } }, relation)).toBe("destroy");
  }
});

test("of two conditions the worse counts, whichever comes first", () => {
  for (const [low, a] of CONDITIONS.entries()) {
    for (const [high, b] of CONDITIONS.entries()) {
      expect(worse(a, b)).toBe(CONDITIONS[Math.max(low, high)]);
    }
  }
});

test("marks and conditions lead back to each other; what is gone or sworn off stays tainted", () => {
  for (const condition of AGAINST) {
    expect(conditionOf(stateFor(condition) ?? "clean")).toBe(condition);
  }
  expect(stateFor("none")).toBeUndefined();
  const sound = MODEL_STATES.filter((state) => conditionOf(state) === "none");
  expect(sound).toEqual(["clean", "cleared"]);
  expect(conditionOf("destroyed")).toBe("tainted");
  expect(conditionOf("infeasible")).toBe("tainted");
});
