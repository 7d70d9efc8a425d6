/**
 * Compares each stored checkpoint with the tree that grows out of the entries, at the size it was
 * signed for.
 */
import { equalBytes, fromHex, hex } from "../lib/bytes.js";
import { Frontier } from "../lib/merkle.js";
import type { StoredCheckpoint } from "./checkpoint.js";

export interface NamedCheckpoint extends StoredCheckpoint {
  readonly id: string;
}

/** Some entry from `low` and before `high` is not the one that was signed. */
export interface RootFinding {
  readonly id: string;
  readonly low: number;
  readonly high: number;
}

export class RootCheck {
  readonly #waiting: NamedCheckpoint[];
  readonly #findings: RootFinding[] = [];
  /** Up to here a checkpoint vouches for the entries. */
  #vouched = 0;

  constructor(checkpoints: readonly NamedCheckpoint[]) {
    this.#waiting = [...checkpoints].sort((a, b) => b.size - a.size);
  }

  /** After each entry, and once before the first. */
  reached(frontier: Frontier): void {
    let next = this.#waiting.at(-1);
    while (next !== undefined && next.size <= frontier.size) {
      this.#waiting.pop();
      this.#compare(next, frontier);
      next = this.#waiting.at(-1);
    }
  }

  /** Sizes that the entries never reached. */
  beyond(): readonly NamedCheckpoint[] {
    return this.#waiting;
  }

  findings(): readonly RootFinding[] {
    return this.#findings;
  }

  #compare(checkpoint: NamedCheckpoint, frontier: Frontier): void {
    const { id, size, root } = checkpoint;
    const stored = fromHex(root);
    if (stored !== undefined && equalBytes(stored, frontier.root())) {
      this.#vouched = Math.max(this.#vouched, size);
      return;
    }
    const [low, high] = narrowed(checkpoint, frontier.toJSON().peaks);
    this.#findings.push({ id, low: Math.max(low, this.#vouched), high });
  }
}

/** True when the stored peaks give the stored root. */
export function isFrontierOf({ frontier, size, root }: StoredCheckpoint): boolean {
  try {
    return frontier.size === size && hex(Frontier.from(frontier).root()) === root;
  } catch {
    return false;
  }
}

/** Each peak is the root of a power of two of leaves: the first that differs says where to look. */
function narrowed(
  checkpoint: StoredCheckpoint,
  found: readonly string[],
): readonly [low: number, high: number] {
  const { size, frontier } = checkpoint;
  if (!isFrontierOf(checkpoint)) return [0, size];
  let low = 0;
  let peak = 1;
  while (peak * 2 <= size) peak *= 2;
  for (const [index, stored] of frontier.peaks.entries()) {
    while (peak > size - low) peak /= 2;
    if (stored !== found[index]) return [low, low + peak];
    low += peak;
  }
  return [0, size];
}
