/** Whether a certificate agrees with itself: no signature and nothing outside it is looked at. */
import { parseInstant } from "../lib/instant.js";
import {
  type Certificate,
  countsOf,
  isCampaign,
  nodesOf,
  statementText,
  techniquesOf,
} from "./certificate.js";
import { checkpointOrigin, readCheckpoint } from "./checkpoint.js";

/** How a certificate can contradict itself. */
export const INCONSISTENCIES = [
  "counts-inconsistent",
  "campaign-inconsistent",
  "approval-missing",
  "approval-for-another-plan",
  "instants-out-of-order",
  "place-not-seen",
  "place-seen-before-start",
  "place-seen-after-issue",
  "place-listed-twice",
  "techniques-inconsistent",
  "performer-not-signer",
  "statement-altered",
  "checkpoint-malformed",
] as const;
export type Inconsistency = (typeof INCONSISTENCIES)[number];

/**
 * The first way in which a certificate contradicts itself, or undefined. Signatures are not looked
 * at, and nothing outside the certificate is.
 */
export function checkConsistency(certificate: Certificate): Inconsistency | undefined {
  return (
    faultOfCounts(certificate) ??
    faultOfApprovals(certificate) ??
    faultOfInstants(certificate) ??
    faultOfPlaces(certificate) ??
    faultOfWords(certificate) ??
    faultOfCheckpoint(certificate)
  );
}

function faultOfCounts(certificate: Certificate): Inconsistency | undefined {
  const { counts, places, notProven, campaign } = certificate;
  const expected = countsOf(certificate);
  for (const key of Object.keys(expected) as (keyof typeof expected)[]) {
    if (counts[key] !== expected[key]) return "counts-inconsistent";
  }
  if (counts.datasets < nodesOf("dataset", [...places, ...notProven])) return "counts-inconsistent";
  if (campaign !== null && !isCampaign(campaign)) return "campaign-inconsistent";
  return undefined;
}

function faultOfApprovals({ approvals, approvedAt, plan }: Certificate): Inconsistency | undefined {
  if (approvals.some((approval) => approval.plan !== plan)) return "approval-for-another-plan";
  const given = approvals.some(({ at }) => at === approvedAt);
  return given ? undefined : "approval-missing";
}

function faultOfInstants(certificate: Certificate): Inconsistency | undefined {
  const { plannedAt, approvedAt, startedAt, finishedAt, issuedAt } = certificate;
  const instants = [plannedAt, approvedAt, startedAt, finishedAt, issuedAt].map(msOf);
  const rising = instants.every((ms, index) => ms >= (instants[index - 1] ?? ms));
  return rising ? undefined : "instants-out-of-order";
}

function faultOfPlaces({ places, startedAt, issuedAt }: Certificate): Inconsistency | undefined {
  const listed = new Set<string>();
  for (const { node, connector, ref, seenAbsentAt } of places) {
    if (seenAbsentAt === "") return "place-not-seen";
    if (!(msOf(seenAbsentAt) >= msOf(startedAt))) return "place-seen-before-start";
    if (!(msOf(seenAbsentAt) <= msOf(issuedAt))) return "place-seen-after-issue";
    listed.add(JSON.stringify([node, connector, ref]));
  }
  return listed.size === places.length ? undefined : "place-listed-twice";
}

function faultOfWords(certificate: Certificate): Inconsistency | undefined {
  const { places, sanitization, signer, statement, issuedAt } = certificate;
  const { methods, performedBy } = sanitization;
  if (JSON.stringify(pairs(methods)) !== JSON.stringify(pairs(techniquesOf(places)))) {
    return "techniques-inconsistent";
  }
  if (performedBy?.name !== signer?.name || performedBy?.title !== signer?.title) {
    return "performer-not-signer";
  }
  if (statement === null) return undefined;
  const sworn = signer !== null && statement.text === statementText(signer, issuedAt);
  return sworn ? undefined : "statement-altered";
}

function faultOfCheckpoint({ checkpoint, issuer, store }: Certificate): Inconsistency | undefined {
  const origin = readCheckpoint(checkpoint)?.origin;
  return origin === checkpointOrigin(issuer, store) ? undefined : "checkpoint-malformed";
}

function pairs(methods: Certificate["sanitization"]["methods"]): readonly (readonly string[])[] {
  return methods.map(({ connector, technique }) => [connector, technique]);
}

/** NaN for no instant, which every comparison above refuses. */
function msOf(written: string): number {
  return parseInstant(written) ?? Number.NaN;
}
