/** A session with a token, in the few words that a key service needs of it. */
import { CustodyError, isCustodyError } from "../../errors.js";
import { kmsFailed } from "../kms-rules.js";

const NAME = { name: "pkcs11" } as const;
const KEY_BYTES = 32;
const TAG_BITS = 128;
/** One call asks for so many objects. */
const OBJECTS_PER_CALL = 100;
/** Wrapping keys of one label in a token: one for the present epoch, and what is being closed. */
const VERSIONS_MAX = 10_000;
const VERSION = /^[1-9][0-9]{0,14}$/;

type Module = typeof import("pkcs11js");

export interface TokenOptions {
  readonly library: string;
  readonly token: string;
  readonly pin: string;
  readonly keyId: string;
}

/** @throws `option-invalid` without the package, `kms-failed` with the token's own code */
export async function openToken(options: TokenOptions): Promise<Token> {
  const module = await loadModule();
  return translated(() => {
    const api = new module.PKCS11();
    api.load(options.library);
    // The library is one for the process: whoever comes second finds it initialised, and nobody
    // ends it, since others may use it still.
    tolerated("CKR_CRYPTOKI_ALREADY_INITIALIZED", () => api.C_Initialize());
    const slot = api
      .C_GetSlotList(true)
      .find((each) => api.C_GetTokenInfo(each).label.trim() === options.token);
    if (slot === undefined) throw kmsFailed(NAME, "there is no such token");
    const flags = module.CKF_SERIAL_SESSION | module.CKF_RW_SESSION;
    const session = api.C_OpenSession(slot, flags);
    try {
      tolerated("CKR_USER_ALREADY_LOGGED_IN", () =>
        api.C_Login(session, module.CKU_USER, options.pin),
      );
    } catch (error) {
      api.C_CloseSession(session);
      throw error;
    }
    return new Token(module, api, session, options.keyId);
  });
}

export class Token {
  readonly #module: Module;
  readonly #api: import("pkcs11js").PKCS11;
  readonly #session: Buffer;
  readonly #label: string;
  #closed = false;

  constructor(module: Module, api: import("pkcs11js").PKCS11, session: Buffer, label: string) {
    this.#module = module;
    this.#api = api;
    this.#session = session;
    this.#label = label;
  }

  /** The object of each version, as the token has them now. */
  versions(): ReadonlyMap<number, Buffer> {
    return this.#ask(() => {
      const m = this.#module;
      const template = [
        { type: m.CKA_CLASS, value: m.CKO_SECRET_KEY },
        { type: m.CKA_LABEL, value: this.#label },
      ];
      const found: Buffer[] = [];
      this.#api.C_FindObjectsInit(this.#session, template);
      try {
        for (;;) {
          const some = this.#api.C_FindObjects(this.#session, OBJECTS_PER_CALL);
          found.push(...some);
          if (some.length === 0 || found.length > VERSIONS_MAX) break;
        }
      } finally {
        this.#api.C_FindObjectsFinal(this.#session);
      }
      return new Map(found.map((object) => [this.#versionOf(object), object]));
    });
  }

  /** Made inside the token, never to leave it. */
  generate(version: number): void {
    const m = this.#module;
    const template = [
      { type: m.CKA_CLASS, value: m.CKO_SECRET_KEY },
      { type: m.CKA_KEY_TYPE, value: m.CKK_AES },
      { type: m.CKA_VALUE_LEN, value: KEY_BYTES },
      { type: m.CKA_LABEL, value: this.#label },
      { type: m.CKA_ID, value: Buffer.from(String(version)) },
      ...[m.CKA_TOKEN, m.CKA_PRIVATE, m.CKA_SENSITIVE, m.CKA_ENCRYPT, m.CKA_DECRYPT].map(
        (type) => ({ type, value: true }),
      ),
      ...[m.CKA_EXTRACTABLE, m.CKA_MODIFIABLE, m.CKA_WRAP, m.CKA_UNWRAP].map((type) => ({
        type,
        value: false,
      })),
    ];
    this.#ask(() =>
      this.#api.C_GenerateKey(this.#session, { mechanism: m.CKM_AES_KEY_GEN }, template),
    );
    this.requireSealed(version);
  }

  /** @throws `kms-failed` for a key that can leave the token, or once could */
  requireSealed(version: number): void {
    const m = this.#module;
    const wanted = [m.CKA_SENSITIVE, m.CKA_ALWAYS_SENSITIVE, m.CKA_NEVER_EXTRACTABLE];
    const sealed = this.#ask(() => {
      const template = wanted.map((type) => ({ type }));
      const object = this.#objectOf(version);
      const values = this.#api.C_GetAttributeValue(this.#session, object, template);
      return values.every(({ value }) => value[0] === 1);
    });
    if (!sealed) throw kmsFailed(NAME, "the key can be taken out of the token");
  }

  /** AES-256-GCM; the tag stands behind the ciphertext. */
  encrypt(version: number, plain: Uint8Array, nonce: Uint8Array, bound: Uint8Array): Uint8Array {
    return this.#ask(() => {
      const mechanism = this.#gcm(nonce, bound);
      this.#api.C_EncryptInit(this.#session, mechanism, this.#objectOf(version));
      const room = Buffer.alloc(plain.length + TAG_BITS / 8);
      return this.#api.C_Encrypt(this.#session, Buffer.from(plain), room);
    });
  }

  /** Undefined when the token says that it is not what was encrypted. */
  decrypt(
    version: number,
    sealed: Uint8Array,
    nonce: Uint8Array,
    bound: Uint8Array,
  ): Uint8Array | undefined {
    this.#ask(() =>
      this.#api.C_DecryptInit(this.#session, this.#gcm(nonce, bound), this.#objectOf(version)),
    );
    try {
      const room = Buffer.alloc(sealed.length);
      return this.#ask(() => this.#api.C_Decrypt(this.#session, Buffer.from(sealed), room));
    } catch (error) {
      // Tokens have several words for a tag that does not fit; a lost session has others.
      if (isCustodyError(error) && UNFITTING.test(error.details.reason ?? "")) return undefined;
      throw error;
    }
  }

  /** Removes the object, and looks: it is not found any more. */
  remove(version: number): void {
    this.#ask(() => this.#api.C_DestroyObject(this.#session, this.#objectOf(version)));
    if (this.versions().has(version)) throw kmsFailed(NAME, "the object is still there");
  }

  /** The user stays logged in as long as another session of the process is. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    translated(() => this.#api.C_CloseSession(this.#session));
  }

  #objectOf(version: number): Buffer {
    const object = this.versions().get(version);
    if (object === undefined) throw kmsFailed(NAME, "the object is gone");
    return object;
  }

  #versionOf(object: Buffer): number {
    const template = [{ type: this.#module.CKA_ID }];
    const [id] = this.#api.C_GetAttributeValue(this.#session, object, template);
    const written = id?.value.toString("latin1") ?? "";
    if (!VERSION.test(written)) throw kmsFailed(NAME, "an object has no version");
    return Number(written);
  }

  #gcm(nonce: Uint8Array, bound: Uint8Array) {
    const m = this.#module;
    const parameter = {
      type: m.CK_PARAMS_AES_GCM_v240,
      iv: Buffer.from(nonce),
      ivBits: nonce.length * 8,
      aad: Buffer.from(bound),
      tagBits: TAG_BITS,
    };
    return { mechanism: m.CKM_AES_GCM, parameter };
  }

  #ask<T>(work: () => T): T {
    if (this.#closed) throw new CustodyError("store-closed");
    return translated(work);
  }
}

const UNFITTING =
  /^CKR_(?:ENCRYPTED_DATA_(?:INVALID|LEN_RANGE)|GENERAL_ERROR|FUNCTION_FAILED|AEAD_DECRYPT\w*)$/;

async function loadModule(): Promise<Module> {
  try {
    const { default: module } = await import("pkcs11js");
    return module;
  } catch (cause) {
    const reason = "the package pkcs11js is not installed";
    throw new CustodyError("option-invalid", { path: "kms", reason }, { cause });
  }
}

/** The token's code, such as CKR_PIN_INCORRECT, and nothing else of what it says. */
function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CustodyError) throw error;
    throw kmsFailed(NAME, codeOf(error) ?? "the module does not load", error);
  }
}

function tolerated(code: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (codeOf(error) !== code) throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? /CKR_[A-Z0-9_]+/.exec(error.message)?.[0] : undefined;
}
