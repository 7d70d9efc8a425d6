/** Rows for the child processes, with ids of their own: two processes never make the same one. */
import { randomBytes } from "node:crypto";
import { idFactory } from "../../../dist/lib/id.js";

const clock = { now: Date.now, random: (n) => new Uint8Array(randomBytes(n)) };
const AT = "2026-01-01T00:00:00.000Z";

export const id = idFactory(clock);

export function batch(writes, expect = []) {
  const event = { id: id("event"), type: "record-collected", at: AT, actor: "child", about: {} };
  return { event, expect, writes };
}

/** A record, its payload and a document that names it: three rows that belong together. */
export function trio() {
  const record = {
    table: "record",
    id: id("record"),
    ordinal: 0,
    subject: id("subject"),
    collection: "weights",
    purpose: "coaching",
    basis: id("basis"),
    source: "app",
    taken: AT,
    collected: AT,
    due: AT,
    erasedAt: "",
  };
  const bytes = (n) => randomBytes(n).toString("base64url");
  const payload = {
    table: "payload",
    record: record.id,
    category: "health",
    sealed: bytes(200),
    salt: bytes(16),
  };
  const document = {
    table: "document",
    kind: "step",
    id: record.id,
    version: 1,
    owner: record.id,
    due: "",
    body: { filling: "x".repeat(200) },
  };
  return { record, writes: [{ put: record }, { put: payload }, { put: document }] };
}
