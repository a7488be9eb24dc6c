import { randomUUID } from 'node:crypto';
import type { FunctionResult } from '../deployer/registrars.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { TooManyRequests } from './lambda-error.ts';
import { startWarmWorker, type WarmWorker, type WorkerOptions } from './warm-worker.ts';

/** The workers of one function. */
export interface FunctionPool {
  readonly definition: FunctionDefinition;
  /**
   * Runs one invocation on an idle worker, or on a new one.
   * @throws TooManyRequests when as many run as the function reserves.
   */
  invoke(event: string, requestId?: string): Promise<FunctionResult>;
  /** Makes one worker ready. */
  prewarm(): Promise<void>;
  close(): Promise<void>;
}

/** A laptop has few cores: more workers of one function would only wait for each other. */
const maximumWorkers = 16;

/** Lambda refuses larger answers (quota "Invocation payload", synchronous). */
export const maximumPayloadBytes = 6 * 1024 * 1024;

export function createFunctionPool(definition: FunctionDefinition, options: WorkerOptions): FunctionPool {
  const workers = new Set<WarmWorker>();
  const idle: WarmWorker[] = [];
  const waiting: (() => void)[] = [];
  let running = 0;

  function start(): WarmWorker {
    const worker = startWarmWorker(definition, options);
    workers.add(worker);
    return worker;
  }

  function take(): WarmWorker {
    let worker = idle.pop();
    while (worker && !worker.isUsable()) {
      workers.delete(worker);
      worker = idle.pop();
    }
    return worker ?? start();
  }

  function giveBack(worker: WarmWorker): void {
    if (worker.isUsable()) {
      idle.push(worker);
    } else {
      workers.delete(worker);
      void worker.stop();
    }
    running -= 1;
    waiting.shift()?.();
  }

  return {
    definition,
    async invoke(event, requestId = randomUUID()) {
      const { reservedConcurrency } = definition;
      if (reservedConcurrency !== undefined && running + waiting.length >= reservedConcurrency) {
        throw new TooManyRequests(
          `Rate Exceeded: ${definition.name} reserves ${reservedConcurrency} at once`,
        );
      }
      if (running >= maximumWorkers) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      running += 1;
      const worker = take();
      const result = await worker.invoke({
        requestId,
        event,
        functionName: definition.name,
        functionArn: definition.arn,
        memoryMegabytes: definition.memoryMegabytes,
        logGroupName: definition.logGroupName,
        logStreamName: options.environment.AWS_LAMBDA_LOG_STREAM_NAME ?? '',
      });
      giveBack(worker);
      return withinSizeLimit(result);
    },
    async prewarm() {
      if (workers.size === 0) {
        const worker = start();
        await worker.started;
        idle.push(worker);
      }
    },
    async close() {
      await Promise.all([...workers].map((worker) => worker.stop()));
    },
  };
}

function withinSizeLimit(result: FunctionResult): FunctionResult {
  if (Buffer.byteLength(result.payload) <= maximumPayloadBytes) {
    return result;
  }
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${maximumPayloadBytes} bytes).`;
  return {
    payload: JSON.stringify({ errorType: 'Function.ResponseSizeTooLarge', errorMessage }),
    functionError: 'Unhandled',
  };
}
