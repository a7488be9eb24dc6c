import type { ServiceError } from './service-error.ts';

/** A disturbance of the next calls that match. */
export interface Fault {
  /** Name in the credential scope, e.g. `dynamodb`, `states`, `monitoring`. */
  readonly service: string;
  readonly operation: string;
  /** Only calls of this caller; any caller when absent. */
  readonly caller?: string;
  /** An error of the service, a connection that breaks off, or no answer at all until the client gives up. */
  readonly error:
    | (Omit<ServiceError, 'message'> & { readonly message?: string })
    | 'connection-reset'
    | 'timeout';
  /** How many matching calls are disturbed. */
  readonly times: number;
  /** `after`: the call takes effect and only its answer is lost. */
  readonly when: 'before' | 'after';
}

/** A fault that was injected. */
export interface ArmedFault {
  /** How many calls it disturbed so far. */
  struck(): number;
  disarm(): void;
}

/** Faults that wait for their calls, oldest first. */
export interface FaultPlan {
  inject(fault: Fault): ArmedFault;
  /** Takes the fault that strikes this call, if any, and counts it. */
  strike(call: {
    readonly service: string;
    readonly operation: string;
    readonly caller: string;
  }): Fault | undefined;
  clear(): void;
}

/** `times` is not a positive whole number. */
class InvalidFault extends Error {
  override readonly name = 'InvalidFault';
}

export function createFaultPlan(): FaultPlan {
  const armed: { fault: Fault; left: number }[] = [];
  return {
    inject(fault) {
      if (!Number.isInteger(fault.times) || fault.times < 1) {
        throw new InvalidFault(`times: expected a positive whole number, found ${fault.times}`);
      }
      const entry = { fault, left: fault.times };
      armed.push(entry);
      return {
        struck: () => fault.times - entry.left,
        disarm: () => {
          const at = armed.indexOf(entry);
          if (at !== -1) {
            armed.splice(at, 1);
          }
        },
      };
    },
    strike(call) {
      const entry = armed.find(
        ({ fault, left }) =>
          left > 0 &&
          fault.service === call.service &&
          fault.operation === call.operation &&
          (fault.caller === undefined || fault.caller === call.caller),
      );
      if (entry) {
        entry.left -= 1;
      }
      return entry?.fault;
    },
    clear: () => {
      armed.length = 0;
    },
  };
}
