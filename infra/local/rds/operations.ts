import type { RdsContext } from './rds-context.ts';
import type { QueryFields } from './rds-query.ts';

/**
 * One operation of the RDS API: takes the fields of a request, and returns the content of its Result element.
 *
 * @throws {RdsRequestRefused} with the error code that RDS would answer.
 */
type Operation = (context: RdsContext, fields: QueryFields) => object | Promise<object>;

/** Operations by the name that the request's Action field has. */
export type Operations = Readonly<Record<string, Operation>>;
