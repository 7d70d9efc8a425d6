/** A collection of a policy: its fields with their categories, and how long and why it is kept. */
import type { z } from "zod";
import { CustodyError } from "../errors.js";
import { type Duration, parseDuration } from "../lib/duration.js";
import { requireKnown, requireText } from "./options.js";
import { CATEGORIES, type Category } from "./vocabulary.js";

export interface FieldDefinition<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  readonly category: Category;
}

export interface CollectionDefinition {
  /** ISO 8601 duration; never absent, never unbounded (16 CFR 312.10). */
  readonly retain: string;
  /**
   * Counted from each record's collection (default) or from the person's latest own entry in the
   * collection.
   */
  readonly from?: "collection" | "last-use";
  /**
   * The business need for keeping it that long, in the operator's words (16 CFR 312.10). Nothing is
   * refused without it, but the printed retention policy says that it was not written down.
   */
  readonly need?: string;
  readonly fields: { readonly [field: string]: FieldDefinition };
}

export interface Collection {
  readonly name: string;
  readonly retain: Duration;
  readonly from: "collection" | "last-use";
  /** "" when no business need was written down. */
  readonly need: string;
  readonly fields: ReadonlyMap<string, FieldDefinition>;
  readonly categories: readonly Category[];
}

export const NEED_CHARACTERS_MAX = 2_000;

/**
 * A field: a zod schema that its values must satisfy, never converted, and its personal-data
 * category.
 */
export function field<S extends z.ZodType>(schema: S, category: Category): FieldDefinition<S> {
  return Object.freeze({ schema, category });
}

/**
 * @throws `option-unknown`, `option-invalid`, `config/retention-required`,
 * `config/retention-unbounded`, `config/field-category-required`
 */
export function readCollection(name: string, given: CollectionDefinition): Collection {
  const path = `collections.${name}`;
  requireKnown(given, ["retain", "from", "need", "fields"], path);
  if (given.retain === undefined) {
    throw new CustodyError("config/retention-required", { path: `${path}.retain` });
  }
  const retain = parseDuration(given.retain);
  if (retain === undefined) {
    throw new CustodyError("config/retention-unbounded", { path: `${path}.retain` });
  }
  if (given.from !== undefined && given.from !== "collection" && given.from !== "last-use") {
    throw new CustodyError("option-invalid", { path: `${path}.from`, reason: "no such start" });
  }
  if (given.need !== undefined) requireText(given.need, `${path}.need`, NEED_CHARACTERS_MAX);
  const fields = new Map<string, FieldDefinition>();
  for (const [key, definition] of Object.entries(given.fields)) {
    requireKnown(definition, ["schema", "category"], `${path}.fields.${key}`);
    // Names lie in front of the ciphertext, one a line.
    if (key === "" || key.includes("\n")) {
      throw new CustodyError("option-invalid", { path: `${path}.fields`, reason: "not a name" });
    }
    if (!CATEGORIES.includes(definition.category)) {
      throw new CustodyError("config/field-category-required", { path: `${path}.fields.${key}` });
    }
    fields.set(key, definition);
  }
  const categories = [...new Set([...fields.values()].map((f) => f.category))].sort();
  const from = given.from ?? "collection";
  const need = (given.need ?? "").trim();
  return Object.freeze({ name, retain, from, need, fields, categories });
}
