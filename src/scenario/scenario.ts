/** A scenario as a run needs it: read, checked and written out. */
import type { Service } from "./service-text.js";
import type { VerbName } from "./verbs/index.js";

export interface Act {
  /** The number of the repetition; undefined in a step that is not repeated. */
  readonly i: number | undefined;
  /** Epoch milliseconds to set the clock to. */
  readonly at: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  readonly expect: Readonly<Record<string, unknown>> | undefined;
}

export interface Step {
  /** The place in the file, from 1: a repeated step is one step. */
  readonly n: number;
  /** Where its verb stands in the file, from 1. */
  readonly line: number;
  readonly verb: VerbName;
  readonly acts: readonly Act[];
}

export interface Scenario {
  readonly file: string;
  readonly scenario: string;
  readonly title: string;
  readonly rule: string;
  readonly service: Service;
  readonly steps: readonly Step[];
}
