/** What every act needs: names to ids, and the client's words by their names. */
import { CustodyError } from "../../errors.js";
import type { Id, IdKind } from "../../lib/id.js";
import type { Stage } from "../stage.js";

/** @throws `not-found` when the step that was to make it failed */
export function idOf<K extends IdKind>(stage: Stage, alias: unknown): Id<K> {
  const made = stage.aliases.find(alias);
  if (made === undefined) throw new CustodyError("not-found", { kind: "alias", id: String(alias) });
  return made.id as Id<K>;
}

export type Offered = (input: unknown) => Promise<Readonly<Record<string, unknown>>>;

/**
 * A word of the client by its group and name; undefined when this version has none, so that the
 * step can say so.
 */
export function offered(stage: Stage, group: string, name: string): Offered | undefined {
  const groups = stage.client as unknown as Readonly<Record<string, unknown>>;
  const words = groups[group] as Readonly<Record<string, unknown>> | undefined;
  const word = words?.[name];
  return typeof word === "function" ? (word as Offered) : undefined;
}

type Given<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The same without what was left out: the client refuses a key that says undefined. */
export function given<T extends object>(input: T): Given<T> {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<T>;
}
