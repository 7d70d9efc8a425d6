import { expect, test } from "vitest";
import { type Mark, MODEL_STATES, mayServeState, modelState } from "../../src/core/model.js";

const of = (...states: readonly Mark["state"][]) =>
  modelState(states.map((state) => ({ state, cause: "order", by: "ord", at: "" })));

test("a model without marks is clean, and each mark alone is its own state", () => {
  expect(of()).toBe("clean");
  const states = ["since-withdrawn", "suspect", "frozen", "cleared", "destroyed"] as const;
  for (const state of states) expect(of(state)).toBe(state);
});

test("destroyed outlasts everything, in whatever order the marks came", () => {
  for (const state of ["frozen", "suspect", "cleared", "since-withdrawn"] as const) {
    expect(of(state, "destroyed")).toBe("destroyed");
    expect(of("destroyed", state)).toBe("destroyed");
  }
});

test("a freeze outlasts a clearing, a doubt and a withdrawal", () => {
  for (const state of ["cleared", "suspect", "since-withdrawn"] as const) {
    expect(of("frozen", state)).toBe("frozen");
    expect(of(state, "frozen")).toBe("frozen");
  }
});

test("a clearing answers the doubts before it and no later one", () => {
  expect(of("suspect", "cleared")).toBe("cleared");
  expect(of("suspect", "suspect", "cleared")).toBe("cleared");
  expect(of("suspect", "cleared", "suspect")).toBe("suspect");
  expect(of("cleared", "suspect")).toBe("suspect");
});

test("a doubt weighs more than a withdrawal, and a withdrawal survives a clearing", () => {
  expect(of("since-withdrawn", "suspect")).toBe("suspect");
  expect(of("suspect", "since-withdrawn")).toBe("suspect");
  expect(of("since-withdrawn", "suspect", "cleared")).toBe("since-withdrawn");
});

test("only what is clean, lawful then or cleared is served", () => {
  const served = MODEL_STATES.filter(mayServeState);
  expect(served).toEqual(["clean", "since-withdrawn", "cleared"]);
  expect(mayServeState("unheard-of" as never)).toBe(false);
});
