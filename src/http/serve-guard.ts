/**
 * The one line before a model answers: `await guard()` throws unless the model may be served, and
 * also when nobody could say so.
 */
import { z } from "zod";
import { readOptions } from "../adapters/option-reading.js";
import { CustodyError, isCustodyError } from "../errors.js";
import type { ServeAnswer } from "../flows/models.js";
import { requireId } from "../lib/id.js";
import { readWire, type ServeSource, servePath } from "./serve-answer.js";

export const SERVE_CACHE_MS_MAX = 5_000;
export const SERVE_TIMEOUT_MS_MAX = 30_000;
export const SERVE_ANSWER_BYTES_MAX = 4_096;
const SERVE_TIMEOUT_MS = 2_000;

export interface ServeGuardOptions {
  /**
   * How long a yes is believed, in milliseconds, from the moment before it was asked for; at most
   * 5,000. Default 0: every call asks. A frozen model goes on answering for as long as this, at
   * most. A no is never kept.
   */
  readonly cacheMs?: number;
  /** How long the answer may take, in milliseconds, from 1 to 30,000. Default 2,000. */
  readonly timeoutMs?: number;
  /** Sent with each request to a URL, for the handler's `authorize`. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Epoch milliseconds; `Date.now` unless given. Only `cacheMs` is measured by it. */
  readonly now?: () => number;
}

const Options = z.strictObject({
  cacheMs: z.int().min(0).max(SERVE_CACHE_MS_MAX).default(0),
  timeoutMs: z.int().min(1).max(SERVE_TIMEOUT_MS_MAX).default(SERVE_TIMEOUT_MS),
  headers: z.record(z.string(), z.string()).default({}),
  now: z.custom<() => number>((given) => typeof given === "function").default(() => Date.now),
});

/**
 * Resolves when the model may be served.
 * @throws `model-frozen` with the model's `state` and, in `reason`, what stands against it;
 * `serve-unknown` when the answer could not be had: then it is not served either
 */
export type ServeGuard = () => Promise<void>;

/**
 * A guard of one model, on the client itself or on the base URL under which a `serveHandler`
 * listens. Nothing is asked before the first call.
 * @throws `id-invalid`, `option-unknown`, `option-invalid`
 */
export function serveGuard(
  from: ServeSource | URL | string,
  model: string,
  options: ServeGuardOptions = {},
): ServeGuard {
  const id = requireId("model", model, "serveGuard.model");
  const { cacheMs, now, ...rest } = readOptions(Options, options, "serveGuard");
  const ask = askerOf(from, id, rest);
  let yesFrom = Number.NaN;
  return async () => {
    const before = now();
    // A clock that went back says nothing about how old the yes is, and neither does NaN.
    const age = before - yesFrom;
    if (age >= 0 && age < cacheMs) return;
    const answer = await within(ask, id, rest.timeoutMs);
    if (answer.mayServe !== true) {
      yesFrom = Number.NaN;
      const { state, because } = answer;
      throw new CustodyError("model-frozen", { id, path: id, state, reason: because });
    }
    yesFrom = before;
  };
}

type Ask = (signal: AbortSignal) => Promise<ServeAnswer>;

function askerOf(
  from: ServeSource | URL | string,
  model: string,
  { headers }: { readonly headers: Readonly<Record<string, string>> },
): Ask {
  if (typeof from !== "string" && !(from instanceof URL)) {
    return () => from.models.mayServe(model);
  }
  const url = new URL(servePath(model), baseOf(from));
  return async (signal) => {
    const response = await fetch(url, { headers, signal, redirect: "error" });
    const answer = readWire(await textOf(response), model);
    const { status } = response;
    const fits = answer?.mayServe === true ? status === 200 : status === 403 || status === 404;
    if (answer === undefined || !fits) throw unknown(model, `status ${status}`);
    return answer;
  };
}

/** @throws `option-invalid`; the URL itself, which may hold a secret, is in no error */
function baseOf(from: URL | string): URL {
  const base = URL.canParse(String(from)) ? new URL(String(from)) : undefined;
  const plain =
    base !== undefined &&
    ["http:", "https:"].includes(base.protocol) &&
    [base.username, base.password, base.search, base.hash].every((part) => part === "");
  if (!plain) {
    const reason = "an http or https URL without user, query and fragment is expected";
    throw new CustodyError("option-invalid", { path: "serveGuard.from", reason });
  }
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

/** Read to the limit and no further: a longer one is no answer of ours. */
async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > SERVE_ANSWER_BYTES_MAX) return "";
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Whatever goes wrong on the way, the time running out included, is one refusal. */
async function within(ask: Ask, model: string, timeoutMs: number): Promise<ServeAnswer> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(unknown(model, `no answer within ${timeoutMs} ms`));
      controller.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([ask(controller.signal), late]);
  } catch (error) {
    if (isCustodyError(error, "serve-unknown")) throw error;
    throw unknown(model, isCustodyError(error) ? error.code : "unreachable", error);
  } finally {
    clearTimeout(timer);
  }
}

function unknown(id: string, reason: string, cause?: unknown): CustodyError {
  return new CustodyError("serve-unknown", { id, reason }, { cause });
}
