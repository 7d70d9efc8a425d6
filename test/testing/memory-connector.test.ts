import { describe, expect, test } from "vitest";
import { connectorContract } from "../../src/testing/connector-contract.js";
import { memoryConnector } from "../../src/testing/memory-connector.js";
import { codeOf } from "../world.js";

const going = () => ({ signal: new AbortController().signal });
const bytes = new Uint8Array([1, 2, 3]);

describe("the memory connector keeps the promises of the port", () => {
  const open = async () => {
    const connector = memoryConnector({ name: "shelf" });
    let count = 0;
    return {
      connector,
      place: async (content: Uint8Array) => {
        count += 1;
        connector.place(`node-${count}`, content);
        return `node-${count}`;
      },
      dispose: async () => {},
    };
  };
  for (const rule of connectorContract(open)) test(rule.name, rule.run);
});

describe("its switches", () => {
  test("out of reach it fails and keeps what it holds; within reach it works again", async () => {
    const shelf = memoryConnector({ name: "shelf" });
    shelf.place("a", bytes);
    shelf.unreachable();
    expect(await codeOf(shelf.erase("a", going()))).toBe("connector-failed");
    expect(await codeOf(shelf.inspect("a", going()))).toBe("connector-failed");
    shelf.reachable();
    expect((await shelf.inspect("a", going())).present).toBe(true);
    await shelf.erase("a", going());
    expect((await shelf.inspect("a", going())).present).toBe(false);
  });

  test("once lost, nothing mends it", async () => {
    const shelf = memoryConnector({ name: "shelf" });
    shelf.lose();
    shelf.reachable();
    expect(await codeOf(shelf.inspect("a", going()))).toBe("connector-failed");
  });

  test("a name that is not kebab-case is refused, one that is is taken", () => {
    expect(() => memoryConnector({ name: "My Shelf" })).toThrow(/memoryConnector.name/);
    expect(memoryConnector({ name: "my-shelf" }).name).toBe("my-shelf");
  });
});
