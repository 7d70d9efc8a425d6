/**
 * The page that the person named on a certificate signs: what "the foregoing" is stands above the
 * declaration, in sentences, so that nobody swears to a file. 28 U.S.C. 1746 asks for a writing,
 * subscribed and dated; a title and a form of words are not more.
 */
import type { Certificate } from "../verify.js";
import { doubtWords, toldWords } from "./certificate-words.js";

const COLUMNS = 78;
/** Undefined for a certificate on which no declaration was drafted. */
export function statementPage(certificate: Certificate): string | undefined {
  const { statement, signer, id, issuer } = certificate;
  if (statement === null || signer === null) return undefined;
  const paragraphs = [
    `I am ${signer.name}, ${signer.title}. I make this statement for ${issuer}.`,
    ...story(certificate),
    ...numbers(certificate),
    ...kept(certificate),
    ...told(certificate),
    ...exits(certificate),
    ...unproven(certificate),
    ...unseen(certificate),
    `These facts are those of the certificate ${id}, signed with the key of ${issuer}. What that ` +
      "certificate lists as not looked at is not covered by this statement.",
  ];
  const numbered = paragraphs.map((text, index) => wrapped(`${index + 1}. ${text}`));
  return ["STATEMENT", "", numbered.join("\n\n"), "", wrapped(statement.text)].join("\n");
}

function story({ cause, purge, plan, approvals, ...at }: Certificate): readonly string[] {
  const because = [cause.title, cause.citation, cause.id].filter(Boolean).join(", ");
  const by = approvals.map((one) => `${one.by}, ${one.title}, on ${day(one.at)}`).join("; ");
  return [
    `Because of ${because}, the purge ${purge} was planned on ${day(at.plannedAt)}. ` +
      `The SHA-256 of the plan is ${plan}. It was approved by ${by}.`,
    `It began on ${at.startedAt} and ended on ${at.finishedAt} (UTC).`,
  ];
}

function numbers({ counts, places, campaign }: Certificate): readonly string[] {
  const levels = new Map<string, number>();
  for (const { level } of places) levels.set(level, (levels.get(level) ?? 0) + 1);
  const seen = [...levels].map(([level, many]) => `${many} at the level "${level}"`).join(", ");
  const notices =
    campaign === null
      ? []
      : [
          `Notices were sent for ${campaign.noticed}. Consented: ${campaign.consented}. ` +
            `Authorised by a school: ${campaign["school-authorised"]}. Declined: ` +
            `${campaign.declined}. No answer: ${campaign["no-answer"]}. Asked for deletion: ` +
            `${campaign["deletion-requested"]}. Asked questions: ${campaign.asked}.`,
        ];
  return [
    `Records of ${counts.subjects} people were erased: ${counts.records}. Data sets touched: ` +
      `${counts.datasets}. Models destroyed or listed below: ${counts.models}. After the erasure ` +
      `each of ${counts.places} places was looked at and seen empty (${seen}).`,
    ...notices,
  ];
}

function kept({ retained }: Certificate): readonly string[] {
  if (retained.length === 0) return ["Nothing that was selected was kept."];
  const each = retained.map((one) => `${one.record} under ${one.authority}, ${one.instrument}`);
  return [`Kept were: ${each.join("; ")}.`];
}

/** What they answered is their word: the signer swears that they said so, and no more. */
function told({ told: all = [] }: Certificate): readonly string[] {
  if (all.length === 0) return [];
  const each = all.map(({ kind, name, instruction, scope, instructedAt, state }) => {
    const who = kind === "key-escrow" ? `the keeper of key copies ${name}` : name;
    const what = `told on ${day(instructedAt)} to destroy ${scope.join(", ")}`;
    return `${who} (instruction ${instruction}), ${what}, ${toldWords(state)}`;
  });
  return [
    `These are out of reach and were told to destroy what they hold: ${each.join("; ")}. ` +
      "That they did what they say was not looked at.",
  ];
}

function exits({ exits: all = [] }: Certificate): readonly string[] {
  if (all.length === 0) return [];
  const each = all.map(
    ({ model, product, swornAt, by }) =>
      `${model} in the product ${product}, sworn on ${day(swornAt)} by ${by.name}, ${by.title}`,
  );
  return [
    `These models were not destroyed, because it was sworn that they cannot be: ` +
      `${each.join("; ")}. They are not served, and nothing may be built on them.`,
  ];
}

function unproven({ notProven }: Certificate): readonly string[] {
  if (notProven.length === 0) return [];
  const each = notProven.map((one) => `${one.node} in ${one.connector} (${doubtWords(one)})`);
  return [`Of these no absence was seen: ${each.join("; ")}.`];
}

function unseen({ places }: Certificate): readonly string[] {
  const each = new Set(
    places.flatMap(({ connector, notLookedAt }) =>
      notLookedAt.map((what) => `of ${connector}: ${what}`),
    ),
  );
  return each.size === 0 ? [] : [`Not looked at was ${[...each].join("; ")}.`];
}

function day(instant: string): string {
  return instant.slice(0, 10);
}

/** At words; a word that is longer than a line stands alone. */
function wrapped(text: string): string {
  return text.split("\n").map(wrappedLine).join("\n");
}

function wrappedLine(line: string): string {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > COLUMNS) {
      lines.push(current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, current].join("\n");
}
