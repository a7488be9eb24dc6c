import middy from '@middy/core';
import type * as z from 'zod';
import { type Clock, systemClock } from './clock.ts';
import { environment } from './environment.ts';
import { describeIssues, InvalidInput, InvalidOutput, isTransient, ServiceUnavailable } from './errors.ts';
import { logger } from './logger.ts';

/** What `run` may use besides its input. */
interface TaskTools<Env> {
  readonly env: Env;
  readonly clock: Clock;
}

/** A function that a state machine or a schedule calls. */
export interface TaskDefinition<Input extends z.ZodType, Output extends z.ZodType, Env extends z.ZodType> {
  /** The state's name, e.g. `HaltTrading`. */
  readonly name: string;
  readonly input: Input;
  readonly output: Output;
  readonly env: Env;
  readonly run: (input: z.infer<Input>, tools: TaskTools<z.infer<Env>>) => Promise<z.input<Output>>;
}

/**
 * Wraps a task: validates input, environment and output, logs, and lets named errors through to the state machine.
 * @throws {InvalidInput} naming each wrong field.
 * @throws {ServiceUnavailable} for what is worth another try.
 */
export function task<Input extends z.ZodType, Output extends z.ZodType, Env extends z.ZodType>(
  definition: TaskDefinition<Input, Output, Env>,
  clock: Clock = systemClock,
) {
  return taskThat(definition, clock, async (input, tools) =>
    checkOutput(definition, await definition.run(input, tools)),
  );
}

/**
 * A {@link task} that does something with its checked output before it answers.
 * @param execute must run the definition and give back what {@link checkOutput} let through.
 * @throws whatever {@link task} throws.
 */
export function taskThat<Input extends z.ZodType, Output extends z.ZodType, Env extends z.ZodType>(
  definition: TaskDefinition<Input, Output, Env>,
  clock: Clock,
  execute: (input: z.infer<Input>, tools: TaskTools<z.infer<Env>>) => Promise<z.infer<Output>>,
) {
  const handler = async (event: unknown): Promise<z.infer<Output>> => {
    const input = definition.input.safeParse(event);
    if (!input.success) throw new InvalidInput(describeIssues(input.error), { cause: input.error });
    try {
      const env = environment(definition.env);
      return await execute(input.data, { env, clock });
    } catch (error) {
      throw named(error);
    }
  };
  return middy(handler)
    .before(({ event }) => {
      logger().info(`${definition.name} entered`, { input: withoutSecrets(event) });
    })
    .onError(({ error }) => {
      if (!(error instanceof Error)) return;
      logger().error(`${definition.name} failed`, { error });
      // The log has the stack; the state machine, and whoever reads its history, gets name and message.
      error.stack = `${error.name}: ${error.message}`;
    });
}

/**
 * What a task answered, as its contract has it.
 * @throws {InvalidOutput} naming each wrong field.
 */
export function checkOutput<Output extends z.ZodType>(
  { name, output }: { readonly name: string; readonly output: Output },
  answer: z.input<Output>,
): z.infer<Output> {
  const result = output.safeParse(answer);
  if (!result.success)
    throw new InvalidOutput(`${name}: ${describeIssues(result.error)}`, { cause: result.error });
  return result.data;
}

/** The error as the state machine shall see it: what is worth another try has one name, everything else keeps its own. */
export function named(error: unknown): Error {
  if (error instanceof ServiceUnavailable) return error;
  if (isTransient(error)) {
    const { name, message } = error as Error;
    return new ServiceUnavailable(`${name}: ${message}`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** A task token lets whoever has it decide, a password lets him in: neither ever reaches the logs. */
function withoutSecrets(event: unknown): unknown {
  if (event === null || typeof event !== 'object') return event;
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [
      name,
      name === 'taskToken' || name === 'password' ? '(hidden)' : value,
    ]),
  );
}
