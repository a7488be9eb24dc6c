/**
 * SQL of all that a trade says, as one text that is equal exactly when every field is. Sessions must agree on the time zone.
 * @param alias of the row of `trades`.
 */
export function tradeContentSql(alias: string): string {
  const columns = [
    'id',
    'user_id',
    'position_id',
    'symbol',
    'side',
    'quantity',
    'price',
    'fee',
    'created_at',
  ];
  return `concat_ws('|', ${columns.map((column) => `${alias}.${column}`).join(', ')})`;
}
