import * as z from 'zod';

/** A decimal number as text, as exchanges and PostgreSQL write sizes. A JSON number is none: it has been rounded already. */
export const DecimalText = z
  .string()
  .regex(/^-?\d{1,38}(\.\d{1,18})?$/, 'must be a decimal number in quotes, such as "-12.5"');
export type DecimalText = z.infer<typeof DecimalText>;
