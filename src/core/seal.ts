/**
 * How values lie in a payload row: the names of the sealed fields in front (they are the policy's,
 * not a person's), then the keyring's ciphertext. Names, record, basis and category are bound as
 * associated data: moving the bytes to another record, field set or basis breaks them.
 */
import { CustodyError } from "../errors.js";
import { base64url, concat, fromBase64url, text, utf8 } from "../lib/bytes.js";
import { canonicalBytes } from "../lib/canonical.js";

export interface PayloadAddress {
  readonly record: string;
  readonly basis: string;
  readonly category: string;
  readonly fields: readonly string[];
}

/** The associated data of a record's payload in one category. */
export function payloadBinding(of: PayloadAddress): Uint8Array {
  return canonicalBytes({
    custody: "payload",
    version: 1,
    record: of.record,
    basis: of.basis,
    category: of.category,
    fields: [...of.fields].sort(),
  });
}

/**
 * The associated data of a sealed member of a document (a subject's evidence, a request's contact).
 */
export function memberBinding(document: string, member: string): Uint8Array {
  return canonicalBytes({ custody: "member", version: 1, document, member });
}

/** How long the names of the fields of one payload may be together; their length is two bytes. */
export const FIELD_NAMES_BYTES_MAX = 65_535;

/** Field names and ciphertext as one text for the payload row. @throws `limit-exceeded` */
export function packPayload(fields: readonly string[], sealed: Uint8Array): string {
  const names = utf8([...fields].sort().join("\n"));
  if (names.length > FIELD_NAMES_BYTES_MAX) {
    throw new CustodyError("limit-exceeded", {
      limit: "FIELD_NAMES_BYTES_MAX",
      max: FIELD_NAMES_BYTES_MAX,
    });
  }
  const length = new Uint8Array(2);
  new DataView(length.buffer).setUint16(0, names.length);
  return base64url(concat(length, names, sealed));
}

/** Undefined when the bytes are not a payload of ours. */
export function unpackPayload(
  packed: string,
): { readonly fields: readonly string[]; readonly sealed: Uint8Array } | undefined {
  const bytes = fromBase64url(packed);
  if (bytes === undefined || bytes.length < 2) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset, 2).getUint16(0);
  if (bytes.length < 2 + length) return undefined;
  const names = textOf(bytes.subarray(2, 2 + length));
  if (names === undefined) return undefined;
  return { fields: names === "" ? [] : names.split("\n"), sealed: bytes.slice(2 + length) };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return text(bytes);
  } catch {
    // Not UTF-8: no names of ours.
    return undefined;
  }
}
