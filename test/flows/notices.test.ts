import { describe, expect, test } from "vitest";
import type { NoticeItem } from "../../src/core/notice-item.js";
import type { PolicyDefinition } from "../../src/core/policy.js";
import { CustodyError } from "../../src/errors.js";
import { codeOf } from "../world.js";
import { house } from "./law-fixture.js";
import {
  CONSENT_ITEMS,
  COVERS,
  ONLINE_ITEMS,
  OPERATOR,
  OTHER_DIRECT_ITEMS,
  SERVICE,
  shortItems,
  textOf,
} from "./notice-fixture.js";

type House = Awaited<ReturnType<typeof house>>;
type Input = Parameters<House["app"]["notices"]["publish"]>[0];

async function refusedWith(act: Promise<unknown>): Promise<CustodyError> {
  try {
    await act;
  } catch (error) {
    if (error instanceof CustodyError) return error;
    throw error;
  }
  throw new Error("not refused");
}

const open = (changes: Partial<PolicyDefinition> = {}) => house({ ...SERVICE, ...changes });

function direct(items: readonly NoticeItem[] = CONSENT_ITEMS, more: Partial<Input> = {}): Input {
  return { version: "d1", text: textOf(items), covers: COVERS, form: "direct", items, ...more };
}

function online(items: readonly NoticeItem[] = ONLINE_ITEMS, more: Partial<Input> = {}): Input {
  return { version: "o1", text: textOf(items), covers: COVERS, form: "online", items, ...more };
}

const codes = (items: readonly NoticeItem[]) => [...new Set(items.map(({ item }) => item))];
const without = (items: readonly NoticeItem[], code: string) =>
  items.filter(({ item }) => item !== code);
const swap = (items: readonly NoticeItem[], code: string, other: readonly object[]) =>
  [...without(items, code), ...other] as readonly NoticeItem[];

async function misfits(h: House, input: Input) {
  const error = await refusedWith(h.app.notices.publish(input));
  expect(error.code).toBe("notice-contradicted");
  return error.details.misfits?.map(({ path, reason }) => `${path}: ${reason}`) ?? [];
}

describe("a notice in a declared form", () => {
  test("that says every item is published, directly and online", async () => {
    const h = await open();
    await h.app.notices.publish(direct());
    await h.app.notices.publish(online());
    for (const kind of ["voluntary", "multiple-contact", "safety"] as const) {
      await h.app.notices.publish(direct(shortItems(kind), { version: kind, direct: kind }));
    }
    await h.app.notices.check({ forms: ["direct", "online"] });
  });

  test.each([
    ["direct", direct, CONSENT_ITEMS, "16 CFR 312.4(c)(1)("],
    ["online", online, ONLINE_ITEMS, "16 CFR 312.4(d)("],
  ] as const)("%s: each item left out is named with its paragraph", async (_, of, all, prefix) => {
    const h = await open();
    for (const code of codes(all)) {
      const input = of(without(all, code));
      const error = await refusedWith(h.app.notices.publish(input));
      expect(error.code, code).toBe("notice-incomplete");
      expect(
        error.details.missing?.map(({ item }) => item),
        code,
      ).toEqual([code]);
      expect(error.details.missing?.[0]?.paragraph, code).toContain(prefix);
      expect(error.message, code).toContain(`${code} (${prefix}`);
    }
  });

  test.each(Object.entries(OTHER_DIRECT_ITEMS))("%s: so are its own items", async (kind, items) => {
    const h = await open();
    const about = kind as keyof typeof OTHER_DIRECT_ITEMS;
    const error = await refusedWith(
      h.app.notices.publish(direct([], { text: "Hello.", direct: about })),
    );
    expect(error.details.missing?.map(({ item }) => item)).toEqual([...items, "online-notice"]);
  });

  test("with no items names all of them; without a form it stays as it was, unchecked", async () => {
    const h = await open();
    const bare = { version: "b1", text: "Hello.", covers: COVERS };
    const error = await refusedWith(h.app.notices.publish({ ...bare, form: "direct" }));
    expect(error.details.missing?.map(({ item }) => item)).toEqual(codes(CONSENT_ITEMS));
    expect(await codeOf(h.app.notices.publish({ ...bare, items: CONSENT_ITEMS }))).toBe(
      "option-invalid",
    );
    await h.app.notices.publish(bare);
    await h.app.notices.check();
    expect(await codeOf(h.app.notices.check({ forms: ["direct"] }))).toBe(
      "config/notice-missing-purpose",
    );
  });

  test("owes nothing that the policy does not do", async () => {
    const purposes = { play: { use: "service" } } as const;
    const { scores } = SERVICE.collections ?? {};
    if (scores === undefined) throw new Error("no collection");
    const h = await open({ purposes, collections: { scores } });
    const about = (item: NoticeItem) =>
      !["third-party", "may-refuse-disclosure"].includes(item.item) &&
      !("purpose" in item && item.purpose !== "play") &&
      !("category" in item && item.category !== "screen-name") &&
      !("collection" in item && item.collection !== "scores") &&
      !item.item.startsWith("audio") &&
      !item.item.startsWith("internal");
    await h.app.notices.publish(direct(CONSENT_ITEMS.filter(about), { covers: ["play"] }));
    await h.app.notices.publish(online(ONLINE_ITEMS.filter(about), { covers: ["play"] }));
  });

  test("says that a condition is not met; silence about it is a missing item", async () => {
    const h = await open();
    const no = (item: string) => [{ item, applies: false }];
    await h.app.notices.publish(
      direct(swap(CONSENT_ITEMS, "contact-collected", no("contact-collected"))),
    );
    await h.app.notices.publish(online(swap(ONLINE_ITEMS, "audio-use", no("audio-use"))));
    const due = swap(CONSENT_ITEMS, "consent-required", no("consent-required"));
    expect(await misfits(h, direct(due, { version: "d2" }))).toEqual([
      `items.${due.length - 1}: it is due, and is said not to apply`,
    ]);
    const refusable = swap(CONSENT_ITEMS, "may-refuse-disclosure", no("may-refuse-disclosure"));
    expect(await misfits(h, direct(refusable, { version: "d2" }))).toHaveLength(1);
  });
});

describe("what a notice says is held against its text and the policy", () => {
  test("words that do not stand in the text are no words; line breaks do not matter", async () => {
    const h = await open();
    const text = textOf(CONSENT_ITEMS);
    const cut = text.replace('{"item":"how-to-consent"}', "…");
    expect(await misfits(h, direct(CONSENT_ITEMS, { text: cut }))).toEqual([
      "items.11: its words are not in the text",
    ]);
    const linked = text.replace("https://pace.example/children", "our site");
    expect(await misfits(h, direct(CONSENT_ITEMS, { text: linked }))).toHaveLength(1);
    await h.app.notices.publish(direct(CONSENT_ITEMS, { text: text.replaceAll("\n", " \n ") }));
  });

  const party = (change: object) => ({
    item: "third-party",
    party: "adnet",
    purpose: "offers",
    integral: false,
    says: "Notice.",
    ...change,
  });

  test("third parties are the policy's, by name or by specific category", async () => {
    const h = await open();
    const told = (change: object) => swap(CONSENT_ITEMS, "third-party", [party(change)]);
    const at = CONSENT_ITEMS.length - 1;
    const unsaid = "purposes.offers.recipients.0: no item says this third party";
    expect(await misfits(h, direct(told({ party: "bolt" })))).toEqual([
      `items.${at}.party: no third party of this purpose has this name or category`,
      unsaid,
    ]);
    expect(await misfits(h, direct(told({ party: "host", purpose: "stats" })))).toEqual([
      `items.${at}.party: no third party of this purpose has this name or category`,
      unsaid,
    ]);
    expect(await misfits(h, direct(told({ purpose: "resale" })))).toEqual([
      `items.${at}.purpose: the notice does not cover this purpose`,
      unsaid,
    ]);
    expect(await misfits(h, direct(told({}), { recipients: ["host"] }))).toEqual([
      `items.${at}.party: the notice does not cover this third party`,
    ]);
    await h.app.notices.publish(direct(told({ party: "advertising networks" })));
  });

  test("a disclosure that can be refused is not called integral, nor the other way round", async () => {
    const h = await open();
    const called = swap(CONSENT_ITEMS, "third-party", [party({ integral: true })]);
    const found = [
      "items.12.integral: integral in the notice is not integral in the policy, or the other way round",
    ];
    expect(await misfits(h, direct(called))).toEqual(found);
    const offers = {
      use: "disclosure",
      integral: true,
      reason: "x",
      recipients: ["adnet"],
    } as const;
    const other = await open({ purposes: { ...SERVICE.purposes, offers } });
    await other.app.notices.publish(direct(called));
    expect(
      await misfits(
        other,
        direct(swap(CONSENT_ITEMS, "third-party", [party({})]), { version: "d2" }),
      ),
    ).toEqual(found);
  });

  test("each covered purpose and each collected category is said, and no other", async () => {
    const h = await open();
    const fewer = CONSENT_ITEMS.filter(
      (item) => !("purpose" in item && item.item === "use" && item.purpose === "stats"),
    ).filter((item) => !("category" in item && item.category === "audio"));
    expect(await misfits(h, direct(fewer))).toEqual([
      "purposes.stats: no item says this purpose",
      "categories.audio: no item says this category",
    ]);
    const narrow = direct(CONSENT_ITEMS, { covers: ["play", "offers"], categories: ["audio"] });
    expect(await misfits(h, narrow)).toEqual([
      "items.2.category: the notice does not cover this category",
      "items.4.category: the notice does not cover this category",
      "items.6.purpose: the notice does not cover this purpose",
    ]);
  });

  test("time frames are the policy's, for every collection, each with its need", async () => {
    const h = await open();
    const kept = (collection: string, retain: string) => ({
      item: "retention",
      collection,
      retain,
      says: "Notice.",
    });
    const rest = [kept("clips", "PT30S"), kept("devices", "P90D")];
    const told = (...items: readonly object[]) =>
      online(swap(ONLINE_ITEMS, "retention", [...rest, ...items]));
    const at = without(ONLINE_ITEMS, "retention").length + 2;
    expect(await misfits(h, told(kept("scores", "P2Y")))).toEqual([
      `items.${at}.retain: the policy keeps it for another time`,
    ]);
    expect(await misfits(h, told(kept("scores", "forever")))).toHaveLength(1);
    expect(await misfits(h, told())).toEqual([
      "collections.scores: no item says how long this is kept",
    ]);
    expect(await misfits(h, told(kept("scores", "P1Y"), kept("stores", "P1Y")))).toEqual([
      `items.${at + 1}.collection: there is no such collection`,
    ]);
    const { scores, ...others } = SERVICE.collections ?? {};
    if (scores === undefined) throw new Error("no collection");
    const { need: _, ...needless } = scores;
    const bare = await open({ collections: { ...others, scores: needless } });
    expect(await misfits(bare, told(kept("scores", "P1Y")))).toEqual([
      "collections.scores.need: no business need was written down",
    ]);
    await h.app.notices.publish(told(kept("scores", "P1Y")));
  });

  test("the operator is the policy's", async () => {
    const h = await open({ operator: { ...OPERATOR, telephone: "+1 555 0199" } });
    expect(await misfits(h, online())).toEqual(["items.0: the policy names another operator"]);
    const { operator: _, ...unnamed } = SERVICE;
    await (await house(unnamed)).app.notices.publish(online());
  });
});

test("items are read strictly, and their words are not in the refusal", async () => {
  const h = await open();
  const planted = "planted-words-41c";
  for (const item of [
    { item: "consent-required" },
    { item: "consent-required", says: "" },
    { item: "consent-required", says: planted, more: 1 },
    { item: "consent-required", applies: true },
    { item: "nothing-known", says: planted },
    { item: "online-notice", url: `javascript:${planted}` },
    { item: "audio-use", says: planted },
    null,
  ]) {
    const items = [item] as unknown as readonly NoticeItem[];
    const input = { ...direct([], { text: planted }), items };
    const error = await refusedWith(h.app.notices.publish(input));
    expect(error.code, JSON.stringify(item)).toBe("option-invalid");
    expect(error.details.path).toMatch(/^notice\.items\.0/);
    expect(JSON.stringify(error)).not.toContain(planted);
  }
  const many = Array.from({ length: 1_001 }, () => ({ item: "opt-out", says: "x" }) as const);
  expect(await codeOf(h.app.notices.publish(direct(many, { text: "x" })))).toBe("limit-exceeded");
  const odd = { ...online(), direct: "consent" } as Input;
  expect(await codeOf(h.app.notices.publish(odd))).toBe("option-invalid");
});

test("the hash covers the text and the items; the receipt carries both", async () => {
  const h = await open();
  const hashes: string[] = [];
  const seen = async (input: Input) => {
    await h.app.notices.publish(input);
    const kid = await h.app.subjects.register();
    const receipt = await h.app.consents.receipt(await h.agreed(kid, ["play"]));
    const [, body = ""] = receipt.split(".");
    return JSON.parse(Buffer.from(body, "base64url").toString()).privacy_notice;
  };
  const text = `${textOf(CONSENT_ITEMS)}\nNotice.`;
  const other = swap(CONSENT_ITEMS, "how-to-consent", [
    { item: "how-to-consent", says: "Notice." },
  ]);
  for (const [version, input] of Object.entries({
    a: direct(CONSENT_ITEMS, { text }),
    b: direct(other, { text }),
    c: direct(CONSENT_ITEMS, { text: `${text}.` }),
  })) {
    hashes.push((await seen({ ...input, version })).content_sha256);
  }
  expect(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true);
  expect(new Set(hashes).size).toBe(3);
  const bare = await seen({ version: "d", text, covers: COVERS });
  expect(bare).not.toHaveProperty("content_sha256");
  expect(bare.sha256).toMatch(/^[0-9a-f]{64}$/);
});

describe("what was checked once is checked again", () => {
  test("against the practices of this moment", async () => {
    const h = await open();
    const id = await h.app.notices.publish(direct());
    await h.app.notices.check();
    const recipients = ["adnet", "bolt"];
    await h.app.practices.change({ purpose: "offers", recipients });
    const error = await refusedWith(h.app.notices.check());
    expect(error.code).toBe("notice-contradicted");
    expect(error.details.id).toBe(id);
    expect(error.details.misfits?.[0]?.path).toBe("purposes.offers.recipients.1");
    const bolt = {
      item: "third-party",
      party: "bolt",
      purpose: "offers",
      integral: false,
    } as const;
    const items = [...CONSENT_ITEMS, { ...bolt, says: "Notice." }];
    await h.app.notices.publish(direct(items, { version: "d2" }));
    await h.app.notices.check();
  });

  test("and each form must cover each purpose where the caller asks for it", async () => {
    const h = await open();
    await h.app.notices.publish(direct());
    await h.app.notices.check({ forms: ["direct"] });
    const error = await refusedWith(h.app.notices.check({ forms: ["direct", "online"] }));
    expect(error.code).toBe("config/notice-missing-purpose");
    expect(error.details).toMatchObject({ path: "purposes.play", kind: "online" });
    const safety = direct(shortItems("safety"), { version: "s", direct: "safety" });
    const other = await open();
    await other.app.notices.publish(safety);
    expect(await codeOf(other.app.notices.check({ forms: ["direct"] }))).toBe(
      "config/notice-missing-purpose",
    );
  });
});
