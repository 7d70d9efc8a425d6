import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const SOURCES = join(import.meta.dirname, "..", "..", "src");
const IMPORT = /(?:^|\n)(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g;

/**
 * Everything that is imported from one file on, types included: our files, and packages by name.
 */
function closure(entry: string): { readonly files: string[]; readonly packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const [, from, bare] of readFileSync(join(SOURCES, file), "utf8").matchAll(IMPORT)) {
      const target = from ?? bare ?? "";
      if (target.startsWith("."))
        open.push(normalize(join(dirname(file), target)).replace(/\.js$/, ".ts"));
      else packages.add(target);
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

test("what an auditor must read to trust a verdict is this list", () => {
  expect(closure("verify.ts")).toEqual({
    files: [
      "core/attestation.ts",
      "core/certificate-check.ts",
      "core/certificate.ts",
      "core/checkpoint.ts",
      "core/evidence-level.ts",
      "core/membership.ts",
      "core/receipt.ts",
      "errors.ts",
      "lib/bytes.ts",
      "lib/canonical.ts",
      "lib/civil-date.ts",
      "lib/dsse.ts",
      "lib/id.ts",
      "lib/instant.ts",
      "lib/jws.ts",
      "lib/merkle.ts",
      "lib/note.ts",
      "lib/public-key.ts",
      "verify.ts",
    ],
    packages: ["canonicalize", "jose", "node:crypto", "zod"],
  });
});

test("the verifier cannot write, and who can is told apart", () => {
  const writes = (entry: string) => {
    const { files, packages } = closure(entry);
    const rooms = files.some((file) => /^(?:ports|flows|adapters)\//.test(file));
    return rooms || packages.some((name) => /^(?:node:fs|better-sqlite3)/.test(name));
  };
  expect(writes("verify.ts")).toBe(false);
  expect(writes("flows/certificates.ts")).toBe(true);
  expect(writes("adapters/sqlite/open.ts")).toBe(true);
});

test("nothing in the closure imports by a computed name", () => {
  for (const file of closure("verify.ts").files) {
    const source = readFileSync(join(SOURCES, file), "utf8");
    expect(source, file).not.toMatch(/\bimport\s*\(|\brequire\s*\(|getBuiltinModule/);
  }
});
