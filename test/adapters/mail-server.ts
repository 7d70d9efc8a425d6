/**
 * A real SMTP server on a loopback port, and the parent's view of what arrives: text, HTML and the
 * links in it.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type AddressObject, type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";

export interface MailServer {
  readonly port: number;
  readonly mails: ParsedMail[];
  /** The links of the newest letter to this address, in the order they stand in it. */
  links(address: string): readonly string[];
  newest(address: string): ParsedMail;
  close(): Promise<void>;
}

/**
 * An SMTP reply code for a command, given the recipient where there is one. Absent: the command is
 * accepted.
 */
export interface Replies {
  readonly mail?: number;
  readonly recipient?: (address: string) => number | undefined;
  readonly data?: number;
}

function refusal(code: number | undefined, address: string): Error | null {
  // A careless server quotes the address: exactly what must never come out at our end.
  return code === undefined
    ? null
    : Object.assign(new Error(`<${address}> says no`), { responseCode: code });
}

export async function mailServer(replies: Replies = {}): Promise<MailServer> {
  const mails: ParsedMail[] = [];
  let arrived: Promise<unknown> = Promise.resolve();
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    disableReverseLookup: true,
    onMailFrom: ({ address }, _session, done) => done(refusal(replies.mail, address)),
    onRcptTo: ({ address }, _session, done) => done(refusal(replies.recipient?.(address), address)),
    onData: (stream, session, done) => {
      arrived = simpleParser(stream).then((mail) => {
        const [to] = session.envelope.rcptTo;
        if (replies.data === undefined) mails.push(mail);
        done(refusal(replies.data, to?.address ?? ""));
      });
    },
  });
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");

  const newest = (address: string): ParsedMail => {
    const mail = mails
      .filter(({ to }) => (to as AddressObject).value[0]?.address === address)
      .at(-1);
    if (mail === undefined) throw new Error("no mail arrived");
    return mail;
  };
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    newest,
    links: (address) => newest(address).text?.match(/https?:\/\/\S+\?\S*token=\S+/g) ?? [],
    close: async () => {
      await arrived;
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
