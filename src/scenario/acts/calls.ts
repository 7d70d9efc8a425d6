/** What every act needs: names to ids, and inputs without what was left out. */
import { CustodyError } from "../../errors.js";
import type { Id, IdKind } from "../../lib/id.js";
import type { Stage } from "../stage.js";

/** @throws `not-found` when the step that was to make it failed */
export function idOf<K extends IdKind>(stage: Stage, alias: unknown): Id<K> {
  const made = stage.aliases.find(alias);
  if (made === undefined) throw new CustodyError("not-found", { kind: "alias", id: String(alias) });
  return made.id as Id<K>;
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
