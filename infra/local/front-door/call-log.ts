/** One call that reached the front door, whether it was let through or not. */
export interface CallRecord {
  /** RFC 3339 UTC, when the request arrived. */
  readonly at: string;
  /** Name of the caller; `?` when the signature names no known key. */
  readonly caller: string;
  readonly service: string;
  readonly operation: string;
  /** The first action that the call needs, e.g. `dynamodb:PutItem`. */
  readonly action: string;
  readonly resources: readonly string[];
  readonly status: number;
  readonly errorName?: string;
  readonly durationMillis: number;
  /** Set when an injected fault struck the call. */
  readonly fault?: 'before' | 'after';
}

/** What CloudTrail would tell of a call. */
export interface CallEvent {
  readonly record: CallRecord;
  readonly callerArn: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly requestParameters: Readonly<Record<string, unknown>>;
  /** The answer of a JSON protocol; `undefined` for the others and for errors. */
  readonly responseElements?: Readonly<Record<string, unknown>>;
}

export type CallListener = (event: CallEvent) => void;

/** Calls in the order in which they were answered. */
export interface CallLog {
  add(record: CallRecord, event: () => CallEvent): void;
  calls(): readonly CallRecord[];
  /** @returns a function that removes the listener. */
  onCall(listener: CallListener): () => void;
}

/** A laptop that runs for days keeps the latest calls only. */
const keptCalls = 100_000;

export function createCallLog(): CallLog {
  const records: CallRecord[] = [];
  const listeners = new Set<CallListener>();
  return {
    add(record, event) {
      records.push(record);
      if (records.length > keptCalls * 1.1) {
        records.splice(0, records.length - keptCalls);
      }
      if (listeners.size > 0) {
        const told = event();
        for (const listener of listeners) {
          listener(told);
        }
      }
    },
    calls: () => records,
    onCall(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
