import * as z from 'zod';

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
