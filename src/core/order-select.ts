/** Which records an order's words reach: every key given must match, a list means any of. */
import type { Band } from "./age.js";
import type { ConsentStatus } from "./consent.js";
import type { OrderSelect } from "./order-text.js";
import type { Basis } from "./record.js";
import type { RecordRow } from "./row.js";

/** What the selector needs to know of a record beyond its row and basis. */
export interface SelectorFacts {
  /** The band at collection by what is known now. */
  readonly band: Band;
  readonly consentState: ConsentStatus | "";
  readonly categories: readonly string[];
}

/**
 * True when the record is within the order's words. Every key given must match; a list means any
 * of.
 */
export function selects(
  select: OrderSelect,
  record: RecordRow,
  basis: Basis,
  facts: SelectorFacts,
): boolean {
  const { collected } = select;
  const dayOf = record.collected.slice(0, 10);
  if (collected?.from !== undefined && dayOf < collected.from) return false;
  if (collected?.to !== undefined && dayOf > collected.to) return false;
  return (
    matches(select.subject, record.subject) &&
    matches(select.consent, basis.consent) &&
    matches(select.notice, basis.notice) &&
    matches(select.method, basis.method) &&
    matches(select.provider, basis.verifier) &&
    matches(select.source, record.source) &&
    matches(select.collection, record.collection) &&
    matches(select.purpose, record.purpose) &&
    matches(select.basis, basisWord(basis)) &&
    matches(select["band-at-collection"], facts.band) &&
    matches(select["consent-state"], facts.consentState) &&
    (select.category === undefined || facts.categories.some((c) => matches(select.category, c)))
  );
}

/** A consent that the collector cited is its basis, also where no regime had asked for one. */
function basisWord({ kind, consent }: Basis): Basis["kind"] {
  return kind === "none" && consent !== "" ? "consent" : kind;
}

function matches(wanted: string | readonly string[] | undefined, found: string): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === "string" ? wanted === found : wanted.includes(found);
}
