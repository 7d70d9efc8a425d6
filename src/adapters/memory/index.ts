export { createJournalMemory } from "../journal-memory.js";
export { createKeyringMemory } from "../keyring-memory.js";
export type { KmsMemoryOptions } from "../kms-memory.js";
export { createKmsMemory } from "../kms-memory.js";
export type { CreateMemoryStoreOptions } from "./memory-store.js";
export { copyMemoryStore, createMemoryStore } from "./memory-store.js";
