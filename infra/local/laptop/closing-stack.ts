/** Several things could not be closed; each one's error is in `errors`. */
export class NotClosed extends AggregateError {
  override readonly name = 'NotClosed';
}

/** What was started, to be closed in reverse order. */
export interface ClosingStack {
  /** Remembers how to close something that has just been started. */
  defer(close: () => void | Promise<void>): void;
  /** Starts something and remembers how to close it. */
  use<Started extends { close(): void | Promise<void> }>(
    starting: Started | Promise<Started>,
  ): Promise<Started>;
  /**
   * Closes everything, last started first; what fails does not keep the rest open. A second call waits for the first.
   * @throws {NotClosed}
   */
  close(): Promise<void>;
}

/** What is started after closing has begun (by work that was under way) is closed at once. */
export function createClosingStack(): ClosingStack {
  const closers: (() => void | Promise<void>)[] = [];
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let close = closers.pop(); close; close = closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new NotClosed(errors, errors.map(String).join('; '));
  }

  function defer(close: () => void | Promise<void>): void {
    closers.push(close);
    if (closing) closing = closing.then(closeAll);
  }

  return {
    defer,
    async use(starting) {
      const started = await starting;
      defer(() => started.close());
      return started;
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}
