/** What the type tests speak about: a policy's client and one id of each kind. Nothing here runs. */
import { z } from "zod";
import type { ConsentId, DatasetId, RecordId, RequestId, SubjectId } from "../../src/index.js";
import { type Custody, definePolicy, field } from "../../src/index.js";

export const policy = definePolicy({
  service: "Pace",
  audience: "mixed",
  jurisdiction: "US",
  regimes: ["coppa"],
  purposes: { coaching: { use: "service" }, training: { use: "first-party-training" } },
  collections: {
    intake: {
      retain: "P3Y",
      fields: { weightKg: field(z.number(), "health"), nickname: field(z.string(), "screen-name") },
    },
    survey: { retain: "P1Y", fields: { answer: field(z.string(), "other-personal") } },
  },
});

export declare const app: Custody<(typeof policy)["definition"]>;
export declare const subject: SubjectId;
export declare const record: RecordId;
export declare const dataset: DatasetId;
export declare const request: RequestId;
export declare const consent: ConsentId;
export declare const text: string;
