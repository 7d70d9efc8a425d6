/**
 * The client: one frozen context handed to every flow, typed from the policy. An unknown purpose,
 * an undeclared field, a wrong value or the wrong kind of id does not compile.
 */
import type { Explanation } from "./core/explanation.js";
import type { PolicyDefinition } from "./core/policy.js";
import type { Check, Collect, Collections, Purposes, Use } from "./custody/inputs.js";
import { type CustodyOptions, openContext } from "./custody/options.js";
import { CustodyError, type RefusalCode } from "./errors.js";
import { acknowledge, chase, forwardReplies } from "./flows/acknowledgements.js";
import { agree } from "./flows/answers.js";
import { deriveArtifact, getArtifact } from "./flows/artifacts.js";
import { type AttestationInput, issueAttestation } from "./flows/attestations.js";
import { getCertificate, issueCertificate } from "./flows/certificates.js";
import { type ConfirmInput, confirmConsent } from "./flows/confirm.js";
import { invalidateConsent, revokeConsent } from "./flows/consent-ends.js";
import { type ConsentRequestInput, requestConsent, sendChallenge } from "./flows/consents.js";
import type { Context } from "./flows/context.js";

import { readDataset } from "./flows/dataset-reading.js";
import { datasetStatus, rebuildDataset, type SealInput, sealDataset } from "./flows/datasets.js";
import { type DeletionInput, requestDeletion } from "./flows/deletions.js";
import { type DisclosureInput, disclose } from "./flows/disclosures.js";
import { dueDuties, dutyCalendar } from "./flows/duties.js";
import { exportDataset } from "./flows/exports.js";
import { deleteAsGuardian, refuseFurther } from "./flows/guardian-acts.js";
import { askGuardian } from "./flows/guardian-proof.js";
import { reviewAsGuardian } from "./flows/guardian-review.js";
import { placeHold, releaseHold } from "./flows/holds.js";
import { listInstructions } from "./flows/instructions.js";
import { checkpoint, verifyLedger } from "./flows/ledger.js";
import { proveMembership } from "./flows/membership.js";
import { swearInfeasible } from "./flows/model-exits.js";
import { clearModel, reportModel } from "./flows/model-reviews.js";
import { beginModel, completeModel, getModel, mayServe } from "./flows/models.js";
import { checkNotices, type NoticeInput, publishNotice } from "./flows/notices.js";
import { openOrder } from "./flows/orders.js";
import { answerParentNotice } from "./flows/parent-notices.js";
import { adoptPolicy } from "./flows/policies.js";
import { changePractice, type PracticeInput } from "./flows/practices.js";
import { approvePurge } from "./flows/purge-approval.js";
import { type RunOptions, runPurge } from "./flows/purge-run.js";
import { planPurge } from "./flows/purges.js";
import { checkCollect, explainDecision, readRecord, recordStatus } from "./flows/questions.js";
import { readPerson } from "./flows/readings.js";
import { receiptFor } from "./flows/receipts.js";
import { type CollectInput, collect } from "./flows/records.js";
import { replaceModel } from "./flows/replacements.js";
import { type Replayed, replayJournal } from "./flows/replay.js";
import { getConsent, getRequest } from "./flows/requests.js";
import { sweep } from "./flows/retention.js";
import { retrainingFor } from "./flows/retraining.js";
import { authorizeSchool, type SchoolInput } from "./flows/schools.js";
import { declareScreen } from "./flows/screens.js";
import { addEvidence, findSubject, getSubject, registerSubject } from "./flows/subjects.js";
import { type TraceOptions, trace } from "./flows/trace.js";
import type { ConsentId, NoticeId, RecordId, RequestId, SubjectId } from "./lib/id.js";

/**
 * Opens a client on a store, adopts the policy (recorded when it differs from the one in force) and
 * freezes everything.
 *
 * @throws `option-unknown`, `option-invalid` (two connectors of a name, two verifiers of a method),
 * `keyring-foreign`, `journal-foreign`, `store-forked`
 */
export async function createCustody<const P extends PolicyDefinition>(
  options: CustodyOptions<P>,
): Promise<Custody<P>> {
  const ctx = await openContext(options);
  await adoptPolicy(ctx);
  return clientOf<P>(ctx);
}

export type Custody<P extends PolicyDefinition> = ReturnType<typeof clientOf<P>>;

/**
 * Opening a client has done it already; asked again it looks again, and changes nothing.
 * @throws `journal-missing` when the client keeps none
 */
async function replay(ctx: Context): Promise<Replayed> {
  if (ctx.journal === undefined) throw new CustodyError("journal-missing", { place: "options" });
  return replayJournal(ctx, ctx.journal);
}

/** The input of a flow after its context. */
type In<F> = F extends (ctx: Context, input: infer I) => unknown ? I : never;

function clientOf<P extends PolicyDefinition>(ctx: Context) {
  return Object.freeze({
    subjects: Object.freeze({
      register: (input: In<typeof registerSubject> = {}) => registerSubject(ctx, input),
      find: (externalId: string) => findSubject(ctx, externalId),
      addEvidence: (input: In<typeof addEvidence>) => addEvidence(ctx, input),
      get: (subject: SubjectId) => getSubject(ctx, subject),
      requestDeletion: (input: DeletionInput) => requestDeletion(ctx, input),
    }),
    notices: Object.freeze({
      publish: (
        input: Omit<NoticeInput, "covers"> & { readonly covers: readonly Purposes<P>[] },
      ): Promise<NoticeId> => publishNotice(ctx, input),
      check: (input: In<typeof checkNotices> = {}) => checkNotices(ctx, input),
    }),
    screens: Object.freeze({
      declare: (screen: In<typeof declareScreen>) => declareScreen(ctx, screen),
    }),
    practices: Object.freeze({
      change: (input: Omit<PracticeInput, "purpose"> & { readonly purpose: Purposes<P> }) =>
        changePractice(ctx, input),
    }),
    consents: Object.freeze({
      request: (
        input: Omit<ConsentRequestInput, "purposes"> & {
          readonly purposes: readonly Purposes<P>[];
        },
      ): Promise<RequestId> => requestConsent(ctx, input),
      resend: (request: RequestId) => sendChallenge(ctx, request),
      confirm: (input: ConfirmInput) => confirmConsent(ctx, input),
      agree: (input: In<typeof agree>) => agree(ctx, input),
      authorizeSchool: (
        input: Omit<SchoolInput, "purposes"> & { readonly purposes: readonly Purposes<P>[] },
      ) => authorizeSchool(ctx, input),
      revoke: (input: In<typeof revokeConsent>) => revokeConsent(ctx, input),
      invalidate: (input: In<typeof invalidateConsent>) => invalidateConsent(ctx, input),
      get: (consent: ConsentId) => getConsent(ctx, consent),
      receipt: (consent: In<typeof receiptFor>) => receiptFor(ctx, consent),
    }),
    guardians: Object.freeze({
      ask: (input: In<typeof askGuardian>): Promise<RequestId> => askGuardian(ctx, input),
      review: (input: In<typeof reviewAsGuardian>) => reviewAsGuardian(ctx, input),
      refuseFurther: (
        input: Omit<In<typeof refuseFurther>, "purposes"> & {
          readonly purposes?: readonly Purposes<P>[];
        },
      ) => refuseFurther(ctx, input),
      requestDeletion: (input: In<typeof deleteAsGuardian>) => deleteAsGuardian(ctx, input),
    }),
    requests: Object.freeze({
      get: (request: RequestId) => getRequest(ctx, request),
    }),
    records: Object.freeze({
      collect: <const C extends Collections<P>>(input: Collect<P, C>): Promise<RecordId> =>
        collect(ctx, input as CollectInput),
      check: (input: Check<P>): Promise<"allowed" | RefusalCode> => checkCollect(ctx, input),
      explain: (input: Check<P> | Use<P>): Promise<Explanation> => explainDecision(ctx, input),
      read: (input: { readonly record: RecordId; readonly purpose: Purposes<P> }) =>
        readRecord(ctx, input),
      readAll: (input: { readonly subject: SubjectId; readonly purpose: Purposes<P> }) =>
        readPerson(ctx, input),
      status: (record: RecordId) => recordStatus(ctx, record),
      parentNotice: (input: In<typeof answerParentNotice>) => answerParentNotice(ctx, input),
    }),
    disclosures: Object.freeze({
      make: (input: Omit<DisclosureInput, "purpose"> & { readonly purpose: Purposes<P> }) =>
        disclose(ctx, input),
      instructions: (of: In<typeof listInstructions> = {}) => listInstructions(ctx, of),
      acknowledge: (input: In<typeof acknowledge>) => acknowledge(ctx, input),
      chase: (instruction: In<typeof chase>) => chase(ctx, instruction),
      forward: (instruction: In<typeof forwardReplies>) => forwardReplies(ctx, instruction),
    }),
    retention: Object.freeze({ sweep: () => sweep(ctx) }),
    datasets: Object.freeze({
      seal: (input: Omit<SealInput, "purpose"> & { readonly purpose: Purposes<P> }) =>
        sealDataset(ctx, input),
      export: (input: In<typeof exportDataset>) => exportDataset(ctx, input),
      read: (dataset: In<typeof readDataset>) => readDataset(ctx, dataset),
      prove: (input: In<typeof proveMembership>) => proveMembership(ctx, input),
      rebuild: (input: In<typeof rebuildDataset>) => rebuildDataset(ctx, input),
      status: (dataset: In<typeof datasetStatus>) => datasetStatus(ctx, dataset),
    }),
    models: Object.freeze({
      begin: (input: Omit<In<typeof beginModel>, "purpose"> & { readonly purpose: Purposes<P> }) =>
        beginModel(ctx, input),
      complete: (input: In<typeof completeModel>) => completeModel(ctx, input),
      mayServe: (model: string) => mayServe(ctx, model),
      get: (model: string) => getModel(ctx, model),
      report: (input: In<typeof reportModel>) => reportModel(ctx, input),
      clear: (input: In<typeof clearModel>) => clearModel(ctx, input),
      infeasible: (input: In<typeof swearInfeasible>) => swearInfeasible(ctx, input),
      retraining: (input: In<typeof retrainingFor>) => retrainingFor(ctx, input),
      replace: (input: In<typeof replaceModel>) => replaceModel(ctx, input),
    }),
    artifacts: Object.freeze({
      derive: (input: In<typeof deriveArtifact>) => deriveArtifact(ctx, input),
      get: (artifact: string) => getArtifact(ctx, artifact),
    }),
    trace: (from: string, options: TraceOptions = {}) => trace(ctx, from, options),
    orders: Object.freeze({
      open: (order: In<typeof openOrder>) => openOrder(ctx, order),
      due: () => dueDuties(ctx),
      calendar: () => dutyCalendar(ctx),
    }),
    holds: Object.freeze({
      place: (input: In<typeof placeHold>) => placeHold(ctx, input),
      release: (hold: In<typeof releaseHold>) => releaseHold(ctx, hold),
    }),
    purges: Object.freeze({
      plan: (input: In<typeof planPurge>) => planPurge(ctx, input),
      approve: (input: In<typeof approvePurge>) => approvePurge(ctx, input),
      run: (purge: In<typeof runPurge>, options?: RunOptions) => runPurge(ctx, purge, options),
      replay: () => replay(ctx),
    }),
    certificates: Object.freeze({
      issue: (input: In<typeof issueCertificate>) => issueCertificate(ctx, input),
      get: (certificate: string) => getCertificate(ctx, certificate),
    }),
    attestations: Object.freeze({
      issue: (input: AttestationInput) => issueAttestation(ctx, input),
    }),
    ledger: Object.freeze({
      checkpoint: () => checkpoint(ctx),
      verify: () => verifyLedger(ctx),
    }),
    close: async (): Promise<void> => {
      await ctx.store.close();
      await ctx.keyring.close();
    },
  });
}
