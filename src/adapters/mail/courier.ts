/**
 * Hands a letter to an SMTP server, and says in a closed word why it could not.
 *
 * What a server or a mail library says about a failure may quote the parent's address. It is read
 * for its numbers and dropped; no error made here has a cause.
 */
import { isIP } from "node:net";
import { createTransport } from "nodemailer";
import { z } from "zod";
import { CustodyError } from "../../errors.js";
import { type Letter, letterHtml, letterText } from "./letter.js";
import { isMailbox } from "./mailbox.js";

export const SMTP_CONNECT_TIMEOUT_MS = 10_000;
export const SMTP_SILENCE_TIMEOUT_MS = 30_000;
/**
 * After this a sending counts as failed. It may still arrive; the links in it are those of the next
 * attempt.
 */
export const SEND_TIMEOUT_MS = 60_000;
export const SENDER_NAME_CHARACTERS_MAX = 100;

const SMTPS_PORT = 465;

export type SendFailure = "recipient-rejected" | "smtp-refused" | "smtp-unreachable" | "smtp-error";

/**
 * Nodemailer's codes for: nobody there, nobody there in time, or nobody who can be talked to
 * safely.
 */
const UNREACHABLE_CODES: readonly unknown[] = [
  "ECONNECTION",
  "ECONNREFUSED",
  "ECONNRESET",
  "EDNS",
  "ENOTFOUND",
  "ESOCKET",
  "ETIMEDOUT",
  "ETLS",
];

export interface Mailbox {
  /** Shown beside the address. May be empty. */
  readonly name: string;
  readonly address: string;
}

/**
 * What the transport is given. The shape is nodemailer's, but nothing of nodemailer is needed to
 * receive it.
 */
export interface MailMessage {
  readonly from: Mailbox;
  readonly to: Mailbox;
  /** The one sender and the one recipient, so that no header is ever parsed for addresses. */
  readonly envelope: { readonly from: string; readonly to: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: { readonly [name: string]: string };
  readonly disableFileAccess: true;
  readonly disableUrlAccess: true;
}

/**
 * A nodemailer transporter, or anything that behaves as one. It rejects when the message was not
 * taken.
 */
export interface MailTransport {
  sendMail(message: MailMessage): Promise<unknown>;
}

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. Default: true on port 465, else STARTTLS. */
  readonly secure?: boolean | undefined;
  readonly auth?: { readonly user: string; readonly pass: string } | undefined;
}

export const TransportSchema = z.union([
  z.custom<MailTransport>(
    (given) =>
      typeof given === "object" &&
      given !== null &&
      "sendMail" in given &&
      typeof given.sendMail === "function",
  ),
  z.strictObject({
    host: z.string().min(1).max(253),
    port: z.int().min(1).max(65_535),
    secure: z.boolean().optional(),
    auth: z.strictObject({ user: z.string().min(1), pass: z.string() }).optional(),
  }),
]);

export const SenderSchema = z
  .union([
    z.string().transform((address) => ({ name: "", address })),
    z.strictObject({ name: z.string().max(SENDER_NAME_CHARACTERS_MAX), address: z.string() }),
  ])
  .refine(({ name, address }) => isMailbox(address) && !/\p{Cc}/u.test(name));

/** Where a letter goes, and for which request and verifier an error is to be named. */
export interface Destination {
  readonly address: string;
  readonly request: string;
  readonly verifier: string;
}

export interface Courier {
  /**
   * Resolves when the server has taken the letter; whether it reaches anybody is not known then.
   * @throws `verifier-failed`; its reason is a `SendFailure`, or `contact-invalid` and then nothing
   * was sent
   */
  deliver(letter: Letter, destination: Destination): Promise<void>;
}

export function courier(transport: MailTransport | SmtpOptions, from: Mailbox): Courier {
  const mail = "sendMail" in transport ? transport : smtpTransport(transport);
  return {
    async deliver(letter, { address, request, verifier }) {
      const failed = (reason: string) =>
        new CustodyError("verifier-failed", { verifier, id: request, reason });
      if (!isMailbox(address)) throw failed("contact-invalid");
      const failure = await send(mail, messageOf(letter, from, address));
      if (failure !== undefined) throw failed(failure);
    },
  };
}

function messageOf(letter: Letter, from: Mailbox, address: string): MailMessage {
  return {
    from,
    to: { name: "", address },
    envelope: { from: from.address, to: address },
    subject: letter.subject,
    text: letterText(letter),
    html: letterHtml(letter),
    // RFC 3834: an out-of-office answer to this would reach somebody who reads answers as
    // revocations.
    headers: { "Auto-Submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/**
 * The links decide over a child's data, so they are not sent in the clear: off this machine TLS is
 * required.
 */
function smtpTransport({ host, port, secure = port === SMTPS_PORT, auth }: SmtpOptions) {
  return createTransport({
    host,
    port,
    secure,
    requireTLS: !isLoopback(host),
    connectionTimeout: SMTP_CONNECT_TIMEOUT_MS,
    greetingTimeout: SMTP_CONNECT_TIMEOUT_MS,
    dnsTimeout: SMTP_CONNECT_TIMEOUT_MS,
    socketTimeout: SMTP_SILENCE_TIMEOUT_MS,
    ...(auth === undefined ? {} : { auth: { user: auth.user, pass: auth.pass } }),
  }) satisfies MailTransport;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

async function send(mail: MailTransport, message: MailMessage): Promise<SendFailure | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<SendFailure>((resolve) => {
    timer = setTimeout(resolve, SEND_TIMEOUT_MS, "smtp-unreachable");
  });
  // Called inside an async function: a transport that throws instead of rejecting is caught here as
  // well.
  const sent = (async () => failureOfReceipt(await mail.sendMail(message)))().catch(failureOfError);
  try {
    return await Promise.race([sent, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Some transports resolve although they rejected the one recipient there was. */
function failureOfReceipt(receipt: unknown): SendFailure | undefined {
  const rejected = membersOf(receipt).rejected;
  return Array.isArray(rejected) && rejected.length > 0 ? "recipient-rejected" : undefined;
}

function failureOfError(error: unknown): SendFailure {
  const { code, command, responseCode } = membersOf(error);
  if (typeof responseCode === "number") {
    const forGood = responseCode >= 500 && responseCode <= 599;
    return forGood && command === "RCPT TO" ? "recipient-rejected" : "smtp-refused";
  }
  return UNREACHABLE_CODES.includes(code) ? "smtp-unreachable" : "smtp-error";
}

function membersOf(value: unknown): { readonly [member: string]: unknown } {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
