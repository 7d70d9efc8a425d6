/** custody.json: where the store, the keys and the places are. It holds no secret. */
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { CustodyError, isCustodyError } from "../errors.js";
import { readJsonInput } from "./input-file.js";
import { holdsPassword, resolvedPlace } from "./store-place.js";

export const CONFIG_NAME = "custody.json";

const place = z.string().min(1).max(4_096);

const ConfigText = z.strictObject({
  version: z.literal(1),
  /** A file, or `postgres://…`, the schema as `?schema=`. */
  store: place,
  /** A file, or `postgres://…` with a role of its own. */
  keyring: place,
  /** The file of the wrapping key, or where a token keeps it. The PIN is in the surroundings. */
  epoch: z.union([
    place,
    z.strictObject({ pkcs11: z.strictObject({ library: place, token: place, key: place }) }),
  ]),
  signer: place,
  /** The journal outside the store; left out where none is kept. */
  journal: place.optional(),
  /** The name under which the key signs: no spaces, no plus signs. */
  issuer: z
    .string()
    .max(200)
    .regex(/^[^\s+]+$/u),
  connectors: z
    .strictObject({ filesystem: z.strictObject({ root: place }).optional() })
    .default(() => ({})),
});

export type ConfigText = z.input<typeof ConfigText>;
/** A checked configuration; its paths are absolute, a store on a server is the URL. */
export type Config = z.output<typeof ConfigText>;

/**
 * Reads a configuration; relative paths start from the file's own folder. Only this file is looked
 * at: no folder above is searched, so a command never acts on a store that nobody named.
 * @throws `config-invalid` naming the key, also for a file that cannot be read
 */
export function readConfig(file: string): Config {
  const parsed = ConfigText.safeParse(read(file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const unknown = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
    const path = [...(issue?.path ?? []).map(String), ...unknown].join(".") || file;
    const reason = unknown.length > 0 ? "unknown key" : (issue?.code ?? "unreadable");
    throw new CustodyError("config-invalid", { path, reason, place: file });
  }
  for (const path of ["store", "keyring"] as const) {
    if (!holdsPassword(parsed.data[path])) continue;
    const reason = "a password belongs in PGPASSWORD or a password file";
    throw new CustodyError("config-invalid", { path, reason, place: file });
  }
  const from = dirname(file);
  const { epoch } = parsed.data;
  const { filesystem } = parsed.data.connectors;
  const { journal } = parsed.data;
  return Object.freeze({
    ...parsed.data,
    store: resolvedPlace(from, parsed.data.store),
    keyring: resolvedPlace(from, parsed.data.keyring),
    epoch: typeof epoch === "string" ? resolve(from, epoch) : epoch,
    signer: resolve(from, parsed.data.signer),
    ...(journal === undefined ? {} : { journal: resolve(from, journal) }),
    connectors:
      filesystem === undefined ? {} : { filesystem: { root: resolve(from, filesystem.root) } },
  });
}

function read(file: string): unknown {
  try {
    return readJsonInput(file);
  } catch (error) {
    if (!isCustodyError(error, "file-unreadable")) throw error;
    const missing = error.details.reason === "ENOENT";
    const reason = missing
      ? "there is no such file; `custody init` makes one"
      : (error.details.reason ?? "unreadable");
    throw new CustodyError("config-invalid", { path: file, reason }, { cause: error });
  }
}
