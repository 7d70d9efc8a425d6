/** The written data retention policy of 16 CFR 312.10: purposes, business need, time frame. */
import { type Block, heading, list, type Page, paragraph, tableOr } from "./page.js";
import type { PolicyPages, PrintedCollection } from "./policy-pages.js";
import { CATEGORY_WORDS, USE_WORDS } from "./policy-word.js";

export const NO_NEED = "No business need was written down.";

export function retentionPage(pages: PolicyPages): Page {
  const { service, purposes } = pages;
  const rule = bindsCoppa(pages) ? " as 16 CFR 312.10 asks for it" : "";
  return {
    title: `Data retention policy of ${service}`,
    blocks: [
      paragraph(
        `This is the written data retention policy of ${service}${rule}: the purposes for which ` +
          "personal information is collected, the business need for retaining it, and the time " +
          "frame in which it is deleted.",
      ),
      paragraph(sourceOf(pages)),
      heading("Purposes for which information is collected"),
      tableOr(
        "The policy declares no purpose.",
        "Every purpose of the policy",
        ["Purpose", "What it is for"],
        purposes.map(({ name, use, ended }) => [name, `${sentence(USE_WORDS[use])}${over(ended)}`]),
      ),
      paragraph(
        "The policy does not tie a collection to single purposes: what the next table lists is " +
          "collected and used only for the purposes above.",
      ),
      heading("What is retained, why, and for how long"),
      retentionTable(pages),
      heading("Deletion"),
      list([
        "Nothing is retained without an end: every collection of the policy has a time frame.",
        "What was collected for a purpose that has ended is due for deletion at once.",
        lapseOf(pages),
        "A legal hold keeps what it names until it is released.",
      ]),
      ...gapsOf(pages),
    ],
  };
}

/** Also on the page of data practices. */
export function retentionTable({ collections }: PolicyPages): Block {
  return tableOr(
    "The policy declares no collection.",
    "Every collection of the policy, with its time frame",
    ["Collection", "Personal information", "Business need for retaining it", "Deleted"],
    collections.map((collection) => {
      const { name, need } = collection;
      const kept = need === "" ? { lacks: NO_NEED } : need;
      return [name, categoriesOf(collection), kept, frameOf(collection)];
    }),
  );
}

export function gapsOf({ gaps, collections }: PolicyPages): readonly Block[] {
  if (gaps.length === 0) return [];
  const lacking = collections.filter(({ need }) => need === "").map(({ name }) => name);
  const lacks = `No business need was written down for: ${lacking.join(", ")}.`;
  return [heading("What this policy does not say"), list([{ lacks }])];
}

export function sourceOf({ policy, adopted }: PolicyPages): string {
  const hash = `SHA-256 ${policy}`;
  if (adopted === undefined) return `It was made from the policy with ${hash}.`;
  const day = adopted.at.slice(0, 10);
  return `It was made from policy version ${adopted.order}, adopted on ${day} (${hash}).`;
}

export function lapseOf(pages: PolicyPages): string {
  const rule = bindsCoppa(pages) ? " (16 CFR 312.5(c)(1))" : "";
  return (
    `A request for consent that nobody answers lapses after ${pages.requestsLapseWords}, and the ` +
    `contact it was sent to is then erased${rule}.`
  );
}

export function bindsCoppa({ regimes }: PolicyPages): boolean {
  return regimes.some(({ name, governs }) => name === "coppa" && governs);
}

export function over(ended: boolean): string {
  return ended ? " It has ended: nothing more is collected or used for it." : "";
}

/** The words as a sentence of their own. */
export function sentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}

function categoriesOf({ fields }: PrintedCollection): string {
  if (fields.length === 0) return "none";
  const words = new Set(fields.map(({ category }) => CATEGORY_WORDS[category]));
  return [...words].sort().join(", ");
}

function frameOf({ retainWords, from }: PrintedCollection): string {
  if (from === "collection") return `${retainWords} after it was collected`;
  return `${retainWords} after the person's latest own entry in the collection`;
}
