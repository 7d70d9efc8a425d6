/** Apart, because nothing else may have imported the mdoc library before. */
import { expect, test } from "vitest";
import { z } from "zod";
import { mdocSignal } from "../../../src/adapters/age-signals/index.js";
import { codeOf, NOW_MS } from "./issuer.js";
import { authority, SESSION } from "./session.js";

test("the mdoc library is loaded late and leaves no error texts of its own in zod", async () => {
  const said = () => z.string().safeParse(1).error?.issues[0]?.message;
  const before = said();
  expect(before).toMatch(/^Invalid input/);
  const { anchor } = authority();
  const verifier = mdocSignal({ trustAnchors: [anchor], now: () => NOW_MS });
  expect(await codeOf(verifier.verify("AAAA", SESSION), [])).toBe("signal-invalid");
  expect(said()).toBe(before);
  await import("@owf/mdoc");
  expect(said()).toBe(before);
});
