import type * as z from 'zod';
import type { Problem, ProblemField } from './problem-details.ts';
import { named } from './task.ts';

/** A request that cannot be served, told to the caller as it is. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly problemName: string;
  readonly fields: readonly z.infer<typeof ProblemField>[];

  constructor(
    status: number,
    problemName: string,
    detail: string,
    fields: readonly z.infer<typeof ProblemField>[] = [],
  ) {
    super(detail);
    this.status = status;
    this.problemName = problemName;
    this.fields = fields;
  }
}

/**
 * Validates a part of a request.
 * @throws {ApiProblem} 400 that names each wrong field.
 */
export function parseRequest<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  root: string,
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ApiProblem(
    400,
    'InvalidInput',
    `The ${root} does not fit`,
    result.error.issues.map(({ path, message }) => ({ field: [root, ...path].join('.'), detail: message })),
  );
}

/** Any error as problem details: known ones as they are, a busy service as 503, everything else as 500 without its inside. */
export function asProblem(error: unknown, requestId: string): Problem {
  if (error instanceof ApiProblem) {
    return {
      type: `about:blank#${error.problemName}`,
      title: error.problemName,
      status: error.status,
      detail: error.message,
      instance: requestId,
      ...(error.fields.length > 0 && { errors: [...error.fields] }),
    };
  }
  const busy = named(error).name === 'ServiceUnavailable';
  return {
    type: busy ? 'about:blank#ServiceUnavailable' : 'about:blank#InternalError',
    title: busy ? 'ServiceUnavailable' : 'InternalError',
    status: busy ? 503 : 500,
    detail: busy
      ? 'A service that this needs did not answer; try again'
      : 'The request failed; quote the instance to support',
    instance: requestId,
  };
}
