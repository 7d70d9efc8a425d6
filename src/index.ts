/**
 * The public surface of custody: everything here is typed out by hand, and a test compares it with
 * the docs.
 */
export type { Band, Evidence, EvidenceKind, EvidenceSource, Occasion } from "./core/age.js";
export type { AgeScreen } from "./core/age-screen.js";
export type { Artifact, ArtifactKind, Deidentification } from "./core/artifact.js";
export { ARTIFACT_KINDS } from "./core/artifact.js";
export type { AssuranceLevel } from "./core/assurance.js";
export { ASSURANCE_LEVELS } from "./core/assurance.js";
export type { AttestationStatement } from "./core/attestation.js";
export type { Campaign } from "./core/certificate.js";
export type {
  Conditions,
  ConsentMethod,
  ConsentStatus,
  Giver,
  InvalidationReason,
  RevokedBy,
} from "./core/consent.js";
export { CONSENT_METHODS } from "./core/consent.js";
export type { DatasetSelect } from "./core/dataset.js";
export type { Event, EventType, LedgerEntry, Write } from "./core/event.js";
export type { EvidenceLevel } from "./core/evidence-level.js";
export { EVIDENCE_LEVELS } from "./core/evidence-level.js";
export type { Change, ConsentTold, EvidenceTold, Explanation } from "./core/explanation.js";
export type { GuardianAct } from "./core/guardian.js";
export type {
  Instruction,
  InstructionState,
  Reply,
  ReplyOutcome,
  Told,
} from "./core/instruction.js";
export type { Cell, Layout } from "./core/layout.js";
export type { AuditReason } from "./core/ledger-audit.js";
export type { MembershipProof } from "./core/membership.js";
export type { Mark, Model, ModelState, Replaced } from "./core/model.js";
export { MODEL_STATES } from "./core/model.js";
export type { DirectNotice, NoticeForm, NoticeItem, NoticeItemCode } from "./core/notice-item.js";
export type { CalendarDuty } from "./core/order-calendar.js";
export type { OrderText, Scope } from "./core/order-text.js";
export type {
  Collection,
  CollectionDefinition,
  FieldDefinition,
  Operator,
  Policy,
  PolicyDefinition,
  Purpose,
  PurposeDefinition,
  Recipient,
} from "./core/policy.js";
export { definePolicy, field } from "./core/policy.js";
export type { PolicyPages, PolicyPagesOptions } from "./core/policy-pages.js";
export { policyPages } from "./core/policy-pages.js";
export type { PageFormat, PageName } from "./core/policy-print.js";
export { renderPolicyPages } from "./core/policy-print.js";
export type { Practice } from "./core/practice.js";
export type { ApprovalTerms, Plan, PlanItem, Retained } from "./core/purge.js";
export type { BasisKind, Exception, RecordStatus } from "./core/record.js";
export type { ChangeAct } from "./core/refusal-words.js";
export type { RegimeName } from "./core/regimes/index.js";
export type { Citation, Firmness } from "./core/regimes/regime.js";
export type { DeriveRelation, Relation } from "./core/relation.js";
export { DERIVE_RELATIONS, RELATIONS } from "./core/relation.js";
export type { MadeAgain, ReadingExtent, Retraining, ShardAgain } from "./core/retraining.js";
export { fractionOf } from "./core/retraining.js";
export type {
  DocumentKind,
  DocumentRow,
  EdgeRow,
  MemberRow,
  PayloadRow,
  RecordRow,
  Row,
  RowKey,
} from "./core/row.js";
export type { PlaceDefinition, PlaceKind, ServicePlace } from "./core/service-place.js";
export type { Standing } from "./core/standing.js";
export type { NoticeOutcome } from "./core/subject.js";
export type { Parent, TrainingOrder, TrainingStatistic } from "./core/training-time.js";
export { TRAINING_ORDERS, TRAINING_STATISTICS } from "./core/training-time.js";
export type { ApproximateMethod, UnlearningMethod } from "./core/unlearning.js";
export { APPROXIMATE_METHODS } from "./core/unlearning.js";
export type { Audience, Category, DisclosedFor, Use } from "./core/vocabulary.js";
export { AUDIENCES, CATEGORIES, USES } from "./core/vocabulary.js";
export type { Check, Collect, Collections, Purposes, Use as RecordUse } from "./custody/inputs.js";
export type { CustodyOptions } from "./custody/options.js";
export type { Custody } from "./custody.js";
export { createCustody } from "./custody.js";
export type { ConfigCode, ErrorCode, ErrorDetails, FaultCode, RefusalCode } from "./errors.js";
export {
  CONFIG_CODES,
  CustodyError,
  FAULT_CODES,
  isCustodyError,
  REFUSAL_CODES,
} from "./errors.js";
export type { AcknowledgeInput } from "./flows/acknowledgements.js";
export type { AgreeInput, Recorded } from "./flows/answers.js";
export type { Derived, DeriveInput } from "./flows/artifacts.js";
export type { AttestationInput, IssuedAttestation } from "./flows/attestations.js";
export type { BlastRadius } from "./flows/blast-radius.js";
export type { IssueCertificateInput } from "./flows/certificate-terms.js";
export type { IssuedCertificate } from "./flows/certificates.js";
export type { ConfirmInput, ConfirmResult } from "./flows/confirm.js";
export type { Revoked, RevokeInput } from "./flows/consent-ends.js";
export type { ConsentRequestInput } from "./flows/consents.js";
export type { Progress, StepName } from "./flows/context.js";
export { STEP_NAMES } from "./flows/context.js";
export type { Member, Part, ReadInput } from "./flows/dataset-reading.js";
export type { Sealed, SealInput } from "./flows/datasets.js";
export type { DeletionInput } from "./flows/deletions.js";
export type { DisclosureInput } from "./flows/disclosures.js";
export type { Duty } from "./flows/duties.js";
export type { EvidenceInput } from "./flows/evidence-input.js";
export type { Exported, ExportInput } from "./flows/exports.js";
export type {
  GuardianDeletionInput,
  RefusedFurther,
  RefuseFurtherInput,
} from "./flows/guardian-acts.js";
export type { GuardianAskInput, GuardianProof } from "./flows/guardian-proof.js";
export type { GuardianReviewInput, Review, ReviewedRecord } from "./flows/guardian-review.js";
export type { HoldInput, Released } from "./flows/holds.js";
export type { Instructed } from "./flows/instructions.js";
export type { LedgerVerdict } from "./flows/ledger.js";
export type { InfeasibleInput } from "./flows/model-exits.js";
export type { ClearInput, ReportInput } from "./flows/model-reviews.js";
export type { BeginInput, CompleteInput, ServeAnswer } from "./flows/models.js";
export type { PlaceInput } from "./flows/node-places.js";
export type { NoticeContentInput } from "./flows/notice-content.js";
export type { NoticeCheck, NoticeInput } from "./flows/notices.js";
export type { Opened } from "./flows/orders.js";
export type { ParentNoticeInput } from "./flows/parent-notices.js";
export type { PracticeInput, PracticeResult } from "./flows/practices.js";
export type { ApproveInput } from "./flows/purge-approval.js";
export type { Open } from "./flows/purge-conclusion.js";
export type { RunOptions, RunResult } from "./flows/purge-run.js";
export type { PlanInput, Planned } from "./flows/purges.js";
export type { Reading } from "./flows/readings.js";
export type { ReplaceInput } from "./flows/replacements.js";
export type { Replayed } from "./flows/replay.js";
export type { ConsentView, RequestView } from "./flows/requests.js";
export type { Swept } from "./flows/retention.js";
export type { RetrainingAnswer, RetrainingInput } from "./flows/retraining.js";
export type { SchoolInput, SchoolRepresentative } from "./flows/schools.js";
export type { Comparison, CopyOptions, CopyProgress, CopyReport } from "./flows/store-copy.js";
export { compareStores, copyStore } from "./flows/store-copy.js";
export type {
  EvidenceResult,
  EvidenceView,
  RegisterInput,
  SubjectView,
} from "./flows/subjects.js";
export type { Trace, TraceOptions } from "./flows/trace.js";
export type { Json } from "./lib/canonical.js";
export type { Duration } from "./lib/duration.js";
export type {
  ArtifactId,
  BasisId,
  CertificateId,
  ConsentId,
  DatasetId,
  DisclosureId,
  EventId,
  HoldId,
  Id,
  IdKind,
  InstructionId,
  ModelId,
  NoticeId,
  OrderId,
  PurgeId,
  RecordId,
  RequestId,
  SubjectId,
} from "./lib/id.js";
export { parseId, requireId } from "./lib/id.js";
export type { Connector, Sight } from "./ports/connector.js";
export type { Journal } from "./ports/journal.js";
export type { KeyManagement, KeyVersionState } from "./ports/key-management.js";
export type { Keyring, KeyScope, KeySight } from "./ports/keyring.js";
export type {
  Challenge,
  ChallengePurpose,
  ParentResponse,
  ParentVerifier,
  VerifierMoment,
  VerifierOutcome,
  VerifierState,
} from "./ports/parent-verifier.js";
export type { PublicJwk, Signer } from "./ports/signer.js";
export type {
  Appended,
  Batch,
  Expectation,
  RowOf,
  Scan,
  ScrubOptions,
  ScrubOutlook,
  ScrubProgress,
  ScrubReport,
  Store,
  StoreIdentity,
} from "./ports/store.js";
export type { CopyPage, CopyPages, StoreCopySource, StoreCopyTarget } from "./ports/store-copy.js";
