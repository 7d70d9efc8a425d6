/** The known word that a misspelt one is nearest to. */

/** Changes of one letter each; more than this are another word. */
const CHANGES_MAX = 3;

/** Undefined when none is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const max = Math.min(CHANGES_MAX, Math.floor(word.length / 2));
  let best: { readonly word: string; readonly changes: number } | undefined;
  for (const one of known) {
    if (Math.abs(one.length - word.length) > max) continue;
    const changes = changesBetween(word, one);
    if (changes <= max && (best === undefined || changes < best.changes)) {
      best = { word: one, changes };
    }
  }
  return best?.word;
}

/** Letters to insert, drop or replace. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const [left = 0, up = 0, corner = 0] = [next[j - 1], row[j], row[j - 1]];
      next.push(Math.min(left + 1, up + 1, corner + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
