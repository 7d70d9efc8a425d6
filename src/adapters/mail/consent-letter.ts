/**
 * The two letters of 16 CFR 312.5(b)(2)(viii), in words a parent understands: the question with the
 * direct notice of 312.4(c)(1), and the confirmation that says what was agreed and how to take it
 * back.
 */
import type { ParentChoice } from "../../core/parent-choice.js";
import type { Challenge } from "../../ports/parent-verifier.js";
import type { Letter } from "./letter.js";
import { link, listed, offered, paragraph, readable, title } from "./letter-block.js";

/** The addresses of the first letter. A yes that would agree to nothing has none. */
export interface QuestionLinks {
  /** Yes to all that is not asked separately. */
  readonly yes?: string | undefined;
  /** Yes to everything, the separate purposes included. */
  readonly yesSeparate?: string | undefined;
  readonly no: string;
  readonly notAParent: string;
}

export interface ConfirmationLinks {
  readonly confirm: string;
  readonly no: string;
  readonly notAParent: string;
}

export function questionLetter(challenge: Challenge, sender: string, links: QuestionLinks): Letter {
  const plain = challenge.purposes.filter((p) => !p.separate).map((p) => p.name);
  const separate = challenge.purposes.filter((p) => p.separate).map((p) => p.name);
  return {
    subject: "Please decide: may we use your child's information?",
    blocks: [
      title("We need a parent's permission"),
      paragraph(
        `${sender} asks for your permission as a parent to use information about your child. ` +
          "Nothing is collected, used or passed on for the purposes below unless you agree.",
      ),
      paragraph("This is what you should know before you decide:"),
      { kind: "notice", text: challenge.noticeText },
      ...listed("You are asked to agree to:", plain),
      ...listed(
        "You are asked about the following separately. None of it is chosen for you, and you " +
          "may refuse it and still agree to the rest:",
        separate,
      ),
      paragraph("Your answer:"),
      ...offered(links.yes, yesLabel(separate)),
      ...offered(links.yesSeparate, `Yes, including: ${separate.join(", ")}`),
      link("No, I do not agree", links.no),
      link("I am not the parent of this child", links.notAParent),
      paragraph(
        "If you say yes, we send you a second e-mail. Your permission only counts once you have " +
          "confirmed it there.",
      ),
      paragraph(
        `The links work until ${readable(challenge.lapsesAt)}. If you do not answer by then, ` +
          "there is no permission. Please do not pass this e-mail on: whoever has the links can " +
          "answer in your place.",
      ),
    ],
  };
}

export function confirmationLetter(letter: {
  readonly challenge: Challenge;
  readonly sender: string;
  readonly choice: ParentChoice;
  /** One sentence: where and how a permission is taken back once it stands. */
  readonly revocation: string;
  /** Epoch milliseconds from which the confirming link works, where it does not at once. */
  readonly confirmFrom?: number | undefined;
  readonly links: ConfirmationLinks;
}): Letter {
  const { challenge, choice, links } = letter;
  return {
    subject: "Please confirm your permission",
    blocks: [
      title("Please confirm your permission"),
      paragraph(
        `Somebody who reads this mailbox gave ${letter.sender} permission to use information ` +
          "about your child. It does not count yet: we ask once more, to be sure that it was you.",
      ),
      ...listed("You agreed to:", choice.grants),
      ...listed("You did not agree to:", choice.refuses),
      paragraph("The notice that this permission refers to:"),
      { kind: "notice", text: challenge.noticeText },
      link("Yes, I am the parent and I confirm this", links.confirm),
      link("This was not me, or I take it back", links.no),
      link("I am not the parent of this child", links.notAParent),
      ...(letter.confirmFrom === undefined
        ? []
        : [paragraph(`You can confirm from ${readable(letter.confirmFrom)} on.`)]),
      paragraph(
        "You can take your permission back at any time, without giving a reason, and have the " +
          `information deleted. ${letter.revocation}`,
      ),
      paragraph(
        `The links work until ${readable(challenge.lapsesAt)}. If you do nothing, there is no ` +
          "permission.",
      ),
    ],
  };
}

function yesLabel(separate: readonly string[]): string {
  return separate.length === 0 ? "Yes, I agree" : `Yes, but without: ${separate.join(", ")}`;
}
