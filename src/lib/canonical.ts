import canonicalize from "canonicalize";
import { CustodyError } from "../errors.js";
import { utf8 } from "./bytes.js";

/** A value that JSON can hold. Members that are `undefined` are dropped, as JSON.stringify does. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** How deep arrays and objects may be nested; a cycle runs into it as well. */
export const JSON_DEPTH_LEVELS_MAX = 512;

/**
 * The one text of a JSON value under RFC 8785: members sorted by UTF-16 code units, numbers as
 * ECMAScript prints them, no white space. Whatever is signed or hashed is first written this way.
 *
 * Throws a TypeError for what JSON or RFC 8785 cannot hold: undefined (except as a member), NaN,
 * Infinity, lone surrogates, functions, symbols, bigints, dates, maps and other class instances.
 * Throws `limit-exceeded` beyond `JSON_DEPTH_LEVELS_MAX`. No message contains a part of the value.
 */
export function canonical(value: Json): string {
  requireJson(value, 0);
  const written = canonicalize(value);
  if (written === undefined) throw new TypeError("not JSON: undefined");
  return written;
}

/** The UTF-8 bytes of `canonical(value)`. */
export function canonicalBytes(value: Json): Uint8Array {
  return utf8(canonical(value));
}

/** The writer below would pass functions and holes on as text and ask objects for their toJSON. */
function requireJson(value: unknown, depth: number): void {
  if (value === null || typeof value === "boolean") return;
  if (typeof value === "string") {
    requireText(value);
    return;
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("not JSON: a number that is not finite");
    return;
  }
  if (typeof value !== "object") throw new TypeError(`not JSON: ${typeof value}`);
  if (depth >= JSON_DEPTH_LEVELS_MAX) {
    throw new CustodyError("limit-exceeded", {
      limit: "JSON_DEPTH_LEVELS_MAX",
      max: JSON_DEPTH_LEVELS_MAX,
    });
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) requireJson(value[index], depth + 1);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError("not JSON: an instance of a class");
  }
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    requireText(key);
    requireJson(member, depth + 1);
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function requireText(value: string): void {
  if (LONE_SURROGATE.test(value)) throw new TypeError("not JSON: a lone surrogate");
}
