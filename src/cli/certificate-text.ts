/** A verified certificate in words for a reader who is no engineer, with what it does not prove. */
import type { Certificate } from "../verify.js";
import { doubtWords, toldWords } from "./certificate-words.js";
import { pairs, table } from "./output.js";

const LEVELS: { readonly [L in Certificate["places"][number]["level"]]: string } = {
  logical: "asked for there, and answered as not there",
  pruned: "not there, nor any earlier version or snapshot",
  rewritten: "the files were rewritten; their bytes no longer hold it",
  "key-destroyed": "unreadable everywhere: the key of every copy was destroyed",
};

/** Said under every certificate, because no program can see these things in one. */
const NEVER_PROVEN = [
  "that the operator told the truth about where data was kept",
  "that no copy exists outside the places listed",
  "that the key belongs to the one whose name it carries: compare it with the issuer",
  "that the ledger was never set back as a whole: ask for checkpoints kept by others",
  "that a draft statement was signed by the person named",
];

export function certificateText(certificate: Certificate): string {
  return [
    `The certificate ${certificate.id} verifies:`,
    "the key given signed it, and it does not contradict itself.",
    "",
    facts(certificate),
    "",
    "Where absence was seen",
    places(certificate),
    "",
    "Not looked at",
    listed(unseen(certificate)),
    "",
    "Kept under a hold",
    table(
      ["record", "hold", "authority", "instrument"],
      certificate.retained.map((kept) => [kept.record, kept.hold, kept.authority, kept.instrument]),
    ),
    ...outOfReach(certificate),
    "",
    "Not proven by the operator's own account",
    listed(certificate.notProven.map(doubt)),
    "",
    "Not proven by any certificate",
    listed(NEVER_PROVEN),
    ...statement(certificate),
  ].join("\n");
}

function doubt(one: Certificate["notProven"][number]): string {
  return `${one.node} in ${one.connector}: ${doubtWords(one)}`;
}

/** Nothing where nobody was told, and nothing where nothing was sworn: most certificates. */
function outOfReach({ told = [], exits = [] }: Certificate): readonly string[] {
  const toldRows = told.map(({ kind, name, instruction, scope, instructedAt, state }) => {
    return [name, kind, instruction, scope.join(", "), instructedAt, toldWords(state)];
  });
  const head = ["who", "kind", "instruction", "to destroy", "told", "and"];
  const exitRows = exits.map(({ model, product, swornAt, by }) => {
    return [model, product, swornAt, `${by.name}, ${by.title}`];
  });
  return [
    ...(told.length === 0 ? [] : ["", "Out of reach and told to destroy", table(head, toldRows)]),
    ...(exits.length === 0
      ? []
      : [
          "",
          "Not destroyed, because it was sworn that it cannot be",
          table(["model", "product", "sworn", "by"], exitRows),
        ]),
  ];
}

function facts(certificate: Certificate): string {
  const { cause, counts, signer } = certificate;
  const because = [cause.kind, cause.title ?? "", cause.citation ?? "", cause.id];
  return pairs([
    ["issued by", certificate.issuer],
    ["answered for by", signer === null ? "nobody" : `${signer.name}, ${signer.title}`],
    ["because of", because.filter((part) => part !== "").join(", ")],
    ...certificate.approvals.map(
      ({ by, title, at }) => ["approved by", `${by}, ${title}, ${at}`] as const,
    ),
    ["planned", certificate.plannedAt],
    ["begun", certificate.startedAt],
    ["finished", certificate.finishedAt],
    ["issued", certificate.issuedAt],
    ["records erased", String(counts.records)],
    ["people", String(counts.subjects)],
    ["data sets touched", String(counts.datasets)],
    ["models destroyed", String(counts.models)],
    ["records kept under a hold", String(counts.retained)],
    ["plan (SHA-256)", certificate.plan],
    ["store", certificate.store],
  ]);
}

function places({ places: seen }: Certificate): string {
  return table(
    ["what", "where", "records", "seen absent", "how"],
    seen.map((place) => [
      place.node,
      place.connector === place.ref ? place.connector : `${place.connector}: ${place.ref}`,
      String(place.records),
      place.seenAbsentAt,
      LEVELS[place.level],
    ]),
  );
}

function unseen({ places: seen }: Certificate): readonly string[] {
  const said = seen.flatMap((place) =>
    place.notLookedAt.map((what) => `${place.connector}: ${what}`),
  );
  return [...new Set(said)];
}

function statement({ statement: draft }: Certificate): readonly string[] {
  if (draft === null) return [];
  return ["", "Draft statement (binds nobody until it is signed)", draft.text];
}

function listed(lines: readonly string[]): string {
  return lines.length === 0 ? "(none)" : lines.map((line) => `- ${line}`).join("\n");
}
