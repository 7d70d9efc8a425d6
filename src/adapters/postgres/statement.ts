/** The texts of statements: where the tables are, and the name under which each is prepared. */
import { sha256Hex, utf8 } from "../../lib/bytes.js";
import type { PgQuery } from "./client.js";

const NAME_CHARACTERS = 24;

/** A name that needs no quoting and cannot be mistaken for anything else in a statement. */
export const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;
export const SCHEMA = "custody";

/**
 * Makes the queries of one schema. Every table is named with its schema, so that no statement
 * depends on the search path of a connection that somebody else may use too. `{name}` in a text
 * stands for a table. Every text is one of a closed set, so the map does not grow.
 */
export class Statements {
  readonly schema: string;
  readonly #prepare: boolean;
  readonly #known = new Map<string, { readonly text: string; readonly name: string }>();

  constructor(schema: string, prepare: boolean) {
    this.schema = schema;
    this.#prepare = prepare;
  }

  /** The query, prepared under a name made of its text unless the store was told not to. */
  of(template: string, values: readonly unknown[] = []): PgQuery {
    const { text, name } = this.#known.get(template) ?? this.#learn(template);
    return { text, values: [...values], ...(this.#prepare ? { name } : {}) };
  }

  /** For what cannot be prepared (cursors, maintenance), or is used once. */
  once(template: string, values: readonly unknown[] = []): PgQuery {
    const { text } = this.#known.get(template) ?? this.#learn(template);
    return values.length === 0 ? { text } : { text, values: [...values] };
  }

  /** The text, with its tables in the schema. */
  text(template: string): string {
    return template.replace(/\{([a-z]+)\}/g, (_, table: string) => `${this.schema}.${table}`);
  }

  #learn(template: string): { readonly text: string; readonly name: string } {
    const text = this.text(template);
    const name = `custody_${sha256Hex(utf8(text)).slice(0, NAME_CHARACTERS)}`;
    const learnt = { text, name };
    this.#known.set(template, learnt);
    return learnt;
  }
}
