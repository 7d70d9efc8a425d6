/**
 * Sections 10 and 11: the order, who is asked, what it reaches, and the approved list of what will
 * be destroyed.
 */
import type { ModelId, OrderId, PurgeId } from "./pace.js";
import { counted, GENERAL_COUNSEL, inGroups, type Member, type Tale } from "./tale.js";

export interface Campaign {
  /** The one family that agrees to coaching. */
  readonly agreed: Member;
  readonly counts: {
    readonly noticed: number;
    readonly consented: number;
    readonly "school-authorised": number;
    readonly declined: number;
    readonly "no-answer": number;
    readonly "deletion-requested": number;
    readonly asked: number;
  };
}

export async function openOrder(
  { story, app, clock }: Tale,
  { model, late }: { readonly model: ModelId; readonly late: readonly Member[] },
): Promise<OrderId> {
  story.section("The order: United States v. Kurbo, N.D. Cal. 3:22-cv-00946-TSH");
  clock.set("2022-03-03T18:00:00Z");
  story.say(
    "Written as data: it is about records taken from children, by what is known now, on no " +
      "consent. Destroy them within 30 days, unless a parent consents. Destroy models made from " +
      "them, in whole or in part, within 90. Swear to it within 90. Freeze at once.",
  );
  const order = await app.orders.open({
    title: "United States v. Kurbo, Inc. and WW International, Inc.",
    citation: "N.D. Cal. 3:22-cv-00946-TSH (2022)",
    opened: clock.day(),
    select: { "band-at-collection": "child", basis: "none" },
    remedy: {
      data: { destroy: "P30D", unless: "consent" },
      models: { relation: "in-whole-or-in-part", destroy: "P90D" },
      attest: { due: "P90D", form: "28-usc-1746", counts: true },
      freeze: "immediately",
    },
  });
  const { data, models, attest } = order.due;
  story.answered(`${order.id}; data by ${data}, models by ${models}, sworn by ${attest}`);
  story.check(
    data === "2022-04-02" && models === "2022-06-01" && attest === "2022-06-01",
    "The three clocks run 30, 90 and 90 days from the day of the order.",
  );
  story.check(
    order.selected === late.length,
    `It selects ${counted(order.selected, "record")}: those taken from children without consent.`,
  );
  story.check(order.frozen.includes(model), "The model is frozen.");
  const { mayServe, state } = await app.models.mayServe(model);
  story.asked("May the model be used until its deadline in June?");
  story.answered(`${mayServe ? "yes" : "no"}, it is "${state}"`, "from the day of the order");
  story.check(!mayServe && state === "frozen", "Frozen at once, not at the deadline.");
  return order.id;
}

/** Every family is sent a form; one agrees, one declines, the rest do not answer. */
export async function askFamilies(tale: Tale, late: readonly Member[]): Promise<Campaign> {
  const { story, app, clock, desk } = tale;
  clock.set("2022-03-04T15:00:00Z");
  const requests = await inGroups(
    late,
    ({ subject, person }) =>
      app.consents.request({
        subject,
        purposes: ["coaching"],
        method: "signed-form",
        contact: person.contact,
      }),
    (done, of) => story.progress("families asked", done, of),
  );
  const [agrees, declines] = late
    .map((member, index) => ({ member, request: requests[index] ?? "" }))
    .filter(({ member }) => !member.person.externalId.startsWith("planted")) as [Asked, Asked];
  clock.set("2022-03-14T15:00:00Z");
  const yes = await app.consents.confirm({
    request: agrees.request,
    response: await desk.opened(agrees.request, ["coaching"]),
  });
  const no = await app.consents.confirm({
    request: declines.request,
    response: await desk.opened(declines.request, []),
  });
  story.say(`${clock.day()}: all ${late.length} families were sent a form, for coaching only.`);
  story.check(
    yes.state === "given" && no.state === "refused",
    "One agrees, one declines, nobody else answers.",
  );
  return {
    agreed: agrees.member,
    counts: {
      noticed: late.length,
      consented: 1,
      "school-authorised": 0,
      declined: 1,
      "no-answer": late.length - 2,
      "deletion-requested": 0,
      asked: 0,
    },
  };
}

interface Asked {
  readonly member: Member;
  readonly request: Awaited<ReturnType<Tale["app"]["consents"]["request"]>>;
}

export async function planAndApprove(
  { story, app, clock }: Tale,
  { order, taken }: { readonly order: OrderId; readonly taken: number },
): Promise<{ readonly purge: PurgeId; readonly steps: number }> {
  story.section("Trace, plan, approval");
  clock.set("2022-04-01T15:00:00Z");
  story.asked("What does the order reach?");
  const trace = await app.trace(order);
  story.answered(
    `${counted(trace.records.length, "record")} of ${trace.subjects} children, ` +
      `${counted(trace.datasets.length, "dataset")}, ${counted(trace.models.length, "model")}, ` +
      `${counted(trace.places.length, "place")} with bytes`,
  );
  for (const model of trace.models) {
    story.say(`why the model: ${(trace.paths[model] ?? []).join(" > ")}`);
  }
  const planned = await app.purges.plan({ order });
  story.say(
    `${clock.day()}: plan ${planned.id}, hash ${planned.hash.slice(0, 16)}..., to destroy:`,
  );
  for (const line of inWords(planned.plan.items)) story.say(`- ${line}`);
  story.check(
    planned.plan.records === taken,
    `The plan names ${counted(taken, "record")}: all selected but the one whose parent agreed.`,
  );
  story.asked("May it run now?");
  await story.refused("plan-unapproved", () => app.purges.run(planned.id), {
    rule: "an approval is for one list, by its hash",
    help: "A person with a name approves exactly this plan.",
  });
  await app.purges.approve({ purge: planned.id, by: GENERAL_COUNSEL });
  story.say(
    `Approved, for exactly this hash, by ${GENERAL_COUNSEL.name}, ${GENERAL_COUNSEL.title}.`,
  );
  return { purge: planned.id, steps: planned.plan.items.length };
}

interface Item {
  readonly node: string;
  readonly connector: string;
  readonly ref: string;
  readonly records: number;
}

/** The records' items as one line, every other place as its own. */
function inWords(items: readonly Item[]): readonly string[] {
  const sealed = items.filter((item) => item.records > 0);
  const records = sealed.reduce((sum, item) => sum + item.records, 0);
  const others = items.filter((item) => item.records === 0);
  return [
    `${counted(records, "record")} in the vault, and their keys`,
    ...others.map(({ node, connector, ref }) => `${ref} in ${connector} (${node})`),
  ];
}
