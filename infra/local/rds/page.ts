import { RdsRequestRefused } from './rds-errors.ts';
import { field } from './rds-query.ts';

const MAX_RECORDS = 100;

/** Fields of every request whose answer comes in pages. */
export const page = {
  Marker: field.text.optional(),
  MaxRecords: field.whole.min(20).max(MAX_RECORDS).optional(),
};

/** The page of the items that a request asks for. @throws {RdsRequestRefused} `InvalidParameterValue`. */
export function paged(
  name: string,
  request: { Marker?: string | undefined; MaxRecords?: number | undefined },
  items: readonly object[],
): object {
  const start = Number(request.Marker ?? 0);
  if (!Number.isInteger(start))
    throw new RdsRequestRefused('InvalidParameterValue', 'The Marker is not valid.');
  const end = start + (request.MaxRecords ?? MAX_RECORDS);
  return { [name]: items.slice(start, end), ...(end < items.length && { Marker: String(end) }) };
}
