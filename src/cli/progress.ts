/** Lines that say how far a long act is, on the second stream. */
import type { Terminal } from "./terminal.js";

/** What is done sooner needs no line. */
export const PROGRESS_AFTER_MS = 1_000;
export const PROGRESS_EVERY_MS = 200;

/** How far an act is; `of` is missing where the end is not known. */
export type Tell = (far: {
  readonly step: string;
  /** "" for the act as a whole. */
  readonly id: string;
  readonly done: number;
  readonly of?: number;
}) => void;

export interface ProgressLine {
  readonly tell: Tell;
  /** Takes the line off a terminal. */
  readonly end: () => void;
}

/**
 * Silent for the first second, and altogether unless somebody watches or `wanted` says that
 * somebody reads it.
 */
export function progressLine(terminal: Terminal, wanted: boolean): ProgressLine {
  if (!wanted && !terminal.errIsTty) return { tell: () => {}, end: () => {} };
  const startedMs = terminal.now();
  let writtenMs = Number.NEGATIVE_INFINITY;
  let drawn = false;
  return {
    tell: ({ step, id, done, of }) => {
      const nowMs = terminal.now();
      if (nowMs - startedMs < PROGRESS_AFTER_MS || nowMs - writtenMs < PROGRESS_EVERY_MS) return;
      writtenMs = nowMs;
      const count = of === undefined ? `${done}` : `${done}/${of}`;
      const line = `${step} ${count}${id === "" ? "" : ` ${id}`}`;
      terminal.err(terminal.errIsTty ? `\r\x1b[K${line}` : `${line}\n`);
      drawn = terminal.errIsTty;
    },
    end: () => {
      if (drawn) terminal.err("\r\x1b[K");
      drawn = false;
    },
  };
}
