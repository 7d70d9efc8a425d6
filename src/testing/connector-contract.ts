/** The examination of the connector port. */
import assert from "node:assert/strict";
import { EVIDENCE_LEVELS } from "../core/evidence-level.js";
import { isCustodyError } from "../errors.js";
import { utf8 } from "../lib/bytes.js";
import type { Connector } from "../ports/connector.js";
import type { ContractRule } from "./contract.js";

export interface ConnectorUnderTest {
  readonly connector: Connector;
  /** Lays bytes at a place of its own and answers with the ref. */
  readonly place: (content: Uint8Array) => Promise<string>;
  readonly dispose: () => Promise<void>;
}

interface Case {
  readonly name: string;
  readonly run: (subject: ConnectorUnderTest) => Promise<void>;
}

const CONTENT = utf8("bytes of a node");
const going = () => ({ signal: new AbortController().signal });

/**
 * The rules, each opening a connector of its own. The rule about freezing needs a connector that
 * can.
 */
export function connectorContract(
  open: () => Promise<ConnectorUnderTest>,
): readonly ContractRule[] {
  return CASES.map(({ name, run }) => ({
    name,
    run: async () => {
      const subject = await open();
      try {
        await run(subject);
      } finally {
        await subject.dispose();
      }
    },
  }));
}

const CASES: readonly Case[] = [
  {
    name: "the name is short and kebab-case",
    run: async ({ connector }) => assert.match(connector.name, /^[a-z0-9]+(-[a-z0-9]+)*$/),
  },
  {
    name: "what was laid is seen, what was erased is not, and its neighbour is",
    run: async ({ connector, place }) => {
      const ref = await place(CONTENT);
      const neighbour = await place(CONTENT);
      assert.equal((await connector.inspect(ref, going())).present, true);
      await connector.erase(ref, going());
      assert.equal((await connector.inspect(ref, going())).present, false);
      assert.equal((await connector.inspect(neighbour, going())).present, true);
    },
  },
  {
    name: "looking changes nothing",
    run: async ({ connector, place }) => {
      const ref = await place(CONTENT);
      const first = await connector.inspect(ref, going());
      assert.deepEqual(await connector.inspect(ref, going()), first);
    },
  },
  {
    name: "erasing what is not there any more is a success",
    run: async ({ connector, place }) => {
      const ref = await place(CONTENT);
      await connector.erase(ref, going());
      await connector.erase(ref, going());
      assert.equal((await connector.inspect(ref, going())).present, false);
    },
  },
  {
    name: "absence is reported at a level of the list, with what was not looked at",
    run: async ({ connector, place }) => {
      const ref = await place(CONTENT);
      await connector.erase(ref, going());
      const sight = await connector.inspect(ref, going());
      assert.ok(EVIDENCE_LEVELS.includes(sight.level));
      for (const unseen of sight.notLookedAt) {
        assert.ok(unseen.length > 0 && !unseen.includes(ref));
      }
    },
  },
  {
    name: "an aborted call rejects as connector-failed and erases nothing",
    run: async ({ connector, place }) => {
      const ref = await place(CONTENT);
      const signal = AbortSignal.abort();
      const failed = (error: unknown) => isCustodyError(error, "connector-failed");
      await assert.rejects(() => connector.erase(ref, { signal }), failed);
      await assert.rejects(() => connector.inspect(ref, { signal }), failed);
      assert.equal((await connector.inspect(ref, going())).present, true);
    },
  },
  {
    name: "what is frozen is still there, freezing again is a success, and it can be erased",
    run: async ({ connector, place }) => {
      if (connector.freeze === undefined) return;
      const ref = await place(CONTENT);
      await connector.freeze(ref, going());
      await connector.freeze(ref, going());
      assert.equal((await connector.inspect(ref, going())).present, true);
      await connector.erase(ref, going());
      assert.equal((await connector.inspect(ref, going())).present, false);
    },
  },
];
