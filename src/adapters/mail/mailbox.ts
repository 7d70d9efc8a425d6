/**
 * One mailbox, and nothing that could become a second recipient or a header.
 *
 * The grammar is the one of HTML's e-mail field, with the letters of other scripts allowed. The
 * quoted local parts, comments and groups of RFC 5322 are refused: no parent has such an address,
 * and every header injection needs one.
 */

/** RFC 5321, 4.5.3.1: the longest path, less its brackets. */
export const MAILBOX_CHARACTERS_MAX = 254;
export const LOCAL_PART_CHARACTERS_MAX = 64;

const LOCAL_PART =
  /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN_LABEL = /^(?!-)[\p{L}\p{M}\p{N}-]{1,63}(?<!-)$/u;

/**
 * True for one bare address. Nothing is trimmed or repaired: a changed address reaches somebody
 * else.
 */
export function isMailbox(text: string): boolean {
  if (text.length > MAILBOX_CHARACTERS_MAX) return false;
  const [local, domain, ...others] = text.split("@");
  if (local === undefined || domain === undefined || others.length > 0) return false;
  if (local.length > LOCAL_PART_CHARACTERS_MAX || !LOCAL_PART.test(local)) return false;
  return domain.split(".").every((label) => DOMAIN_LABEL.test(label));
}
