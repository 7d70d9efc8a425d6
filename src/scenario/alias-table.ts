/** The names that steps gave to what they made, both ways. */
import type { Made } from "./outcome.js";

export class AliasTable {
  readonly #made = new Map<string, Made>();
  readonly #names = new Map<string, string>();

  /** What has two names keeps both and is told by the first. */
  give(alias: string, made: Made): void {
    this.#made.set(alias, made);
    if (!this.#names.has(made.id)) this.#names.set(made.id, alias);
  }

  /** Undefined when the step that was to make it failed. */
  find(alias: unknown): Made | undefined {
    return this.#made.get(String(alias));
  }

  /** The name of an id; the id itself when it has none. */
  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }

  namesOf(ids: Iterable<string>): readonly string[] {
    return [...ids].map((id) => this.nameOf(id));
  }

  /** Names of the kind in the order they were given. */
  all(kind: Made["kind"]): readonly Made[] {
    return [...this.#made.values()].filter((made) => made.kind === kind);
  }
}
