/** The testing kit: the ports' published examinations, and fakes that pass them. */

export type { ScenariosOptions } from "../scenario/rules.js";
export { scenarios } from "../scenario/rules.js";
export { connectorContract } from "./connector-contract.js";
export type { ContractRule } from "./contract.js";
export type { KeyManagementUnderTest } from "./key-management-contract.js";
export { keyManagementContract } from "./key-management-contract.js";
export { keyringContract } from "./keyring-contract.js";
export type { MemoryConnector } from "./memory-connector.js";
export { memoryConnector } from "./memory-connector.js";
export type {
  ParentScript,
  ScriptedVerifier,
  ScriptedVerifierOptions,
} from "./scripted-verifier.js";
export { scriptedVerifier } from "./scripted-verifier.js";
export { signerContract } from "./signer-contract.js";
export { storeContract } from "./store-contract.js";
export type { StoreCopyUnderTest } from "./store-copy-contract.js";
export { storeCopyContract } from "./store-copy-contract.js";
export { verifierContract } from "./verifier-contract.js";
