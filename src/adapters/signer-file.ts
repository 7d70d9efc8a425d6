/** An Ed25519 key in a file of mode 0600 (a private JWK, RFC 8037), or in memory for tests. */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { z } from "zod";
import { CustodyError } from "../errors.js";
import { base64url, concat, fromBase64url, fromHex, text, utf8 } from "../lib/bytes.js";
import type { RandomBytes } from "../lib/id.js";
import { jwkThumbprint } from "../lib/jws.js";
import type { PublicJwk, Signer } from "../ports/signer.js";
import { drawBytes } from "./keyring/data-cipher.js";
import { readOptions } from "./option-reading.js";
import { createPrivate, readPrivate } from "./private-file.js";

export interface SignerMemoryOptions {
  /** The name on signed notes, such as "custody.example": no spaces, no plus signs. */
  readonly name: string;
  /** Where a new key comes from. Default: node's `randomBytes`. */
  readonly random?: RandomBytes | undefined;
}

export interface SignerFileOptions {
  readonly path: string;
  readonly name: string;
}

export interface CreateSignerFileOptions extends SignerFileOptions, SignerMemoryOptions {}

const SEED_BYTES = 32;
/** RFC 8410, section 7: what stands before the 32 bytes of an Ed25519 key in PKCS #8. */
const PKCS8_HEAD = "302e020100300506032b657004220420";

const name = z
  .string()
  .max(200)
  .regex(/^[^\s+]+$/u);
const random = z
  .custom<RandomBytes>((given) => typeof given === "function")
  .default(() => randomBytes);
const MemoryOptions = z.strictObject({ name, random });
const OpenOptions = z.strictObject({ path: z.string().min(1), name });
const CreateOptions = OpenOptions.extend({ random });
const PrivateJwk = z.strictObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  d: z.string(),
});

/**
 * Makes a key, writes it durably and opens it. An existing file is never overwritten.
 * @throws `duplicate`, `store-full`, `option-invalid`, `option-unknown`
 */
export async function createSignerFile(options: CreateSignerFileOptions): Promise<Signer> {
  const given = readOptions(CreateOptions, options, "signer");
  const seed = drawBytes(given.random, SEED_BYTES);
  const key = keyFrom(seed);
  const jwk = { kty: "OKP", crv: "Ed25519", x: publicPart(key), d: base64url(seed) };
  seed.fill(0);
  const bytes = utf8(`${JSON.stringify(jwk)}\n`);
  createPrivate(given.path, bytes);
  bytes.fill(0);
  return new Ed25519Signer(given.name, key);
}

/**
 * @throws `signer-missing`, `keyring-permissions` (a mode other than 0600), `option-invalid`
 * (damaged), `option-unknown`
 */
export async function openSignerFile(options: SignerFileOptions): Promise<Signer> {
  const given = readOptions(OpenOptions, options, "signer");
  const bytes = readPrivate(given.path, "signer-missing");
  const jwk = PrivateJwk.safeParse(parseJson(given.path, bytes));
  bytes.fill(0);
  const seed = jwk.success ? fromBase64url(jwk.data.d) : undefined;
  if (!jwk.success || seed?.length !== SEED_BYTES) throw damaged(given.path);
  const key = keyFrom(seed);
  seed.fill(0);
  if (publicPart(key) !== jwk.data.x) throw damaged(given.path);
  return new Ed25519Signer(given.name, key);
}

/** A key that lives as long as the process. @throws `option-invalid`, `option-unknown` */
export function createSignerMemory(options: SignerMemoryOptions): Signer {
  const given = readOptions(MemoryOptions, options, "signer");
  return new Ed25519Signer(given.name, keyFrom(drawBytes(given.random, SEED_BYTES)));
}

class Ed25519Signer implements Signer {
  readonly name: string;
  readonly #key: KeyObject;
  readonly #jwk: PublicJwk;

  constructor(name: string, key: KeyObject) {
    this.name = name;
    this.#key = key;
    const point = { kty: "OKP", crv: "Ed25519", x: publicPart(key) } as const;
    this.#jwk = Object.freeze({ ...point, kid: jwkThumbprint(point), alg: "EdDSA", use: "sig" });
  }

  async publicJwk(): Promise<PublicJwk> {
    return this.#jwk;
  }

  async sign(bytes: Uint8Array): Promise<Uint8Array> {
    return new Uint8Array(sign(null, bytes, this.#key));
  }
}

function keyFrom(seed: Uint8Array): KeyObject {
  const der = Buffer.from(concat(fromHex(PKCS8_HEAD) ?? new Uint8Array(0), seed));
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  return key;
}

function publicPart(key: KeyObject): string {
  const { x } = createPublicKey(key).export({ format: "jwk" });
  return x ?? "";
}

/** No cause is attached: the parser's message quotes the text, and the text holds the key. */
function parseJson(place: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(text(bytes));
  } catch {
    throw damaged(place);
  }
}

function damaged(path: string): CustodyError {
  return new CustodyError("option-invalid", { path, reason: "it is not an Ed25519 key of ours" });
}
