/**
 * Every refusal and every error of custody, as one closed list of codes.
 *
 * The message is made here, from a table, out of ids, codes and paths: no call site can put a
 * person's data into an error. `refusal` codes are the law's answers (they carry a rule and what
 * would help); the rest are faults of input, set-up or storage.
 */

/** Answers of the gate and its neighbours: the closed refusal codes of the scenario format. */
export const REFUSAL_CODES = [
  "age-answer-repeated",
  "age-recheck-too-soon",
  "age-unknown",
  "conditioned-on-disclosure",
  "consent-expired",
  "consent-invalidated",
  "consent-out-of-scope",
  "consent-refused",
  "consent-required",
  "consent-withdrawn",
  "counts-inconsistent",
  "exception-combined",
  "exception-not-allowed",
  "exit-not-allowed",
  "field-unknown",
  "guardian-unverified",
  "hold-too-broad",
  "lineage-missing",
  "method-insufficient",
  "method-unreported",
  "model-frozen",
  "notice-outdated",
  "notice-undelivered",
  "plan-changed",
  "plan-unapproved",
  "purge-incomplete",
  "purpose-forbidden",
  "purpose-unknown",
  "record-erased",
  "record-restricted",
  "record-tainted",
  "request-lapsed",
  "retained-unlisted",
  "school-commercial-use",
  "school-representative-required",
  "separate-consent-required",
  "signer-not-human",
  "statement-incomplete",
  "subject-suppressed",
  "untagged-input",
  "value-rejected",
  "wrong-subject",
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Faults in a service's configuration: the service is refused at start. */
export const CONFIG_CODES = [
  "age-screen-not-neutral",
  "audience-screen-conflict",
  "conditioned-on-disclosure",
  "field-category-required",
  "integral-reason-required",
  "method-condition-missing",
  "notice-missing-purpose",
  "purpose-unknown",
  "recipient-unnamed",
  "retention-required",
  "retention-unbounded",
] as const;

export type ConfigCode = (typeof CONFIG_CODES)[number];

/**
 * Faults of input, set-up, keys and storage, each with the sentence it prints. `{…}` is filled from
 * the details.
 */
const FAULTS = {
  "attestation-invalid": "The attestation does not verify: {reason}.",
  "certificate-expired-key": "The key {kid} was not in force when the certificate was signed.",
  "certificate-invalid": "The certificate does not verify: {reason}.",
  "certificate-unsigned":
    "The certificate names no accepted signature algorithm (EdDSA is required).",
  "certificate-wrong-key": "No given key matches the certificate's key {kid}.",
  "challenge-unknown": "The request {id} has no open challenge.",
  "clock-invalid": "The clock gave {path}, which is not a moment in time.",
  "config-invalid": "The configuration is refused at {path}: {reason}.",
  conflict: "{id} was changed by somebody else {attempts} times in a row; nothing was written.",
  "connector-failed": "The connector {connector} failed at {place}: {reason}.",
  "connector-unknown": "No connector named {connector} is configured.",
  "copy-damaged": "The copy differs from its source in {name}: {reason}.",
  "copy-source-changed":
    "The store {id} is not as it was when the copy began; stop its writers and begin anew.",
  "copy-unfinished":
    "What is at {place} is a copy that is not finished; `custody store copy` goes on with it.",
  "date-impossible": "{path} is not a day of the calendar (expected YYYY-MM-DD).",
  duplicate: "{id} exists already.",
  "epoch-closed":
    "The keyring's keys were wrapped in epoch {epoch}, which is closed; they cannot be opened.",
  "export-exists": "{place} exists already; an export never overwrites.",
  "extension-missing": "The database lacks the extension {name}.",
  "file-unreadable": "The file at {place} cannot be read: {reason}.",
  "id-invalid": "{path} is not a {expected} id.",
  "instant-invalid": "{path} is not an instant (expected ISO 8601 with a zone).",
  "journal-foreign": "The journal belongs to store {found}, not to {expected}.",
  "journal-missing": "There is no journal at {place}.",
  "key-destroyed": "The key of {basis} for {category} does not exist any more.",
  "keyring-foreign": "The keyring belongs to store {found}, not to {expected}.",
  "keyring-missing": "There is no keyring at {place}.",
  "keyring-permissions": "{place} can be read by others (mode {mode}); it must be 0600.",
  "keyring-shared": "The keyring at {place} is not apart from the data store: {reason}.",
  "kms-failed": "The key service {name} failed: {reason}.",
  "ledger-broken": "The ledger does not fit from sequence {seq}: {reason}.",
  "limit-exceeded": "{limit} allows {max}; this asks for more.",
  "migration-drift": "The migration {name} was edited after it was applied.",
  "migration-missing": "The store has the migration {name}, which this version does not know.",
  "migration-pending": "The store lacks the migration {name}; run `custody migrate`.",
  "not-found": "There is no {kind} {id}.",
  "notice-contradicted": "The notice does not fit the policy or its text at {path}: {reason}.",
  "notice-incomplete": "The notice leaves out what it has to say: {reason}.",
  "option-invalid": "The option {path} is refused: {reason}.",
  "option-unknown": "The option {path} is unknown.",
  "order-invalid": "The order is refused at {path}: {reason}.",
  "payload-damaged": "The sealed payload of {id} ({category}) does not open.",
  "policy-changed": "The policy differs from the one in force in the store; publish it first.",
  "proof-invalid": "The proof of membership does not hold: {reason}.",
  "receipt-invalid": "The receipt does not verify: {reason}.",
  "replacement-unproven": "{id} is not shown to be {expected} without what was erased: {reason}.",
  "scrub-blocked": "Deleted pages of {place} are not scrubbed: it was in use for {waitedMs} ms.",
  "serve-unknown": "Whether {id} may be served could not be learned ({reason}); it is not served.",
  "signal-expired": "The age signal is not valid now: {reason}.",
  "signal-invalid": "The age signal does not verify: {reason}.",
  "signal-misdirected": "The age signal was made for another request: {reason}.",
  "signal-untrusted": "Nobody who is trusted vouches for the age signal: {reason}.",
  "signer-missing": "There is no signing key at {place}.",
  "state-conflict": "{id} is {state}; {action} is not possible.",
  "store-behind":
    "The store is older than its journal; `custody purge replay` brings it up to date.",
  "store-busy": "The store was busy for {waitedMs} ms; nothing was written.",
  "store-closed": "The store is closed.",
  "store-damaged": "The store at {place} is damaged: {reason}.",
  "store-denied": "The server at {place} does not let this role in or do this ({reason}).",
  "store-exists": "There is already a store at {place}.",
  "store-foreign": "What is at {place} is not a custody store.",
  "store-forked":
    "The store went on from sequence {seq} without its journal; it cannot be replayed.",
  "store-full": "The disk that holds the store is full; nothing was written.",
  "store-missing": "There is no store at {place}; `custody init` creates one.",
  "store-poisoned": "The store failed to make a write durable and must be reopened ({reason}).",
  "store-unfit": "The server at {place} is not fit to hold a store: {reason}.",
  "store-unreachable": "The server at {place} cannot be reached ({reason}); nothing was written.",
  "token-expired": "The link of request {id} has expired.",
  "token-invalid": "The link is not one that custody issued.",
  "token-used": "The link of request {id} was used already.",
  unexpected: "Something failed that custody has no code for: {reason}.",
  "unlearning-approximate": "Unlearning by {method} is approximate, which is no erasure: {reason}.",
  "verifier-failed": "The verifier {verifier} failed for request {id}: {reason}.",
  "verifier-unknown": "No verifier is configured for the method {method}.",
  "wrapping-key-gone": "The version {version} of the wrapping key {id} cannot be used any more.",
} as const;

export type FaultCode = keyof typeof FAULTS;
export type ErrorCode = RefusalCode | FaultCode | `config/${ConfigCode}`;

export const FAULT_CODES = Object.keys(FAULTS) as readonly FaultCode[];

/**
 * Ids, codes, counts and paths only. The constructor throws away whatever is not one of these keys.
 */
export interface ErrorDetails {
  readonly id?: string | undefined;
  readonly kind?: string | undefined;
  readonly path?: string | undefined;
  readonly reason?: string | undefined;
  readonly rule?: string | undefined;
  readonly help?: readonly string[] | undefined;
  readonly subject?: string | undefined;
  readonly record?: string | undefined;
  readonly purpose?: string | undefined;
  readonly collection?: string | undefined;
  readonly consent?: string | undefined;
  readonly order?: string | undefined;
  readonly basis?: string | undefined;
  readonly category?: string | undefined;
  readonly connector?: string | undefined;
  readonly verifier?: string | undefined;
  readonly method?: string | undefined;
  readonly regime?: string | undefined;
  readonly place?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: string | undefined;
  readonly action?: string | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  readonly limit?: string | undefined;
  readonly max?: number | undefined;
  readonly attempts?: number | undefined;
  readonly waitedMs?: number | undefined;
  readonly seq?: number | undefined;
  readonly epoch?: number | undefined;
  /** Of a wrapping key in a key service. */
  readonly version?: number | undefined;
  readonly mode?: string | undefined;
  readonly kid?: string | undefined;
  readonly line?: number | undefined;
  readonly changed?: Readonly<Record<string, number>> | undefined;
  /** Items that a notice leaves out, with the paragraph that asks for each. */
  readonly missing?: readonly { readonly item: string; readonly paragraph: string }[] | undefined;
  /** Where a notice does not fit, and a closed sentence about it. */
  readonly misfits?: readonly { readonly path: string; readonly reason: string }[] | undefined;
}

/**
 * The one error class. `code` is what programs match on; `details` holds ids, codes and paths;
 * `message` is made from the code. A `cause` is kept for debuggers and never printed by custody.
 */
export class CustodyError extends Error {
  override readonly name = "CustodyError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { readonly cause?: unknown }) {
    super(messageOf(code, details), options);
    this.code = code;
    this.details = Object.freeze({ ...details });
  }

  /**
   * True for an answer of the law (the act is refused), false for a fault (the act could not be
   * judged or done).
   */
  get refusal(): boolean {
    return (REFUSAL_CODES as readonly string[]).includes(this.code);
  }

  toJSON(): { readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails } {
    return { code: this.code, message: this.message, details: this.details };
  }
}

function messageOf(code: ErrorCode, details: ErrorDetails): string {
  const template = (FAULTS as Readonly<Record<string, string>>)[code];
  if (template !== undefined) return fill(template, details);
  const where = [details.subject, details.record, details.collection, details.purpose, details.path]
    .filter((part): part is string => part !== undefined)
    .join(", ");
  const rule = details.rule === undefined ? "" : ` (${details.rule})`;
  return where === "" ? `Refused: ${code}${rule}.` : `Refused: ${code} for ${where}${rule}.`;
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = (details as Readonly<Record<string, unknown>>)[key];
    return value === undefined ? `an unnamed ${key}` : String(value);
  });
}

/** True when `error` is a CustodyError with one of these codes (any code when none is given). */
export function isCustodyError(
  error: unknown,
  ...codes: readonly ErrorCode[]
): error is CustodyError {
  return error instanceof CustodyError && (codes.length === 0 || codes.includes(error.code));
}
