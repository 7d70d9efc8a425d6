/**
 * A clock that is set by hand: the tale plays in 2021 and 2022, and an order's days are counted
 * from its own day.
 */
export interface SetClock {
  /** Epoch milliseconds; handed to custody in place of the machine's clock. */
  readonly now: () => number;
  /** Moves to an ISO instant. It never goes back. */
  set(instant: string): void;
  /** The day, as a reader knows it. */
  day(): string;
}

export function clockAt(instant: string): SetClock {
  let ms = Date.parse(instant);
  return {
    now: () => ms,
    set(next) {
      const to = Date.parse(next);
      if (!(to >= ms)) throw new RangeError("this clock does not go back");
      ms = to;
    },
    day: () => new Date(ms).toISOString().slice(0, 10),
  };
}
