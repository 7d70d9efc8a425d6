import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { expect, test } from "vitest";
import { CONFIG_CODES, FAULT_CODES, REFUSAL_CODES } from "../../src/errors.js";
import { ROOT, sources } from "./sources.js";

/** What each subpath gives at run time. A name that is not here is not promised to anybody. */
const PUBLIC: { readonly [subpath: string]: readonly string[] } = {
  ".": [
    "APPROXIMATE_METHODS",
    "ARTIFACT_KINDS",
    "ASSURANCE_LEVELS",
    "AUDIENCES",
    "CATEGORIES",
    "CONFIG_CODES",
    "CONSENT_METHODS",
    "CustodyError",
    "DERIVE_RELATIONS",
    "EVIDENCE_LEVELS",
    "FAULT_CODES",
    "MODEL_STATES",
    "REFUSAL_CODES",
    "RELATIONS",
    "STEP_NAMES",
    "TRAINING_ORDERS",
    "TRAINING_STATISTICS",
    "USES",
    "compareStores",
    "copyStore",
    "createCustody",
    "definePolicy",
    "field",
    "fractionOf",
    "isCustodyError",
    "parseId",
    "policyPages",
    "renderPolicyPages",
    "requireId",
  ],
  "./verify": [
    "CustodyError",
    "verifyAttestation",
    "verifyCertificate",
    "verifyCheckpoint",
    "verifyConsistency",
    "verifyInclusion",
    "verifyMembership",
    "verifyReceipt",
  ],
  "./sqlite": [
    "BATCH_EXPECTATIONS_MAX",
    "BATCH_WRITES_MAX",
    "BUSY_TIMEOUT_MS",
    "BUSY_TIMEOUT_MS_MAX",
    "EVENT_BYTES_MAX",
    "GROUP_BATCHES_MAX",
    "GROUP_WRITES_MAX",
    "QUEUE_BATCHES_MAX",
    "ROW_BYTES_MAX",
    "SCANS_OPEN_MAX",
    "SCAN_LIST_ENTRIES_MAX",
    "createSqliteStore",
    "migrateSqlite",
    "openSqliteStore",
    "sqliteCopySource",
    "sqliteCopyTarget",
    "sqliteScrubOutlook",
  ],
  "./postgres": [
    "APPEND_RETRIES_MAX",
    "BATCH_EXPECTATIONS_MAX",
    "BATCH_WRITES_MAX",
    "BUSY_TIMEOUT_MS",
    "BUSY_TIMEOUT_MS_MAX",
    "CLOCK_SKEW_MS_MAX",
    "EVENT_BYTES_MAX",
    "GROUP_BATCHES_MAX",
    "GROUP_WRITES_MAX",
    "KEY_BYTES_MAX",
    "POOL_CLIENTS_MAX",
    "QUEUE_BATCHES_MAX",
    "ROW_BYTES_MAX",
    "SCANS_OPEN_MAX",
    "SCAN_LIST_ENTRIES_MAX",
    "createPostgresStore",
    "distributePostgres",
    "dropPostgresStore",
    "examinePostgres",
    "migratePostgres",
    "openPostgresStore",
    "postgresCopySource",
    "postgresCopyTarget",
    "postgresScrubOutlook",
  ],
  "./memory": [
    "copyMemoryStore",
    "createJournalMemory",
    "createKeyringMemory",
    "createKmsMemory",
    "createMemoryStore",
  ],
  "./keyring-file": ["CACHE_KEYS_MAX", "CACHE_LIFE_MS_MAX", "createKeyringFile", "openKeyringFile"],
  "./keyring-postgres": [
    "CACHE_KEYS_MAX",
    "CACHE_LIFE_MS_MAX",
    "KEYRING_ROLE",
    "createKeyringPostgres",
    "keyringPostgresSetup",
    "openKeyringPostgres",
  ],
  "./kms-file": ["createKmsFile", "openKmsFile"],
  "./kms-pkcs11": ["createKmsPkcs11", "openKmsPkcs11"],
  "./journal-file": ["JOURNAL_LINE_BYTES_MAX", "createJournalFile", "openJournalFile"],
  "./signer-file": ["createSignerFile", "createSignerMemory", "openSignerFile"],
  "./filesystem": ["REF_CHARACTERS_MAX", "TREE_ENTRIES_MAX", "filesystem"],
  "./email-plus": [
    "CONFIRM_DELAY_MS_MAX",
    "CONSENT_NOTICE_CHARACTERS_MAX",
    "CONSENT_PURPOSES_MAX",
    "EMAIL_PLUS_SECRET_BYTES_MIN",
    "REVOCATION_CHARACTERS_MAX",
    "emailPlus",
  ],
  "./signed-form": [
    "REVIEWERS_MAX",
    "REVIEWER_CLOCK_AHEAD_MS_MAX",
    "SIGNED_FORM_SECRET_BYTES_MIN",
    "STATEMENTS_MAX",
    "formText",
    "signReviewerStatement",
    "signedForm",
  ],
  "./age-signals": [
    "CHAIN_CERTIFICATES_MAX",
    "EU_AGE_VERIFICATION",
    "ISSUER_KEYS_MAX",
    "KEY_BINDING_AGE_MS_MAX",
    "NONCE_CHARACTERS_MIN",
    "OS_AGE_BRACKETS",
    "SIGNAL_ALGORITHMS",
    "TOKEN_CHARACTERS_MAX",
    "TRUST_ANCHORS_MAX",
    "jwtSignal",
    "mdocSignal",
    "readAppleAgeRange",
    "readOsAgeBracket",
    "readPlayAgeSignals",
    "sdJwtSignal",
  ],
  "./http": [
    "SERVE_ANSWER_BYTES_MAX",
    "SERVE_CACHE_MS_MAX",
    "SERVE_TARGET_CHARACTERS_MAX",
    "SERVE_TIMEOUT_MS_MAX",
    "serveGuard",
    "serveHandler",
  ],
  "./testing": [
    "connectorContract",
    "keyManagementContract",
    "keyringContract",
    "memoryConnector",
    "scenarios",
    "scriptedVerifier",
    "signerContract",
    "storeContract",
    "storeCopyContract",
    "verifierContract",
  ],
};

interface Manifest {
  readonly name: string;
  readonly bin: { readonly [name: string]: string };
  readonly files: readonly string[];
  readonly exports: { readonly [subpath: string]: string | { types: string; default: string } };
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
const ASK = `
const answers = {};
for (const name of JSON.parse(process.argv[1])) {
  try { answers[name] = Object.keys(await import(name)).sort(); }
  catch (error) { answers[name] = error.code ?? String(error); }
}
process.stdout.write(JSON.stringify(answers));
`;

/** What Node itself answers to each import, in a process that has only the built package. */
function imported(names: readonly string[]): { readonly [name: string]: unknown } {
  const args = ["--input-type=module", "--eval", ASK, JSON.stringify(names)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  expect(stdout, stderr).not.toBe("");
  return JSON.parse(stdout);
}

const nameOf = (subpath: string): string => `${manifest.name}${subpath.slice(1)}`;

test("every subpath of package.json is typed out here, with its two built files", () => {
  const subpaths = Object.keys(manifest.exports);
  const asData = ["./scenario.schema.json", "./package.json"];
  expect(subpaths).toEqual([...Object.keys(PUBLIC), ...asData]);
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") continue;
    expect(Object.keys(target), subpath).toEqual(["types", "default"]);
    expect(target.types.replace(/\.d\.ts$/, ".js"), subpath).toBe(target.default);
    for (const file of Object.values(target)) expect(existsSync(join(ROOT, file)), file).toBe(true);
  }
  for (const file of Object.values(manifest.bin)) expect(existsSync(join(ROOT, file))).toBe(true);
  expect(existsSync(join(ROOT, "dist", "nobody.js"))).toBe(false);
});

test("each subpath gives the names of the list and no other", () => {
  const answers = imported(Object.keys(PUBLIC).map(nameOf));
  for (const [subpath, names] of Object.entries(PUBLIC)) {
    expect(answers[nameOf(subpath)], subpath).toEqual(names);
  }
});

test("no built file can be reached past the list", () => {
  const built = readdirSync(join(ROOT, "dist"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js"))
    .map((file) => file.split(sep).join("/"));
  expect(built.length).toBeGreaterThan(100);
  const past = built.flatMap((file) => [file, `dist/${file}`, file.replace(/\.js$/, "")]);
  const listed = new Set(Object.keys(PUBLIC).map((subpath) => subpath.slice(2)));
  const answers = imported(
    past.filter((path) => !listed.has(path)).map((path) => `custody/${path}`),
  );
  const codes = new Set(Object.values(answers));
  expect([...codes]).toEqual(["ERR_PACKAGE_PATH_NOT_EXPORTED"]);
});

test("what is built was built from a source that is there", () => {
  const files = new Set(sources().map(({ file }) => file));
  for (const target of Object.values(manifest.exports)) {
    if (typeof target === "string") continue;
    const source = target.default.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts");
    expect(files.has(source), source).toBe(true);
  }
});

const ERRORS = readFileSync(join(ROOT, "docs", "errors.md"), "utf8");

/** The rows of the table under a heading: code, when, what to do. */
function documented(heading: string): readonly (readonly string[])[] {
  const section = ERRORS.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(" | ")
      .map((cell) => cell.trim()),
  );
}

test.each([
  ["Refusals", REFUSAL_CODES],
  ["Configuration", CONFIG_CODES.map((code) => `config/${code}`)],
  ["Faults", FAULT_CODES],
] as const)("%s: each code has its row, each row its code, in one order", (heading, codes) => {
  const rows = documented(heading);
  expect(rows.map(([code]) => code)).toEqual(codes.map((code) => `\`${code}\``));
  for (const row of rows) {
    expect(row, row[0]).toHaveLength(3);
    for (const text of row.slice(1)) expect(text, row[0]).toMatch(/^[A-Z`].*\.$/);
  }
});

test("a code is called reserved exactly when no line of the sources gives it", () => {
  // Where a code is only told apart from others it is not given: the error table, the program's
  // exit codes, and the words of each code.
  const telling = ["errors.ts", "cli/exit-code.ts", "core/refusal-words.ts"];
  const giving = sources().filter(({ file }) => !telling.includes(file));
  const text = giving.map((source) => source.text).join("\n");
  const rows = ["Refusals", "Configuration", "Faults"].flatMap(documented);
  for (const [cell = "", when = ""] of rows) {
    const code = cell.slice(1, -1);
    expect(when.endsWith("Reserved."), code).toBe(!text.includes(`"${code}"`));
  }
});
