/** Questions of one turn of the event loop, asked of the server together. */

/** A batch this long is not made to wait for the end of the turn. */
export const BATCH_QUESTIONS_MAX = 1_000;

interface Waiting<Q, A> {
  readonly question: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (reason: unknown) => void;
}

export class TurnBatch<Q, A> {
  readonly #answer: (questions: readonly Q[]) => Promise<readonly A[]>;
  #waiting: Waiting<Q, A>[] = [];

  /** `answer` gives one answer a question, in their order; what it throws is what all are told. */
  constructor(answer: (questions: readonly Q[]) => Promise<readonly A[]>) {
    this.#answer = answer;
  }

  /** The answer is of a moment after this call. */
  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ question, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
      if (this.#waiting.length >= BATCH_QUESTIONS_MAX) this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    this.#answer(batch.map(({ question }) => question)).then(
      (answers) => {
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as A);
      },
      (reason: unknown) => {
        for (const { reject } of batch) reject(reason);
      },
    );
  }
}
