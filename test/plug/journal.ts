/**
 * What a client writes down while it works, a line of JSON for each thing, on its standard output:
 * the pipe keeps what was written before a SIGKILL. An act is announced before it begins and told
 * when it ended; an append is told as soon as the store acknowledged it.
 */

export const OPS = [
  "register",
  "evidence",
  "consent",
  "collect",
  "visit",
  "read",
  "revoke",
  "correct",
  "seal",
  "sweep",
  "delete",
] as const;

export type Op = (typeof OPS)[number];

/** What an act was about, known before it begins. */
export interface About {
  readonly subject?: string;
  readonly record?: string;
  readonly consent?: string;
  readonly weightKg?: number;
}

/** What came out of it. */
export interface Did {
  readonly subject?: string;
  readonly record?: string;
  readonly consent?: string;
  readonly dataset?: string;
  readonly purge?: string;
  readonly state?: string;
  readonly count?: number;
  readonly erased?: readonly string[];
  readonly band?: string;
}

export type Line =
  | { readonly is: "try"; readonly n: number; readonly op: Op; readonly about: About }
  | { readonly is: "did"; readonly n: number; readonly did: Did }
  /** The law's answer, and the one that was to be expected. */
  | { readonly is: "refused"; readonly n: number; readonly code: string }
  /** A fault of the store: the act may have happened, or not. */
  | { readonly is: "fault"; readonly n: number; readonly code: string }
  | { readonly is: "append"; readonly event: string; readonly seq: number }
  | { readonly is: "rejected"; readonly event: string; readonly code: string }
  /** What must never be: a wrong value, an error without a code, another refusal than expected. */
  | { readonly is: "wrong"; readonly what: string };

export type Say = (line: Line) => void;
