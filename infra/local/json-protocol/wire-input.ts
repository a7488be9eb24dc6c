import type { WireInput } from './json-service.ts';
import { ServiceError } from './service-error.ts';

/** The string under `field`. @throws ServiceError `ValidationException` naming the field when it is not there. */
export function requiredString(input: WireInput, field: string): string {
  const value = input[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new ServiceError('ValidationException', `'${field}' must be a non-empty string`);
}

/** The string under `field`, if any. @throws ServiceError `ValidationException` when it is something else. */
export function optionalString(input: WireInput, field: string): string | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new ServiceError('ValidationException', `'${field}' must be a string`);
}

/** The integer under `field`, or the default. @throws ServiceError `ValidationException` outside `minimum`–`maximum`. */
export function integerWithin(
  input: WireInput,
  field: string,
  range: { readonly minimum: number; readonly maximum: number; readonly default: number },
): number {
  const value = input[field] ?? range.default;
  if (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= range.minimum &&
    value <= range.maximum
  ) {
    return value;
  }
  throw new ServiceError(
    'ValidationException',
    `'${field}' must be an integer from ${range.minimum} to ${range.maximum}`,
  );
}

/** The strings under `field`; none when it is absent. @throws ServiceError `ValidationException` for anything else. */
export function stringList(input: WireInput, field: string): readonly string[] {
  const value = input[field] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ServiceError('ValidationException', `'${field}' must be a list of strings`);
}

/** A time as the AWS JSON protocol writes it (seconds since 1970, fractions allowed). */
export function optionalTime(input: WireInput, field: string): Date | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isFinite(value)) return new Date(value * 1000);
  throw new ServiceError('ValidationException', `'${field}' must be a time in epoch seconds`);
}

/** How the AWS JSON protocol writes a time: seconds since 1970 with milliseconds as the fraction. */
export function epochSeconds(time: Date): number {
  return time.getTime() / 1000;
}
