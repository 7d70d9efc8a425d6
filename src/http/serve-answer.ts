/** What goes over the wire when somebody asks whether a model may be served: path and body. */
import { z } from "zod";
import { MODEL_STATES, mayServeState } from "../core/model.js";
import type { ServeAnswer } from "../flows/models.js";

/** Whoever can answer: the client of `createCustody`, or a part of it. */
export interface ServeSource {
  readonly models: { readonly mayServe: (model: string) => Promise<ServeAnswer> };
}

const STATES = [...MODEL_STATES, "training", "unknown"] as const;

/** The model is named, so that a mixed-up or stored answer about another one is not believed. */
const Wire = z.object({
  model: z.string(),
  mayServe: z.boolean(),
  state: z.enum(STATES),
  because: z.string().optional(),
});
export type ServeWire = z.infer<typeof Wire>;

export function servePath(model: string): string {
  return `models/${model}/may-serve`;
}

/** The model's id as it stands in the path, unchecked; undefined where the path is another. */
export function modelInPath(path: string): string | undefined {
  return /^\/models\/([^/]+)\/may-serve$/.exec(path)?.[1];
}

/** `because` stands only on a refusal: nothing speaks against a model that may be served. */
export function wireOf(model: string, { mayServe, state, because }: ServeAnswer): ServeWire {
  return mayServe ? { model, mayServe, state } : { model, mayServe, state, because };
}

/**
 * The answer about this model, read back. Undefined for anything else: another model, no JSON, or a
 * yes that its own state contradicts.
 */
export function readWire(text: string, model: string): ServeAnswer | undefined {
  const read = Wire.safeParse(jsonOf(text));
  if (!read.success || read.data.model !== model) return undefined;
  const { mayServe, state, because = "" } = read.data;
  const servable = state !== "training" && state !== "unknown" && mayServeState(state);
  return mayServe === servable ? { mayServe, state, because } : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
