/**
 * What the human who opened the envelope says about a returned form, signed with that human's own
 * key.
 *
 * Neither the application nor this process can make one: only public keys are configured here.
 */
import { createPrivateKey, sign } from "node:crypto";
import { z } from "zod";
import { CustodyError } from "../../errors.js";
import { fromBase64url } from "../../lib/bytes.js";
import { compactJws, openJws, type PublicJwk } from "../../lib/jws.js";
import { readOptions } from "../option-reading.js";

export const STATEMENT_CHARACTERS_MAX = 16_384;
export const STATEMENT_PURPOSES_MAX = 100;

/**
 * How the form came back. `in-app` is not a return in the sense of the law, and is reported as what
 * it is.
 */
export const RETURN_WAYS = ["post", "fax", "scan", "in-app"] as const;
export type ReturnWay = (typeof RETURN_WAYS)[number];

export interface ReviewerStatement {
  /** The request, as printed on the form. */
  readonly req: string;
  /** The form's code, as printed on it. */
  readonly code: string;
  readonly "returned-by": ReturnWay;
  readonly outcome: "signed" | "refused" | "not-a-parent";
  /**
   * The boxes that are ticked. At least one when `signed`: a signature under nothing agrees to
   * nothing.
   */
  readonly grants?: readonly string[] | undefined;
  /** Boxes struck out or answered with no. What is not in `grants` counts as refused anyway. */
  readonly refuses?: readonly string[] | undefined;
  /** The id under which the verifier lists the reviewer's key. */
  readonly reviewer: string;
  /** Epoch seconds of the statement. */
  readonly iat: number;
}

export interface PrivateJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly d: string;
}

const TYP = "custody-reviewer-statement";
const KEY_BYTES = 32;

const Names = z.array(z.string().min(1)).max(STATEMENT_PURPOSES_MAX);

const Statement = z
  .strictObject({
    req: z.string().min(1),
    code: z.string().min(1),
    "returned-by": z.enum(RETURN_WAYS),
    outcome: z.enum(["signed", "refused", "not-a-parent"]),
    grants: Names.optional(),
    refuses: Names.optional(),
    reviewer: z.string().min(1),
    iat: z.int().min(0),
  })
  .refine(({ outcome, grants = [] }) => (outcome === "signed") === grants.length > 0);

const KeyPart = z.string().refine((text) => fromBase64url(text)?.length === KEY_BYTES);

const PrivateKey = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: KeyPart,
  d: KeyPart,
});

/**
 * A statement as the token that `respond` judges: a compact JWS (EdDSA) over canonical JSON. For
 * the back office's tool, where the reviewer's private key is; the application's server has no use
 * for it.
 * @throws `option-invalid`, `option-unknown` for a key or a statement of another shape
 */
export async function signReviewerStatement(
  privateJwk: PrivateJwk,
  claims: ReviewerStatement,
): Promise<string> {
  const { kty, crv, x, d } = readOptions(PrivateKey, privateJwk, "privateJwk");
  const payload = readOptions(Statement, claims, "statement");
  const key = createPrivateKey({ key: { kty, crv, x, d }, format: "jwk" });
  return await compactJws({
    header: { alg: "EdDSA", kid: payload.reviewer, typ: TYP },
    payload,
    sign: async (bytes) => sign(null, bytes, key),
  });
}

/**
 * The statement in a token that one of these keys signed. The key is chosen by its id, and the
 * statement must name the same id, so that no reviewer can speak as another. What it says has not
 * been compared with any request.
 * @throws `token-invalid`
 */
export async function openReviewerStatement(
  token: string,
  reviewers: readonly PublicJwk[],
  request: string,
): Promise<ReviewerStatement> {
  const statement = await openStatement(token, reviewers);
  if (statement === undefined || statement.req !== request) {
    throw new CustodyError("token-invalid", { id: request });
  }
  return statement;
}

async function openStatement(
  token: unknown,
  reviewers: readonly PublicJwk[],
): Promise<ReviewerStatement | undefined> {
  if (typeof token !== "string" || token.length > STATEMENT_CHARACTERS_MAX) return undefined;
  try {
    const { header, payload } = await openJws(token, reviewers, TYP);
    const statement = Statement.parse(payload);
    return statement.reviewer === header.kid ? statement : undefined;
  } catch {
    return undefined;
  }
}
