/** The inputs of a client, typed from its policy: what is not declared there does not compile. */
import type { z } from "zod";
import type { PolicyDefinition } from "../core/policy.js";
import type { Exception } from "../core/record.js";
import type { ConsentId, SubjectId } from "../lib/id.js";

export type Purposes<P extends PolicyDefinition> = keyof P["purposes"] & string;
export type Collections<P extends PolicyDefinition> = keyof P["collections"] & string;
type Fields<P extends PolicyDefinition, C extends Collections<P>> = P["collections"][C]["fields"];
type Values<P extends PolicyDefinition, C extends Collections<P>> = {
  readonly [F in keyof Fields<P, C>]?: z.input<Fields<P, C>[F]["schema"]>;
};

export interface Collect<P extends PolicyDefinition, C extends Collections<P>> {
  readonly subject: SubjectId;
  readonly collection: C;
  readonly purpose: Purposes<P>;
  readonly values: Values<P, C>;
  readonly exception?: Exception;
  readonly consent?: ConsentId;
  readonly taken?: string;
  readonly source?: string;
}

export interface Check<P extends PolicyDefinition> {
  readonly subject: SubjectId;
  readonly collection: Collections<P>;
  readonly purpose: Purposes<P>;
  readonly fields?: readonly string[];
}
