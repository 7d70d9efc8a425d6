/** What the program has of the world outside: given by main.ts, and by tests. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** True when somebody watches the second stream: progress is drawn there. */
  readonly errIsTty: boolean;
  /** The folder that relative paths of the command line start from. */
  readonly folder: string;
  /** What the surroundings name; nothing where they are not given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
}
