/**
 * The desk where signed consent forms come back by post. Its reviewer has a key of their own:
 * neither the app nor custody can say in the reviewer's place what stood on a form.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { type PrivateJwk, signedForm, signReviewerStatement } from "custody/signed-form";
import type { Verifiers } from "./pace.js";

const REVIEWER = "desk-1";

export interface PaperDesk {
  readonly verifier: Verifiers[number];
  /**
   * What the reviewer reads on the form that came back for a request, signed. No grants: the
   * parent said no.
   */
  opened(request: string, grants: readonly string[]): Promise<{ readonly token: string }>;
}

export function openPaperDesk(now: () => number): PaperDesk {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { x } = publicKey.export({ format: "jwk" });
  const forms = new Map<string, string>();
  return {
    verifier: signedForm({
      secret: randomBytes(32),
      reviewers: [{ id: REVIEWER, publicJwk: { kty: "OKP", crv: "Ed25519", x: x ?? "" } }],
      async deliver({ request, code }) {
        forms.set(request, code);
      },
    }),
    async opened(request, grants) {
      const token = await signReviewerStatement(
        privateKey.export({ format: "jwk" }) as unknown as PrivateJwk,
        {
          req: request,
          code: forms.get(request) ?? "",
          "returned-by": "post",
          outcome: grants.length > 0 ? "signed" : "refused",
          ...(grants.length > 0 ? { grants } : {}),
          reviewer: REVIEWER,
          iat: Math.floor(now() / 1_000),
        },
      );
      return { token };
    },
  };
}
