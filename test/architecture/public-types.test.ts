/** A user of the client can name every type that its signatures mention. */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./sources.js";

/** Reached from a signature and not for users, each with why. */
const UNNAMED: { readonly [name: string]: string } = {
  Conditioned: "the part that two results have in common; the results are exported",
  Context: "what flows are handed inside; a signature only reads it off with `typeof`",
  Need: "who must agree under a law; users read it as `Change`",
  Regime: "a law is added in the sources, see docs/adding-a-regime.md",
  RegimeQuestion: "likewise",
};

interface Declared {
  readonly imports: ReadonlyMap<string, readonly [file: string, name: string]>;
  readonly texts: ReadonlyMap<string, string>;
  readonly exported: ReadonlySet<string>;
}

const files = new Map<string, Declared>();
const HEAD = /^(export )?(?:declare )?(interface|type|class|const|function) (\w+)/gm;

function resolved(from: string, target: string): string {
  return normalize(join(dirname(from), target)).replace(/\.js$/, ".d.ts");
}

function declared(file: string): Declared {
  const known = files.get(file);
  if (known !== undefined) return known;
  const whole = readFileSync(join(ROOT, "dist", file), "utf8");
  const text = whole.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
  const imports = new Map<string, readonly [string, string]>();
  for (const [, names = "", target = ""] of text.matchAll(
    /import (?:type )?\{([^}]*)\} from "(\.[^"]+)"/g,
  )) {
    for (const name of names.split(",").map((one) => one.replace("type ", "").trim())) {
      const [own = "", as = own] = name.split(" as ");
      imports.set(as, [resolved(file, target), own]);
    }
  }
  const heads = [...text.matchAll(HEAD)];
  const texts = new Map<string, string>();
  const exported = new Set<string>();
  for (const [index, head] of heads.entries()) {
    const [, open, kind, name = ""] = head;
    const end = heads[index + 1]?.index ?? text.length;
    texts.set(name, `${texts.get(name) ?? ""}${text.slice(head.index, end)}`);
    if (open !== undefined && (kind === "interface" || kind === "type")) exported.add(name);
  }
  const made = { imports, texts, exported };
  files.set(file, made);
  return made;
}

/** The types of ours that are mentioned, from one declaration on, with the file of each. */
function reached(file: string, name: string, seen = new Map<string, string>()) {
  const { texts } = declared(file);
  const text = texts.get(name);
  if (text === undefined || seen.has(`${file} ${name}`)) return seen;
  seen.set(`${file} ${name}`, declared(file).exported.has(name) ? name : "");
  for (const [, target = "", inner = ""] of text.matchAll(/import\("(\.[^"]+)"\)\.(\w+)/g)) {
    reached(resolved(file, target), inner, seen);
  }
  const plain = text.replace(/import\("[^"]+"\)\.\w+/g, "");
  const words = new Set([...plain.matchAll(/\b[A-Z]\w+\b/g)].map(([word]) => word));
  for (const [, word = ""] of plain.matchAll(/typeof (\w+)/g)) words.add(word);
  for (const word of words) {
    const [from, own] = declared(file).imports.get(word) ?? [file, word];
    reached(from, own, seen);
  }
  return seen;
}

const PUBLIC = new Set(
  [...readFileSync(join(ROOT, "src", "index.ts"), "utf8").matchAll(/export (?:type )?\{([^}]*)\}/g)]
    .flatMap(([, names = ""]) => names.split(","))
    .map((name) => name.trim().split(" as ")[0] ?? ""),
);

test("what the client's signatures mention can be imported by name", () => {
  const seen = new Map<string, string>();
  for (const name of ["Custody", "CustodyOptions", "clientOf", "createCustody"]) {
    reached("custody.d.ts", name, seen);
  }
  reached("core/policy.d.ts", "definePolicy", seen);
  reached("errors.d.ts", "CustodyError", seen);
  const names = new Set([...seen.values()].filter((name) => name !== ""));
  // The walk is a real one: a view, a port and an input are on it.
  for (const name of ["SubjectView", "Connector", "CollectionDefinition", "AgeScreen"]) {
    expect(names).toContain(name);
  }
  const missing = [...names].filter((name) => !PUBLIC.has(name) && !(name in UNNAMED));
  expect(missing).toEqual([]);
  const idle = Object.keys(UNNAMED).filter((name) => !names.has(name) || PUBLIC.has(name));
  expect(idle).toEqual([]);
});
