/** `custody/http`: whether a model may be served, as an answer and as a guard. */
export type { ServeSource } from "./serve-answer.js";
export type { ServeGuard, ServeGuardOptions } from "./serve-guard.js";
export {
  SERVE_ANSWER_BYTES_MAX,
  SERVE_CACHE_MS_MAX,
  SERVE_TIMEOUT_MS_MAX,
  serveGuard,
} from "./serve-guard.js";
export type { ServeHandler, ServeHandlerOptions } from "./serve-handler.js";
export { SERVE_TARGET_CHARACTERS_MAX, serveHandler } from "./serve-handler.js";
