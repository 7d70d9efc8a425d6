/**
 * What a parent agreed to when two statements about it exist: what the signed token allows, and
 * what the application's page posted with it. The narrower of the two counts, so that a page can
 * only ever take away.
 */

export interface ParentChoice {
  readonly grants: readonly string[];
  /** Every purpose that was asked and is not in `grants`: it was offered and not taken. */
  readonly refuses: readonly string[];
}

/**
 * The purposes both statements agree on, in the order they were asked. A posted refusal outweighs a
 * posted grant. Undefined when the post grants what the token does not allow, or refuses what was
 * never asked: such a post was not made from this request, and nothing of it is believed.
 */
export function narrowChoice(choice: {
  readonly asked: readonly string[];
  readonly allowed: readonly string[];
  readonly posted: {
    readonly grants?: readonly string[] | undefined;
    readonly refuses?: readonly string[] | undefined;
  };
}): ParentChoice | undefined {
  const { asked, allowed } = choice;
  const { grants = allowed, refuses = [] } = choice.posted;
  if (!Array.isArray(grants) || !Array.isArray(refuses)) return undefined;
  if (!grants.every((name) => allowed.includes(name))) return undefined;
  if (!refuses.every((name) => asked.includes(name))) return undefined;
  const granted = asked.filter((name) => grants.includes(name) && !refuses.includes(name));
  return { grants: granted, refuses: asked.filter((name) => !granted.includes(name)) };
}
