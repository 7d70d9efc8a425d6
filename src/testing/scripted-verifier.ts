/**
 * The testing kit's verifier. A test writes what the parent does and which method the provider
 * reports; the script is signed into the response's token, so that even in a test the application
 * cannot invent a verdict.
 */
import { randomBytes } from "node:crypto";
import { CONSENT_METHODS, type ConsentMethod } from "../core/consent.js";
import { requireKnown, requireText } from "../core/options.js";
import { narrowChoice } from "../core/parent-choice.js";
import { CustodyError } from "../errors.js";
import {
  base64url,
  equalBytes,
  fromBase64url,
  hmacSha256,
  sha256Hex,
  text,
  utf8,
} from "../lib/bytes.js";
import { canonicalBytes, type Json } from "../lib/canonical.js";
import type {
  Challenge,
  ParentResponse,
  ParentVerifier,
  VerifierOutcome,
  VerifierState,
} from "../ports/parent-verifier.js";

export interface ParentScript {
  readonly outcome: "verified" | "refused" | "bounced" | "no-answer" | "not-a-parent";
  /**
   * The method the provider says it ran. Absent: it does not say, and the outcome has no method.
   */
  readonly reported?: ConsentMethod | undefined;
  /** Reported as written, met or not: the consent core decides. */
  readonly conditions?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Absent: one yes to the request as a whole. */
  readonly grants?: readonly string[] | undefined;
  readonly refuses?: readonly string[] | undefined;
}

export interface ScriptedVerifierOptions {
  readonly method: ConsentMethod;
  /** Default: `scripted-` and the method. */
  readonly name?: string | undefined;
  /** Given to let a second instance judge the responses of a first. Default: 32 random bytes. */
  readonly secret?: Uint8Array | undefined;
}

export interface ScriptedVerifier extends ParentVerifier {
  /**
   * What the parent of this request answers. Each call makes another response, even to the same
   * script, so that a request can be answered several times; each response is judged once.
   */
  answer(request: string, script: ParentScript): ParentResponse;
}

const SCRIPT_KEYS = ["outcome", "reported", "conditions", "grants", "refuses"] as const;
const TAG = "scripted";

/** @throws `option-unknown`, `option-invalid` */
export function scriptedVerifier(options: ScriptedVerifierOptions): ScriptedVerifier {
  requireKnown(options, ["method", "name", "secret"], "scriptedVerifier");
  if (!CONSENT_METHODS.includes(options.method)) {
    const reason = "not a consent method";
    throw new CustodyError("option-invalid", { path: "scriptedVerifier.method", reason });
  }
  const method = options.method;
  const name = requireText(options.name ?? `scripted-${method}`, "scriptedVerifier.name");
  const key = hmacSha256(options.secret ?? randomBytes(32), utf8(`custody/scripted/1/${name}`));
  const counts = new Map<string, number>();

  return Object.freeze({
    name,
    method,
    async start() {
      return { version: 1, used: [] };
    },
    async respond(challenge, state, response, { nowMs }) {
      const id = challenge.request;
      const used = usedOf(state);
      if (used === undefined) {
        throw new CustodyError("verifier-failed", { verifier: name, id, reason: "state-invalid" });
      }
      const script = open(response.token, id, key);
      if (script === undefined) throw new CustodyError("token-invalid", { id });
      if (!(nowMs < challenge.lapsesAt)) throw new CustodyError("token-expired", { id });
      const hash = sha256Hex(response.token);
      if (used.includes(hash)) throw new CustodyError("token-used", { id });
      const outcome = outcomeOf(script, challenge, response);
      return { state: { version: 1, used: [...used, hash] }, outcome };
    },
    answer(request, script) {
      requireKnown(script, SCRIPT_KEYS, "script");
      const serial = counts.get(request) ?? 0;
      counts.set(request, serial + 1);
      return { token: seal({ req: request, serial, script: plain(script) }, key) };
    },
  } satisfies ScriptedVerifier);
}

function outcomeOf(
  script: ParentScript,
  challenge: Challenge,
  posted: ParentResponse,
): VerifierOutcome {
  if (script.outcome === "bounced" || script.outcome === "no-answer") {
    return { state: "undelivered", reason: script.outcome };
  }
  const { reported, conditions = {} } = script;
  return {
    state: "answered",
    verdict: script.outcome,
    ...(reported === undefined ? {} : { method: reported }),
    conditions,
    ...choiceOf(script, challenge, posted),
  };
}

/**
 * Without a choice posted beside it, the script is reported exactly as written, sensible or not.
 */
function choiceOf(
  { outcome, grants, refuses }: ParentScript,
  { purposes, request }: Challenge,
  posted: ParentResponse,
): { readonly grants?: readonly string[]; readonly refuses?: readonly string[] } {
  if (posted.grants === undefined && posted.refuses === undefined) {
    return {
      ...(grants === undefined ? {} : { grants }),
      ...(refuses === undefined ? {} : { refuses }),
    };
  }
  const whole = purposes.filter((purpose) => !purpose.separate).map((purpose) => purpose.name);
  const allowed = outcome === "verified" ? (grants ?? whole) : [];
  const choice = narrowChoice({
    asked: purposes.map((purpose) => purpose.name),
    allowed: allowed.filter((name) => !refuses?.includes(name)),
    posted,
  });
  if (choice === undefined) throw new CustodyError("token-invalid", { id: request });
  return choice;
}

/** `scripted.<payload>.<mac>`: no JWS, so that nobody takes it for a real verifier's token. */
function seal(payload: Json, key: Uint8Array): string {
  const input = `${TAG}.${base64url(canonicalBytes(payload))}`;
  return `${input}.${base64url(hmacSha256(key, utf8(input)))}`;
}

function open(token: unknown, request: string, key: Uint8Array): ParentScript | undefined {
  if (typeof token !== "string") return undefined;
  const [tag, payload, mac, ...others] = token.split(".");
  if (tag !== TAG || payload === undefined || mac === undefined || others.length > 0) {
    return undefined;
  }
  const given = fromBase64url(mac);
  const bytes = fromBase64url(payload);
  if (given === undefined || bytes === undefined) return undefined;
  if (!equalBytes(given, hmacSha256(key, utf8(`${tag}.${payload}`)))) return undefined;
  const { req, script } = JSON.parse(text(bytes)) as { req: string; script: ParentScript };
  return req === request ? script : undefined;
}

function usedOf(state: VerifierState): readonly string[] | undefined {
  const { used } = state;
  const known = Array.isArray(used) && used.every((hash) => typeof hash === "string");
  return state.version === 1 && known ? (used as readonly string[]) : undefined;
}

/** A script as JSON, written out so that the compiler sees when a member is added. */
function plain({ outcome, reported, conditions, grants, refuses }: ParentScript): Json {
  return { outcome, reported, conditions, grants, refuses };
}
