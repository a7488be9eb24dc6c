/** Runs work one piece after the other, in the order in which it was handed in. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what `work` returns; a failure is the caller's and does not stop the queue. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
