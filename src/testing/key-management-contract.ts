/** The examination of the key service port: whoever writes an adapter runs it against theirs. */
import { utf8 } from "../lib/bytes.js";
import { type KeyManagement, WRAP_BYTES_MAX } from "../ports/key-management.js";
import type { ContractRule } from "./contract.js";
import { check, equal, rejectsWith } from "./expectation.js";

/** A wrapping key that was just made. */
export interface KeyManagementUnderTest {
  readonly kms: KeyManagement;
  /** Opens it a second time, for services that outlive a process. */
  readonly reopen?: (() => Promise<KeyManagement>) | undefined;
  /** Lets the time pass that a scheduled destruction waits, where the test can. */
  readonly elapse?: (() => Promise<void>) | undefined;
  readonly dispose: () => Promise<void>;
}

const PLAIN = utf8("thirty-two bytes that wrap others");
const BOUND = utf8("epoch 1");

/** The rules, each with a wrapping key of its own. */
export function keyManagementContract(
  open: () => Promise<KeyManagementUnderTest>,
): readonly ContractRule[] {
  return RULES.map(([name, look]) => ({
    name,
    run: async () => {
      const subject = await open();
      try {
        await look(subject);
      } finally {
        await subject.dispose();
      }
    },
  }));
}

type Look = (subject: KeyManagementUnderTest) => Promise<void>;

const RULES: readonly (readonly [name: string, look: Look])[] = [
  [
    "a new wrapping key has one live version, and names itself",
    async ({ kms }) => {
      check(kms.name !== "" && kms.keyId !== "", "name and keyId are texts");
      const version = await kms.newest();
      check(Number.isSafeInteger(version) && version >= 1, "versions count from 1");
      equal(await kms.inspect(version), { state: "live" });
      equal(await kms.inspect(version + 1), { state: "destroyed" });
    },
  ],
  [
    "what was wrapped is unwrapped under the same version with the same bound bytes",
    async ({ kms }) => {
      const version = await kms.newest();
      const wrapped = await kms.wrap(version, PLAIN, BOUND);
      equal(bytes(await kms.unwrap(version, wrapped, BOUND)), bytes(PLAIN));
      check(!Buffer.from(wrapped).includes(Buffer.from(PLAIN.subarray(0, 8))), "it is hidden");
      const again = await kms.wrap(version, PLAIN, BOUND);
      check(!Buffer.from(again).equals(Buffer.from(wrapped)), "no text is given twice");
    },
  ],
  [
    "other bound bytes, another version and any changed byte do not unwrap",
    async ({ kms }) => {
      const version = await kms.newest();
      const wrapped = await kms.wrap(version, PLAIN, BOUND);
      await rejectsWith("payload-damaged", kms.unwrap(version, wrapped, utf8("epoch 2")));
      const next = await kms.rotate();
      await rejectsWith("payload-damaged", kms.unwrap(next, wrapped, BOUND));
      for (let place = 0; place < wrapped.length; place += 7) {
        const changed = wrapped.slice();
        changed[place] = (changed[place] ?? 0) ^ 1;
        await rejectsWith("payload-damaged", kms.unwrap(version, changed, BOUND));
      }
      await rejectsWith("payload-damaged", kms.unwrap(version, new Uint8Array(0), BOUND));
      equal(bytes(await kms.unwrap(version, wrapped, BOUND)), bytes(PLAIN));
    },
  ],
  [
    "a text of the greatest length is wrapped, and a longer one refused",
    async ({ kms }) => {
      const version = await kms.newest();
      const long = new Uint8Array(WRAP_BYTES_MAX).fill(7);
      const wrapped = await kms.wrap(version, long, BOUND);
      equal(bytes(await kms.unwrap(version, wrapped, BOUND)), long);
      const longer = new Uint8Array(WRAP_BYTES_MAX + 1);
      await rejectsWith("limit-exceeded", kms.wrap(version, longer, BOUND));
    },
  ],
  [
    "a rotation makes a greater version, and the one before stays live",
    async ({ kms }) => {
      const version = await kms.newest();
      const wrapped = await kms.wrap(version, PLAIN, BOUND);
      const next = await kms.rotate();
      check(next > version, "the next version is greater");
      equal(await kms.newest(), next);
      equal(await kms.inspect(version), { state: "live" });
      equal(bytes(await kms.unwrap(version, wrapped, BOUND)), bytes(PLAIN));
      const later = await kms.wrap(next, PLAIN, BOUND);
      equal(bytes(await kms.unwrap(next, later, BOUND)), bytes(PLAIN));
    },
  ],
  [
    "a destroyed version wraps and unwraps no more, at once, and the others do",
    async ({ kms }) => {
      const version = await kms.newest();
      const wrapped = await kms.wrap(version, PLAIN, BOUND);
      const next = await kms.rotate();
      const kept = await kms.wrap(next, PLAIN, BOUND);
      const reached = await kms.destroy(version);
      check(reached.state !== "live", "it is not live any more");
      equal(await kms.inspect(version), reached);
      await rejectsWith("wrapping-key-gone", kms.unwrap(version, wrapped, BOUND));
      await rejectsWith("wrapping-key-gone", kms.wrap(version, PLAIN, BOUND));
      equal(bytes(await kms.unwrap(next, kept, BOUND)), bytes(PLAIN));
      equal(await kms.destroy(version), reached);
      const later = await kms.rotate();
      check(later > next, "a number is not given again");
      await rejectsWith("wrapping-key-gone", kms.unwrap(version, wrapped, BOUND));
    },
  ],
  [
    "a destruction that waits says until when, and is one only then",
    async ({ kms, elapse }) => {
      const version = await kms.newest();
      await kms.rotate();
      const reached = await kms.destroy(version);
      if (reached.state === "scheduled") {
        check(!Number.isNaN(Date.parse(reached.at)), "the day is an instant");
        if (elapse === undefined) return;
        await elapse();
      }
      equal(await kms.inspect(version), { state: "destroyed" });
    },
  ],
  [
    "the newest version is not destroyed, and one that never was is destroyed already",
    async ({ kms }) => {
      const version = await kms.newest();
      await rejectsWith("state-conflict", kms.destroy(version));
      equal(await kms.inspect(version), { state: "live" });
      const never = version + 1_000;
      equal(await kms.destroy(never), { state: "destroyed" });
      await rejectsWith("wrapping-key-gone", kms.wrap(never, PLAIN, BOUND));
      await rejectsWith("wrapping-key-gone", kms.unwrap(never, PLAIN, BOUND));
    },
  ],
  [
    "no error holds what was to be wrapped",
    async ({ kms }) => {
      const long = new Uint8Array(WRAP_BYTES_MAX + 1);
      long.set(PLAIN);
      const errors = [
        await rejectsWith("limit-exceeded", kms.wrap(await kms.newest(), long, BOUND)),
        await rejectsWith("wrapping-key-gone", kms.wrap(1_000, PLAIN, BOUND)),
      ];
      for (const error of errors) {
        check(!`${error.message}${JSON.stringify(error)}`.includes("thirty-two"), "it is told");
      }
    },
  ],
  [
    "versions, and what was wrapped, are there after reopening, for two at once",
    async ({ kms, reopen }) => {
      if (reopen === undefined) return;
      const version = await kms.newest();
      const wrapped = await kms.wrap(version, PLAIN, BOUND);
      const again = await reopen();
      equal(await again.newest(), version);
      equal(bytes(await again.unwrap(version, wrapped, BOUND)), bytes(PLAIN));
      const next = await again.rotate();
      equal(await kms.newest(), next);
      await again.destroy(version);
      await rejectsWith("wrapping-key-gone", kms.unwrap(version, wrapped, BOUND));
      await again.close();
      equal(await kms.newest(), next);
    },
  ],
  [
    "a closed service does nothing more, and closing it again is no fault",
    async ({ kms }) => {
      const version = await kms.newest();
      await kms.close();
      await kms.close();
      await rejectsWith("store-closed", kms.newest());
      await rejectsWith("store-closed", kms.wrap(version, PLAIN, BOUND));
      await rejectsWith("store-closed", kms.rotate());
      await rejectsWith("store-closed", kms.inspect(version));
    },
  ],
];

/** Buffers and Uint8Arrays compare by content only after this. */
function bytes(given: Uint8Array): Uint8Array {
  return new Uint8Array(given);
}
