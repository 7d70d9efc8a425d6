/** Which aliases a file has named so far, step by step, and whether a step names one it may. */
import type { Path } from "./document.js";
import type { Act, Step } from "./scenario.js";
import { VERBS } from "./verbs/index.js";
import type { Kind, Names } from "./words.js";

export interface AliasFault {
  /** From the step on. */
  readonly path: Path;
  readonly reason: string;
}

/** Words that stand where a list of aliases may. */
const WORDS: Readonly<Record<string, string>> = { "hold.records": "all", "train.from": "unknown" };

export class AliasBook {
  readonly #kinds = new Map<string, Kind>();
  readonly #versions: Set<string>;

  readonly #places: Set<string>;
  readonly #purposes: Set<string>;

  /** @param named what the service names: its notices by version, its places and its purposes */
  constructor(named: {
    readonly versions: readonly string[];
    readonly places: readonly string[];
    readonly purposes: readonly string[];
  }) {
    this.#versions = new Set(named.versions);
    this.#places = new Set(named.places);
    this.#purposes = new Set(named.purposes);
  }

  /** Checks what the step names, then enters what it makes; the first fault, or undefined. */
  enter({ verb, acts }: Step): AliasFault | undefined {
    const { names, expected } = VERBS[verb];
    for (const act of acts) {
      const fault =
        this.#faultIn(act.body, names, [verb]) ??
        this.#faultIn(act.expect ?? {}, expected, ["expect"]) ??
        this.#faultInNotices(verb, act) ??
        this.#faultInPlaces(verb, act) ??
        this.#faultInChoice(verb, act) ??
        this.#define(verb, act);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #faultIn(body: object, names: Names, path: Path): AliasFault | undefined {
    for (const [at, kinds] of Object.entries(names)) {
      const here = [...path, ...at.split(".")];
      for (const name of aliasesAt(body, at.split("."))) {
        if (name === WORDS[here.join(".")]) continue;
        const kind = this.#kinds.get(name);
        if (kind === undefined) return { path: here, reason: `unknown alias ${quoted(name)}` };
        if (kinds.includes(kind)) continue;
        const wanted = kinds.join(" or ");
        return { path: here, reason: `${quoted(name)} is a ${kind}, expected a ${wanted}` };
      }
    }
    return undefined;
  }

  /** Notices are named by their version. */
  #faultInNotices(verb: Step["verb"], { body }: Act): AliasFault | undefined {
    if (verb === "notice") {
      const version = String(body.version);
      if (this.#versions.has(version)) {
        return { path: [verb, "version"], reason: `${quoted(version)} is published already` };
      }
      this.#versions.add(version);
      return undefined;
    }
    const at = verb === "request" ? ["notice"] : verb === "order" ? ["select", "notice"] : [];
    if (at.length === 0) return undefined;
    const unknown = aliasesAt(body, at).find((version) => !this.#versions.has(version));
    if (unknown === undefined) return undefined;
    return { path: [verb, ...at], reason: `unknown notice ${quoted(unknown)}` };
  }

  /** A place is the service's, or one where a model was laid before. */
  #faultInPlaces(verb: Step["verb"], { body }: Act): AliasFault | undefined {
    if (verb === "train") {
      for (const place of aliasesAt(body, ["places"])) this.#places.add(place);
      return undefined;
    }
    const unknown = aliasesAt(body, ["place"]).find((place) => !this.#places.has(place));
    if (unknown === undefined) return undefined;
    return { path: [verb, "place"], reason: `unknown place ${quoted(unknown)}` };
  }

  /** An answer is to what was asked: a purpose that nobody declared would be a no, unseen. */
  #faultInChoice(verb: Step["verb"], { body }: Act): AliasFault | undefined {
    if (verb !== "answer") return undefined;
    for (const key of ["grants", "refuses"]) {
      const unknown = aliasesAt(body, [key]).find((name) => !this.#purposes.has(name));
      if (unknown === undefined) continue;
      return { path: [verb, key], reason: `unknown purpose ${quoted(unknown)}` };
    }
    return undefined;
  }

  #define(verb: Step["verb"], { body, expect = {} }: Act): AliasFault | undefined {
    if (verb === "register") {
      const known = this.#kinds.get(String(body.subject));
      if (known !== undefined && known !== "subject") {
        return { path: [verb, "subject"], reason: `${quoted(body.subject)} is a ${known}` };
      }
      this.#kinds.set(String(body.subject), "subject");
      return undefined;
    }
    const { makes } = VERBS[verb];
    if (makes === undefined || typeof body.as !== "string") return undefined;
    // Refused, a step makes no alias.
    if ("refused" in expect || "config-error" in expect) return undefined;
    if (this.#kinds.has(body.as)) {
      return { path: [verb, "as"], reason: `${quoted(body.as)} is an alias already` };
    }
    this.#kinds.set(body.as, verb === "derive" && "artifact" in body ? "artifact" : makes);
    return undefined;
  }
}

/** What is named at a path: a text, the entries of a list, or the keys of a map. */
export function aliasesAt(value: unknown, path: readonly string[]): readonly string[] {
  const [key, ...rest] = path;
  if (key !== undefined) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return [];
    return aliasesAt((value as Record<string, unknown>)[key], rest);
  }
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) {
    return value.map((item) => (typeof item === "string" ? item : String(item?.of)));
  }
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function quoted(name: unknown): string {
  return JSON.stringify(name);
}
