/**
 * The form itself, as printable Markdown: the notice, a box for each purpose, a line to sign, and
 * how to send it back. No person is named on it by us; the parent writes the name.
 */
import type { Challenge } from "../../ports/parent-verifier.js";

/**
 * The text of one request's form. The same challenge and code give the same text. Boxes are always
 * empty.
 */
export function formText(challenge: Challenge, code: string): string {
  const { act } = challenge;
  const unanswered = act === undefined ? "there is no permission" : "nothing is done";
  const plain = challenge.purposes.filter((purpose) => !purpose.separate);
  const separate = challenge.purposes.filter((purpose) => purpose.separate);
  return [
    act === undefined
      ? "# Permission of a parent or guardian"
      : "# Request of a parent or guardian",
    `Request: \`${challenge.request}\``,
    `Form code: \`${code}\``,
    act === undefined
      ? "Nothing is collected, used or passed on for the purposes below unless you agree. " +
        "Read this first:"
      : "This was asked for in a parent's name. Nothing is done unless you sign. Read this first:",
    challenge.noticeText
      .split(/\r\n|\r|\n/)
      .map((line) => `> ${escapeMarkdown(line)}`.trimEnd())
      .join("\n"),
    ...(act === undefined
      ? boxes("## What you are asked to agree to", "Tick each one that you agree to.", plain)
      : boxes("## What was asked for", "Tick it if it was you who asked.", plain)),
    ...boxes(
      "## Asked separately",
      "You may leave all of these empty and still agree to the rest. " +
        "Tick each one that you agree to.",
      separate,
    ),
    "## Your signature",
    "- [ ] I am a parent or guardian of this child, and I agree to what I have ticked.\n" +
      "- [ ] I do not agree to anything.\n" +
      "- [ ] I am not a parent or guardian of this child.",
    "Name in capital letters: ______________________________",
    "Signature: ______________________________",
    "Date: ______________________________",
    "## How to send it back",
    "Print this form, sign it by hand, and return it by post, by fax, or as a scan of the signed " +
      "paper. " +
      "A name typed on a screen is not a signature. " +
      `It must reach us before ${readable(challenge.lapsesAt)}; ` +
      `if nothing arrives by then, ${unanswered}.`,
    ...(act === undefined
      ? ["You can take your permission back at any time, without giving a reason."]
      : []),
    "",
  ].join("\n\n");
}

/** To the minute, downwards: no parent is promised more time than there is. */
function readable(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function boxes(
  heading: string,
  advice: string,
  purposes: Challenge["purposes"],
): readonly string[] {
  if (purposes.length === 0) return [];
  const list = purposes.map(({ name }) => `- [ ] ${escapeMarkdown(name.replace(/\s+/g, " "))}`);
  return [heading, advice, list.join("\n")];
}

/** A purpose or a notice must not be able to draw a ticked box, a heading or a link of its own. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_[\]<>#&|~!]/g, "\\$&")
    .replace(/^(\s*)([-+]|\d+[.)])(?=\s|$)/, "$1\\$2");
}
