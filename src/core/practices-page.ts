/** The page of data practices: what is collected, what for, who receives it, who must agree. */
import type { AgeAnswer } from "./consent-survey.js";
import { type Block, type Cell, heading, list, type Page, paragraph, tableOr } from "./page.js";
import type { PolicyPages, PrintedPurpose, PrintedRecipient } from "./policy-pages.js";
import {
  AUDIENCE_WORDS,
  CATEGORY_WORDS,
  EXCEPTION_WORDS,
  FOR_WORDS,
  USE_WORDS,
} from "./policy-word.js";
import { SCHOOL } from "./regimes/school-authorization.js";
import {
  bindsCoppa,
  gapsOf,
  lapseOf,
  over,
  retentionTable,
  sentence,
  sourceOf,
} from "./retention-page.js";

export function practicesPage(pages: PolicyPages): Page {
  const { service, audience } = pages;
  return {
    title: `Data practices of ${service}`,
    blocks: [
      paragraph(`What ${service} collects, what for, who receives it, and who must agree.`),
      paragraph(sourceOf(pages)),
      paragraph(AUDIENCE_WORDS[audience]),
      operatorOf(pages),
      heading("What is collected"),
      collectedOf(pages),
      heading("What it is used for"),
      usesOf(pages),
      heading("Who receives it"),
      recipientsOf(pages),
      ...(bindsCoppa(pages) && pages.discloses ? [paragraph(WEAK_METHODS)] : []),
      heading("Which consent each purpose needs"),
      ...consentsOf(pages),
      ...exceptionsOf(pages),
      heading("How long it is retained"),
      retentionTable(pages),
      heading("Rights, and how to use them"),
      ...rightsOf(pages),
      ...gapsOf(pages),
    ],
  };
}

const WEAK_METHODS =
  "Because information is disclosed, a parent's consent by e-mail or text message with a " +
  "confirming step does not do (16 CFR 312.5(b)(2)(viii), (ix)).";

function operatorOf({ operator }: PolicyPages): Block {
  if (operator === undefined) return paragraph({ lacks: "The policy names no operator." });
  const { name, address, telephone, email } = operator;
  return paragraph(`The operator is ${name}, ${address}. Telephone ${telephone}, e-mail ${email}.`);
}

function collectedOf({ collections }: PolicyPages): Block {
  const rows = collections.flatMap(({ name, fields, retainWords }) => {
    const categories = [...new Set(fields.map(({ category }) => category))].sort();
    return categories.map((category) => {
      const named = fields.filter((field) => field.category === category);
      const words = CATEGORY_WORDS[category];
      return [words, name, named.map((field) => field.name).join(", "), retainWords];
    });
  });
  rows.sort(([a = "", b = ""], [c = "", d = ""]) => compare(a, c) || compare(b, d));
  const head = ["Category", "Collection", "Fields", "Retained for"];
  return tableOr("The policy declares no collection.", "By category", head, rows);
}

function usesOf({ purposes }: PolicyPages): Block {
  return tableOr(
    "The policy declares no purpose.",
    "Every purpose of the policy",
    ["Purpose", "Use", "Disclosed to others"],
    purposes.map((purpose) => {
      const { name, use, ended } = purpose;
      return [name, `${sentence(USE_WORDS[use])}${over(ended)}`, disclosureOf(purpose)];
    }),
  );
}

function disclosureOf(purpose: PrintedPurpose): string {
  if (purpose.disclosure === "none") {
    return purpose.recipients.length === 0 ? "No." : "No: only processors handle it.";
  }
  const what = purpose.for === "" ? "" : `, for ${FOR_WORDS[purpose.for]}`;
  if (purpose.disclosure === "separate") {
    return `Yes${what}. It is not integral: it can be refused while the rest is agreed to.`;
  }
  return `Yes${what}. It is integral: ${purpose.reason}`;
}

function recipientsOf({ purposes }: PolicyPages): Block {
  const rows = purposes.flatMap((purpose) =>
    purpose.recipients.map((recipient) => [
      recipient.name,
      roleOf(recipient),
      recipient.category === "" ? "not stated" : recipient.category,
      purpose.name,
      integralOf(purpose, recipient),
    ]),
  );
  rows.sort(([a = "", , , b = ""], [c = "", , , d = ""]) => compare(a, c) || compare(b, d));
  return tableOr(
    "The policy names no recipient: nobody but the operator receives anything.",
    "Every recipient of the policy, for each purpose",
    ["Recipient", "Role", "Category", "Purpose", "Integral to the service"],
    rows,
  );
}

function roleOf({ role }: PrintedRecipient): string {
  if (role === "third party") return "third party";
  return "processor: supports internal operations and makes no other use";
}

function integralOf(purpose: PrintedPurpose, { role }: PrintedRecipient): string {
  if (role === "processor") return "not a disclosure";
  return purpose.disclosure === "integral" ? "yes" : "no";
}

function consentsOf(pages: PolicyPages): readonly Block[] {
  const { purposes, regimes, audience, jurisdictions } = pages;
  const several = jurisdictions.length > 1;
  const head = ["Purpose", ...(several ? ["Place"] : []), "Age", "Who must agree first", "Rule"];
  const rows = purposes.flatMap((purpose) =>
    alike(purpose).flatMap(({ places, answers }) =>
      answers.map((answer): Cell[] => {
        const where = several ? [places.join(", ")] : [];
        const rules = rulesOf(answer, purpose);
        return [purpose.name, ...where, ageOf(answer), whoOf(answer, purpose), rules];
      }),
    ),
  );
  const binding = regimes.filter(({ governs }) => governs).map(({ title }) => title);
  const others = regimes.filter(({ governs }) => !governs).map(({ title }) => title);
  const at = jurisdictions.join(", ");
  const laws = binding.length === 0 ? "none of the laws that the policy names" : binding.join("; ");
  return [
    paragraph(`For people in ${at} the answers are those of: ${laws}.`),
    tableOr("The policy declares no purpose.", `Consents for people in ${at}`, head, rows),
    ...(audience === "child-directed" ? [] : [paragraph(UNKNOWN_AGE)]),
    ...schoolsOf(purposes),
    ...(others.length === 0
      ? []
      : [paragraph(`The policy also names laws that do not bind there: ${others.join("; ")}.`)]),
  ];
}

/** Places with the same answers stand together, where the first of them stands. */
function alike({ consents }: PrintedPurpose) {
  const groups = new Map<string, { places: readonly string[]; answers: readonly AgeAnswer[] }>();
  for (const { place, answers } of consents) {
    const key = JSON.stringify(answers);
    const before = groups.get(key)?.places ?? [];
    groups.set(key, { places: [...before, place], answers });
  }
  return [...groups.values()];
}

function schoolsOf(purposes: readonly PrintedPurpose[]): readonly Block[] {
  const names = purposes.filter(({ school }) => school).map(({ name }) => name);
  if (names.length === 0) return [];
  const who = "A school's named representative can agree in place of a parent";
  return [paragraph(`${who} (${SCHOOL.section}), for: ${names.join(", ")}.`)];
}

const UNKNOWN_AGE =
  "Where somebody's age is not known, nothing is collected except to find out how old they are, " +
  "and under the exceptions to prior consent that this page lists, if any.";

function ageOf({ from, below }: AgeAnswer): string {
  if (below === undefined) return from === 0 ? "everybody" : `${from} and over`;
  if (from === 0) return `under ${below}`;
  return below - from === 1 ? `${from}` : `${from} to ${below - 1}`;
}

function whoOf({ needs, forbidden }: AgeAnswer, { disclosure }: PrintedPurpose): string {
  if (forbidden !== undefined) return "nobody can: it is forbidden";
  if (needs.length === 0) return "nobody";
  const givers = new Set(needs.map(({ giver }) => giver));
  const both = givers.size > 1;
  const who = both ? "a parent and the person" : givers.has("parent") ? "a parent" : "the person";
  return disclosure === "separate" ? `${who}, apart from any other consent` : who;
}

/** The separate consent of 312.5(a)(2) is a rule of its own where COPPA asks for a consent. */
function rulesOf({ needs, forbidden }: AgeAnswer, { disclosure }: PrintedPurpose): string {
  if (forbidden !== undefined) return forbidden.section;
  if (needs.length === 0) return "no law named here asks for a consent";
  const apart = disclosure === "separate" && needs.some(({ regime }) => regime === "coppa");
  const sections = needs.map(({ because }) => because.section);
  return [...new Set([...sections, ...(apart ? ["16 CFR 312.5(a)(2)"] : [])])].join("; ");
}

function exceptionsOf({ purposes }: PolicyPages): readonly Block[] {
  const rows = purposes.flatMap(({ name, exceptions }) =>
    exceptions.map(({ exception, because, collection, fields }) => [
      because.section,
      sentence(EXCEPTION_WORDS[exception]),
      name,
      `${collection}: ${fields.join(", ")}`,
    ]),
  );
  if (rows.length === 0) return [];
  rows.sort(([a = "", , b = "", c = ""], [d = "", , e = "", f = ""]) => {
    return compare(a, d) || compare(b, e) || compare(c, f);
  });
  const head = ["Exception", "Only", "Purpose", "What it could let in"];
  return [
    heading("Exceptions to prior consent"),
    paragraph(
      "The policy leaves room for these exceptions, each on its own conditions. Whether one is " +
        "used is decided when something is collected, not in the policy.",
    ),
    tableOr("", "What the exceptions could let in without prior consent", head, rows),
  ];
}

function rightsOf(pages: PolicyPages): readonly Block[] {
  const { rights, operator, regimes } = pages;
  const binding = regimes.filter(({ governs }) => governs).map(({ title }) => title);
  const unsaid = `This page lists no rights under: ${binding.join("; ")}.`;
  const nothing = binding.length === 0 ? "No law that the policy names binds here." : unsaid;
  const listed =
    rights.length === 0
      ? [paragraph(nothing)]
      : [
          paragraph("A parent has the right:"),
          list(rights.map(({ right, because }) => `${right} (${because.section})`)),
        ];
  const ways = operator === undefined ? { lacks: NO_WAY } : wayOf(operator);
  const taken =
    "A consent can be taken back at any time. What it covered is then not used further.";
  return [...listed, paragraph(ways), paragraph(taken), paragraph(lapseOf(pages))];
}

const NO_WAY = "The policy does not say to whom a request is sent.";

function wayOf({ name, address, telephone, email }: NonNullable<PolicyPages["operator"]>): string {
  return `To use these rights, write to ${name}, ${address} or ${email}, or call ${telephone}.`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
