/**
 * The letter that asks a parent whether it was they who asked (16 CFR 312.6): what was asked for,
 * one yes and one no. A yes is proof enough; there is no second letter.
 */
import type { Challenge } from "../../ports/parent-verifier.js";
import type { QuestionLinks } from "./consent-letter.js";
import type { Letter } from "./letter.js";
import { link, listed, offered, paragraph, readable, title } from "./letter-block.js";

export function actLetter(challenge: Challenge, sender: string, links: QuestionLinks): Letter {
  return {
    subject: "Please confirm what you asked us for",
    blocks: [
      title("Was it you who asked?"),
      paragraph(`You once gave ${sender} permission as a parent, at this address.`),
      { kind: "notice", text: challenge.noticeText },
      ...listed(
        "What was asked for:",
        challenge.purposes.map(({ name }) => name),
      ),
      paragraph("Your answer:"),
      ...offered(links.yes, "Yes, I am the parent and I asked for this"),
      link("No, I did not ask for this", links.no),
      link("I am not the parent of this child", links.notAParent),
      paragraph(
        `The links work until ${readable(challenge.lapsesAt)}. If you do nothing, nothing ` +
          "is done. Please do not pass this e-mail on: whoever has the links can answer in " +
          "your place.",
      ),
    ],
  };
}
