/**
 * The public surface of custody: everything here is typed out by hand, and a test compares it with
 * the docs.
 */
export type { Band, Evidence, EvidenceKind, EvidenceSource } from "./core/age.js";
export type { AssuranceLevel } from "./core/assurance.js";
export { ASSURANCE_LEVELS } from "./core/assurance.js";
export type { ConsentMethod, ConsentStatus, InvalidationReason } from "./core/consent.js";
export { CONSENT_METHODS } from "./core/consent.js";
export type { EvidenceLevel } from "./core/evidence-level.js";
export { EVIDENCE_LEVELS } from "./core/evidence-level.js";
export type { ModelState, Parent, Relation } from "./core/model.js";
export { MODEL_STATES, RELATIONS } from "./core/model.js";
export type { OrderText } from "./core/order.js";
export type {
  CollectionDefinition,
  FieldDefinition,
  Policy,
  PolicyDefinition,
  PurposeDefinition,
  Recipient,
} from "./core/policy.js";
export { definePolicy, field } from "./core/policy.js";
export type { Plan, PlanItem } from "./core/purge.js";
export type { Exception, RecordStatus } from "./core/record.js";
export type { Audience, Category, Use } from "./core/vocabulary.js";
export { AUDIENCES, CATEGORIES, USES } from "./core/vocabulary.js";
export type { Check, Collect, Custody, CustodyOptions } from "./custody.js";
export { createCustody } from "./custody.js";
export type { ErrorCode, ErrorDetails, RefusalCode } from "./errors.js";
export {
  CONFIG_CODES,
  CustodyError,
  FAULT_CODES,
  isCustodyError,
  REFUSAL_CODES,
} from "./errors.js";
export type { Progress, StepName } from "./flows/context.js";
export { STEP_NAMES } from "./flows/context.js";
export type {
  BasisId,
  CertificateId,
  ConsentId,
  DatasetId,
  HoldId,
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
export type { Keyring, KeyScope, KeySight } from "./ports/keyring.js";
export type {
  Challenge,
  ParentResponse,
  ParentVerifier,
  VerifierOutcome,
  VerifierState,
} from "./ports/parent-verifier.js";
export type { PublicJwk, Signer } from "./ports/signer.js";
export type { Batch, Store } from "./ports/store.js";
