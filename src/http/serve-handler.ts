/**
 * `GET /models/{id}/may-serve` as a plain handler of Node's `http`: it listens nowhere, holds
 * nothing, and writes nothing to the store but marks that were still under way.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { readOptions } from "../adapters/option-reading.js";
import { isCustodyError } from "../errors.js";
import { parseId } from "../lib/id.js";
import { modelInPath, type ServeSource, wireOf } from "./serve-answer.js";

/** Of the request's target: a path of ours has 53. */
export const SERVE_TARGET_CHARACTERS_MAX = 256;

export interface ServeHandlerOptions {
  /**
   * Called before anything is looked at. Only `true` lets the request in; anything else is 401, and
   * an error 503. Required: what serves whom is nobody else's business.
   */
  readonly authorize: (request: IncomingMessage) => boolean | Promise<boolean>;
}

const Options = z.strictObject({
  authorize: z.custom<ServeHandlerOptions["authorize"]>((given) => typeof given === "function"),
});

/** Never rejects: whatever fails is an answer that serves nothing. */
export type ServeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Reply {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Answers 200 `{model, mayServe: true, state}`; 403 `{model, mayServe: false, state, because}`; 404
 * likewise for a model that nobody knows. Everything else is `{mayServe: false, error}`: 400 (no
 * model id, a query), 401, 404 (another path), 405, 413 (a body: there is none to send), 414, and
 * 503 when the answer could not be had, with the code of why.
 *
 * Every answer says `Cache-Control: no-store` and carries no ETag: one that is kept, or confirmed
 * unread, would outlive a freeze (a frozen model is refused from the instant of the order).
 *
 * @throws `option-unknown`, `option-invalid` without `authorize`
 */
export function serveHandler(app: ServeSource, options: ServeHandlerOptions): ServeHandler {
  const { authorize } = readOptions(Options, options, "serveHandler");
  return async (request, response) => {
    const reply = await replyTo(app, authorize, request).catch(unanswered);
    write(response, reply);
  };
}

async function replyTo(
  app: ServeSource,
  authorize: ServeHandlerOptions["authorize"],
  request: IncomingMessage,
): Promise<Reply> {
  const target = request.url ?? "";
  if (target.length > SERVE_TARGET_CHARACTERS_MAX) return refused(414, "limit-exceeded");
  if (hasBody(request)) return refused(413, "limit-exceeded", { Connection: "close" });
  if ((await authorize(request)) !== true) {
    return refused(401, "unauthorized", { "WWW-Authenticate": 'Bearer realm="custody"' });
  }
  const [path = "", query] = target.split("?", 2);
  const named = modelInPath(path);
  if (named === undefined) return refused(404, "not-found");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return refused(405, "method-not-allowed", { Allow: "GET, HEAD" });
  }
  if (query !== undefined) return refused(400, "option-unknown");
  const model = parseId("model", named);
  if (model === undefined) return refused(400, "id-invalid");
  const answer = await app.models.mayServe(model);
  const status = answer.mayServe === true ? 200 : answer.state === "unknown" ? 404 : 403;
  return { status, body: wireOf(model, answer) };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

function refused(status: number, error: string, headers: Reply["headers"] = {}): Reply {
  return { status, body: { mayServe: false, error }, headers };
}

/** The code of what failed, never its words: those of a foreign error may quote anything. */
function unanswered(error: unknown): Reply {
  return refused(503, isCustodyError(error) ? error.code : "unexpected");
}

function write(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(text)),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...headers,
  });
  response.end(text);
}
