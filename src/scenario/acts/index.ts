/** What each verb does, on the public client and on nothing else. */
import type { z } from "zod";
import type { Outcome } from "../outcome.js";
import type { Stage } from "../stage.js";
import type { VERBS, VerbName } from "../verbs/index.js";
import * as data from "./data.js";
import * as endings from "./endings.js";
import * as making from "./making.js";
import * as people from "./people.js";
import { state } from "./state.js";

type Acts = {
  readonly [V in VerbName]: (
    stage: Stage,
    body: z.output<(typeof VERBS)[V]["input"]>,
  ) => Promise<Outcome>;
};

const ACTS: Acts = {
  register: people.register,
  screen: people.screen,
  evidence: people.evidence,
  notice: people.notice,
  practice: people.practice,
  request: people.request,
  answer: people.answer,
  "authorize-school": people.authorizeSchool,
  revoke: people.revoke,
  invalidate: people.invalidate,
  "request-deletion": people.requestDeletion,
  collect: data.collect,
  read: data.read,
  disclose: data.disclose,
  acknowledge: data.acknowledge,
  hold: data.hold,
  release: data.release,
  seal: data.seal,
  derive: making.derive,
  train: making.train,
  serve: making.serve,
  trace: data.trace,
  order: endings.order,
  plan: endings.plan,
  approve: endings.approve,
  run: endings.run,
  "lose-place": endings.losePlace,
  unreachable: endings.unreachable,
  reachable: endings.reachable,
  clear: endings.clear,
  infeasible: endings.infeasible,
  sweep: endings.sweep,
  certify: endings.certify,
  restore: endings.restore,
  state,
};

/** @param body as the verb's schema gave it */
export function actOut(stage: Stage, verb: VerbName, body: object): Promise<Outcome> {
  return (ACTS[verb] as (stage: Stage, body: object) => Promise<Outcome>)(stage, body);
}
