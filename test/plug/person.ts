/** One made-up person's way through the client, one act at a time, and what each act is about. */
import type { App, House } from "./house.js";
import type { About, Did, Op } from "./journal.js";

type SubjectId = Awaited<ReturnType<App["subjects"]["register"]>>;
type RecordId = Awaited<ReturnType<App["records"]["collect"]>>;

export interface Act {
  readonly op: Op;
  readonly about: About;
  readonly run: () => Promise<Did>;
  /** The refusal that this act must end with, or may end with. */
  readonly must?: string;
  readonly may?: string;
}

export type Draw = () => number;

const RECORDS_MAX = 12;
const BY = { name: "A. Nurse", title: "Privacy Officer" } as const;

/** How often each act is drawn, where it is possible. */
const WEIGHTS = { collect: 40, visit: 6, read: 14, revoke: 3, correct: 3, delete: 1 };

export class Person {
  readonly #house: House;
  readonly #draw: Draw;
  readonly #child: boolean;
  readonly #records: { readonly id: RecordId; readonly weightKg: number }[] = [];
  #subject: SubjectId | undefined;
  #told = false;
  #consent: string | undefined;
  #over: "" | "revoked" | "corrected" | "deleted" = "";

  constructor(house: House, draw: Draw) {
    this.#house = house;
    this.#draw = draw;
    this.#child = draw() < 0.7;
  }

  get subject(): SubjectId | undefined {
    return this.#subject;
  }

  /** Nothing more is to come from this person. */
  get done(): boolean {
    return this.#over !== "" && this.#draw() < 0.5;
  }

  next(): Act {
    const subject = this.#subject;
    if (subject === undefined) return this.#register();
    if (!this.#told) return this.#evidence(subject);
    if (this.#over !== "") return this.#refusedCollect(subject);
    if (this.#child && this.#consent === undefined) {
      return this.#draw() < 0.2 ? this.#refusedCollect(subject) : this.#agree(subject);
    }
    return this.#some(subject);
  }

  #some(subject: SubjectId): Act {
    const full = this.#records.length >= RECORDS_MAX;
    const some = this.#records.length > 0;
    const able = {
      collect: full ? 0 : WEIGHTS.collect,
      visit: WEIGHTS.visit,
      read: some ? WEIGHTS.read : 0,
      revoke: this.#child && some ? WEIGHTS.revoke : 0,
      correct: !this.#child && some ? WEIGHTS.correct : 0,
      delete: some ? WEIGHTS.delete : 0,
    };
    let at = this.#draw() * Object.values(able).reduce((sum, weight) => sum + weight, 0);
    for (const [op, weight] of Object.entries(able)) {
      at -= weight;
      if (at < 0) return this.#act(op as keyof typeof able, subject);
    }
    return this.#collect(subject);
  }

  #act(op: "collect" | "visit" | "read" | "revoke" | "correct" | "delete", subject: SubjectId) {
    switch (op) {
      case "collect":
        return this.#collect(subject);
      case "visit":
        return this.#visit(subject);
      case "read":
        return this.#read(subject);
      case "revoke":
        return this.#revoke(subject);
      case "correct":
        return this.#correct(subject);
      case "delete":
        return this.#delete(subject);
    }
  }

  #register(): Act {
    return {
      op: "register",
      about: {},
      run: async () => {
        this.#subject = await this.#app.subjects.register({ timeZone: "America/New_York" });
        return { subject: this.#subject };
      },
    };
  }

  #evidence(subject: SubjectId): Act {
    const value = this.#child ? "2016-05-05" : "1990-05-05";
    const said = { subject, kind: "birth-date", source: "sign-up-screen", value } as const;
    return {
      op: "evidence",
      about: { subject },
      run: async () => {
        const { band } = await this.#app.subjects.addEvidence(said);
        this.#told = true;
        return { band };
      },
    };
  }

  #agree(subject: SubjectId): Act {
    const purposes = ["coaching", "training"] as const;
    return {
      op: "consent",
      about: { subject },
      run: async () => {
        const ask = { subject, purposes, method: "signed-form", contact: "p@example.org" } as const;
        const request = await this.#app.consents.request(ask);
        const script = { outcome: "verified", reported: "signed-form", grants: purposes } as const;
        const response = this.#house.form.answer(request, script);
        const { consent } = await this.#app.consents.confirm({ request, response });
        if (consent === undefined) throw new Error("confirmed without a consent");
        this.#consent = consent;
        return { consent };
      },
    };
  }

  #collect(subject: SubjectId): Act {
    const weightKg = Math.round(20_000 + this.#draw() * 60_000) / 1_000;
    return {
      op: "collect",
      about: { subject, weightKg },
      run: async () => {
        const id = await this.#collected(subject, weightKg);
        this.#records.push({ id, weightKg });
        return { record: id };
      },
    };
  }

  #collected(subject: SubjectId, weightKg: number): Promise<RecordId> {
    return this.#app.records.collect({
      subject,
      collection: "intake",
      purpose: "coaching",
      values: { weightKg, nickname: "otter" },
    });
  }

  /** What is kept for a second only: a sweep may erase it at any time after. */
  #visit(subject: SubjectId): Act {
    const place = { subject, collection: "visits", purpose: "coaching" } as const;
    return {
      op: "visit",
      about: { subject },
      run: async () => ({
        record: await this.#app.records.collect({ ...place, values: { place: "pool" } }),
      }),
    };
  }

  /** The gate's no, which must stay a no whatever happened to the store in between. */
  #refusedCollect(subject: SubjectId): Act {
    const { "": none, revoked, corrected, deleted } = REFUSALS;
    const must = { "": none, revoked, corrected, deleted }[this.#over];
    return {
      op: "collect",
      about: { subject, weightKg: 1 },
      must,
      run: async () => ({ record: await this.#collected(subject, 1) }),
    };
  }

  #read(subject: SubjectId): Act {
    const { id, weightKg } = this.#records[Math.floor(this.#draw() * this.#records.length)] ?? {
      id: "" as RecordId,
      weightKg: 0,
    };
    return {
      op: "read",
      about: { subject, record: id, weightKg },
      run: async () => {
        const found = await this.#app.records.read({ record: id, purpose: "coaching" });
        if (found.weightKg !== weightKg) throw new Error(`another value is read of ${id}`);
        return {};
      },
    };
  }

  #revoke(subject: SubjectId): Act {
    const consent = this.#consent as never;
    return {
      op: "revoke",
      about: { subject, consent },
      run: async () => {
        const { status } = await this.#app.consents.revoke({ consent });
        this.#over = "revoked";
        return { state: status };
      },
    };
  }

  /** An adult is found to be a child: all that was taken is restricted in the same commit. */
  #correct(subject: SubjectId): Act {
    const said = { subject, kind: "birth-date", source: "profile", value: "2016-06-06" } as const;
    return {
      op: "correct",
      about: { subject },
      run: async () => {
        const { band, restricted } = await this.#app.subjects.addEvidence(said);
        this.#over = "corrected";
        return { band, count: restricted };
      },
    };
  }

  #delete(subject: SubjectId): Act {
    return {
      op: "delete",
      about: { subject },
      // A sweep of somebody else may erase what was just planned.
      may: "plan-changed",
      run: async () => {
        const { id } = await this.#app.purges.plan({ subject });
        this.#over = "deleted";
        await this.#app.purges.approve({ purge: id, by: BY });
        const { state } = await this.#app.purges.run(id);
        return { purge: id, state };
      },
    };
  }

  get #app(): App {
    return this.#house.app();
  }
}

const REFUSALS = {
  "": "consent-required",
  revoked: "consent-withdrawn",
  corrected: "consent-required",
  deleted: "subject-suppressed",
} as const;
