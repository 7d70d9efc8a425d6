/** The age screen in use, declared so that it can be judged before anybody sees it. */
import { type AgeScreen, checkScreen } from "../core/age-screen.js";
import { requireKnown, requireText } from "../core/options.js";
import { CustodyError } from "../errors.js";
import type { Json } from "../lib/canonical.js";
import type { Context } from "./context.js";
import { changed, commit, created, load, nowText, retrying } from "./rows.js";

const SCREEN = "age-screen";
const KEYS = ["neutral", "default", "text", "latestYear"];

/**
 * Without a declared screen a neutral one is taken to be in use.
 *
 * @throws `config/audience-screen-conflict`, `config/age-screen-not-neutral`, `option-unknown`,
 * `option-invalid`
 */
export async function declareScreen(ctx: Context, screen: AgeScreen): Promise<void> {
  requireKnown(screen, KEYS, "screen");
  if (screen.text !== undefined) requireText(screen.text, "screen.text", 10_000);
  if (screen.latestYear !== undefined && !Number.isInteger(screen.latestYear)) {
    throw new CustodyError("option-invalid", { path: "screen.latestYear", reason: "not a year" });
  }
  checkScreen(screen, ctx.policy.audience, Number(nowText(ctx).slice(0, 4)));
  await retrying(async () => {
    const before = await load<{ [key: string]: Json }>(ctx, "service", SCREEN);
    const body: { [key: string]: Json } = { ...screen, declaredAt: nowText(ctx) };
    const write = before === undefined ? created("service", SCREEN, body) : changed(before, body);
    await commit(ctx, "screen-declared", { screen: SCREEN }, [write]);
  });
}
