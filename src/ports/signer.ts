/**
 * A key that signs for the operator: certificates, receipts and ledger checkpoints. The private
 * half never leaves.
 */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

export interface Signer {
  /**
   * The name under which the key signs notes (a short origin such as "custody.example"); no spaces
   * or plus signs.
   */
  readonly name: string;
  /** The public half, to publish. */
  publicJwk(): Promise<PublicJwk>;
  /**
   * Ed25519 over exactly these bytes: 64 bytes. @throws `signer-missing` when the key cannot be
   * used any more.
   */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}
