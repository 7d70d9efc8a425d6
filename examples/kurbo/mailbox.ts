/**
 * A mail server on this machine's own loopback address, and the parent who reads what arrives
 * there. Mails are held in memory only.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

const MAIL_TIMEOUT_MS = 10_000;

export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailbox {
  readonly port: number;
  /** The next letter not yet read, waited for. */
  next(): Promise<Letter>;
  close(): Promise<void>;
}

export async function openMailbox(): Promise<Mailbox> {
  const arrived: Letter[] = [];
  const waiting: ((letter: Letter) => void)[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    logger: false,
    onData(stream, session, done) {
      simpleParser(stream).then((mail) => {
        const to = session.envelope.rcptTo.map(({ address }) => address).join(", ");
        const letter = { to, subject: mail.subject ?? "", text: mail.text ?? "" };
        const reader = waiting.shift();
        if (reader === undefined) arrived.push(letter);
        else reader(letter);
        done();
      }, done);
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    port: (server.server.address() as AddressInfo).port,
    next() {
      const letter = arrived.shift();
      if (letter !== undefined) return Promise.resolve(letter);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("no mail came")), MAIL_TIMEOUT_MS);
        waiting.push((late) => {
          clearTimeout(timer);
          resolve(late);
        });
      });
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The token of the link that stands under a label, as a parent's click would send it. */
export function tokenUnder(letter: Letter, label: string): string {
  const lines = letter.text.split("\n").map((line) => line.trim());
  const url = lines[lines.indexOf(`${label}:`) + 1] ?? "";
  const token = new URL(url).searchParams.get("token");
  if (token === null) throw new Error(`the letter has no link "${label}"`);
  return token;
}
