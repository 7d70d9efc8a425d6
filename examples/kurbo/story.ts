/**
 * The teller: numbered sections in plain words, one question and one answer a line, and a check
 * for everything that is claimed. A claim that does not hold ends the tale with an error.
 */
import { CustodyError } from "custody";

const COLUMNS_MAX = 98;
const PROGRESS_EVERY_MS = 1_000;

/** A claim of the tale that did not hold. */
export class BrokenClaim extends Error {
  override readonly name = "BrokenClaim";
}

export interface Story {
  /** A heading with the next number, and what the law or the section is about. */
  section(title: string): void;
  say(text: string): void;
  /** A question put to custody. */
  asked(text: string): void;
  /** What custody answered, with the rule behind it where there is one. */
  answered(text: string, rule?: string): void;
  /** @throws BrokenClaim when it does not hold */
  check(holds: boolean, claim: string): void;
  /**
   * Runs what must be refused and prints code, rule and what would help: what custody says, or else
   * the tale's own words. @throws BrokenClaim when it is not refused
   */
  refused(code: string, act: () => Promise<unknown>, own?: InWords): Promise<void>;
  /** Columns of equal width, the first one for names. */
  table(rows: readonly (readonly string[])[]): void;
  /** At most one line a second, none for what is quick. */
  progress(what: string, done: number, of: number): void;
}

/** What a reader is told of a refusal where its error does not say it. */
export interface InWords {
  readonly rule?: string;
  readonly help: string;
}

export interface Paper {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean;
}

export function tellTo(paper: Paper): Story {
  let number = 0;
  let spokenAt = performance.now();
  const line = (mark: string, text: string) => {
    spokenAt = performance.now();
    paper.write(wrapped(mark, text));
  };
  const story: Story = {
    section(title) {
      number += 1;
      const heading = `${number}. ${title}`;
      paper.write(paper.isTTY === true ? `\n\x1b[1m${heading}\x1b[0m\n` : `\n${heading}\n`);
      spokenAt = performance.now();
    },
    say: (text) => line("   ", text),
    asked: (text) => line("   asked:    ", text),
    answered: (text, rule) =>
      line("   answered: ", rule === undefined ? text : `${text} [${rule}]`),
    check(holds, claim) {
      if (!holds) throw new BrokenClaim(`This does not hold: ${claim}`);
      line("   checked:  ", claim);
    },
    async refused(code, act, own) {
      const error = await act().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof CustodyError)) {
        if (error !== undefined) throw error;
        throw new BrokenClaim(`This was not refused, but should have been: ${code}`);
      }
      if (error.code !== code) throw error;
      const { rule = own?.rule, help = [] } = error.details;
      story.answered(`REFUSED, ${error.code}${error.refusal ? "" : `: ${error.message}`}`, rule);
      const helps = help.length > 0 || own === undefined ? help : [own.help];
      for (const one of helps) line("   help:     ", one);
    },
    table(rows) {
      const widths = [0, 1, 2].map((n) => Math.max(...rows.map((row) => (row[n] ?? "").length)));
      for (const row of rows) {
        const cells = row.map((cell, n) => cell.padEnd((widths[n] ?? 0) + 3));
        paper.write(`   ${cells.join("").trimEnd()}\n`);
      }
    },
    progress(what, done, of) {
      if (performance.now() - spokenAt < PROGRESS_EVERY_MS) return;
      line("   ... ", `${what}: ${done} of ${of}`);
    },
  };
  return story;
}

/**
 * Breaks at spaces; what follows is indented under the first word, so that the marks stay a
 * column.
 */
function wrapped(mark: string, text: string): string {
  const indent = " ".repeat(mark.length);
  const lines: string[] = [];
  let current = mark;
  for (const word of text.split(" ")) {
    const empty = current === mark || current === indent;
    if (!empty && current.length + 1 + word.length > COLUMNS_MAX) {
      lines.push(current);
      current = indent;
    }
    current += current === mark || current === indent ? word : ` ${word}`;
  }
  return `${[...lines, current].join("\n")}\n`;
}
