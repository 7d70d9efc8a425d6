/** Every verb of the format by its name. */
import * as data from "./data.js";
import * as endings from "./endings.js";
import * as people from "./people.js";

export const VERBS = {
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
  derive: data.derive,
  train: data.train,
  serve: data.serve,
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
  state: endings.state,
} as const;

export type VerbName = keyof typeof VERBS;

export function isVerb(name: string): name is VerbName {
  return Object.hasOwn(VERBS, name);
}
