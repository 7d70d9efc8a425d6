import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  Certificate,
  isCampaign,
  statementText,
  techniquesOf,
} from "../../src/core/certificate.js";
import { checkConsistency, INCONSISTENCIES } from "../../src/core/certificate-check.js";
import { TOOL } from "../../src/flows/certificates.js";
import { checkpointNote, goodCertificate, signer } from "./certificate-fixture.js";

const good = await goodCertificate();
const [vault, model] = good.places as [(typeof good.places)[number], (typeof good.places)[number]];
const OTHER_STORE = `sto_${"0".repeat(26)}`;

test("a certificate that fits together is found to", () => {
  expect(Certificate.parse(good)).toEqual(good);
  expect(checkConsistency(good)).toBeUndefined();
});

const SPOILT: readonly (readonly [string, Partial<Certificate>, string])[] = [
  ["a record too many", { counts: { ...good.counts, records: 4 } }, "counts-inconsistent"],
  ["a model too few", { counts: { ...good.counts, models: 1 } }, "counts-inconsistent"],
  ["a place that is left out", { places: [vault] }, "counts-inconsistent"],
  ["a retained record left out", { retained: [] }, "counts-inconsistent"],
  ["an unproven place left out", { notProven: [] }, "counts-inconsistent"],
  [
    "answers that do not add up",
    { campaign: { ...good.campaign, noticed: 11 } as Certificate["campaign"] },
    "campaign-inconsistent",
  ],
  ["no approval", { approvals: [] }, "approval-missing"],
  ["an approval at another time", { approvedAt: good.startedAt }, "approval-missing"],
  [
    "an approval for another plan",
    { approvals: good.approvals.map((each) => ({ ...each, plan: "cd".repeat(32) })) },
    "approval-for-another-plan",
  ],
  ["a start before the approval", { startedAt: good.plannedAt }, "instants-out-of-order"],
  ["an instant that is none", { finishedAt: "soon" }, "instants-out-of-order"],
  ["a place nobody saw", { places: [{ ...vault, seenAbsentAt: "" }, model] }, "place-not-seen"],
  [
    "a place seen before anything was erased",
    { places: [{ ...vault, seenAbsentAt: good.approvedAt }, model] },
    "place-seen-before-start",
  ],
  [
    "a place seen after the issue",
    { places: [vault, { ...model, seenAbsentAt: "2026-06-02T08:05:00.001Z" }] },
    "place-seen-after-issue",
  ],
  [
    "a place listed twice",
    { places: [vault, model, model], counts: { ...good.counts, places: 3 } },
    "place-listed-twice",
  ],
  [
    "a level raised without its technique",
    { places: [vault, { ...model, level: "key-destroyed" }] },
    "techniques-inconsistent",
  ],
  [
    "another performer",
    {
      sanitization: {
        ...good.sanitization,
        performedBy: { name: "Cy Doe", title: "Privacy Counsel" },
      },
    },
    "performer-not-signer",
  ],
  [
    "another statement",
    { statement: { form: "28-usc-1746", text: "I believe so." } },
    "statement-altered",
  ],
  ["no checkpoint", { checkpoint: "size 12" }, "checkpoint-malformed"],
  [
    "the checkpoint of another store",
    { checkpoint: await checkpointNote(signer, OTHER_STORE) },
    "checkpoint-malformed",
  ],
];

test.each(SPOILT)("%s is refused", (_, change, reason) => {
  expect(checkConsistency({ ...good, ...change })).toBe(reason);
});

test("every reason has its certificate", () => {
  expect(new Set(SPOILT.map(([, , reason]) => reason))).toEqual(new Set(INCONSISTENCIES));
});

test("a certificate signed by a machine has no shape", () => {
  const signed = { ...good, signer: { ...good.signer, human: false } };
  expect(Certificate.safeParse(signed).success).toBe(false);
});

test("a connector is as good as its worst place", () => {
  const places = [vault, { ...vault, level: "rewritten" as const }, model];
  expect(techniquesOf(places)).toEqual([
    { connector: "vault", technique: "clear" },
    { connector: "models", technique: "delete" },
  ]);
  expect(techniquesOf([vault])).toEqual([{ connector: "vault", technique: "cryptographic-erase" }]);
});

test("the statement has the words of 28 U.S.C. 1746, the person and the day", () => {
  const statement = statementText({ name: "Ada Park", title: "Counsel" }, good.issuedAt);
  expect(statement.replaceAll("\n", " ")).toBe(
    "I declare under penalty of perjury under the laws of the United States of America " +
      "that the foregoing is true and correct. Executed on 2026-06-02.  " +
      "(Signature) Ada Park Counsel",
  );
});

test("answers add up to the notices, and questions are not answers", () => {
  const campaign = good.campaign;
  if (campaign === null) throw new Error("a campaign expected");
  expect(isCampaign(campaign)).toBe(true);
  expect(isCampaign({ ...campaign, asked: 900 })).toBe(true);
  expect(isCampaign({ ...campaign, declined: 3 })).toBe(false);
});

test("the tool on certificates is this version", () => {
  const { name, version } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(TOOL).toBe(`${name} ${version}`);
});
