import { z } from 'zod';
import { named } from './task.ts';

/** One wrong field of a request. */
export const ProblemField = z.object({ field: z.string(), detail: z.string() });

/** RFC 9457 problem details, as every error of the API is told. */
export const Problem = z.object({
  /** Always `about:blank#<name>`: the name is the contract, there is no page behind it. */
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  /** The request id to quote to whoever reads the logs. */
  instance: z.string(),
  errors: z.array(ProblemField).optional(),
});
export type Problem = z.infer<typeof Problem>;

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
