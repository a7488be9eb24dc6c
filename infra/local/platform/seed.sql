-- $users, $openPositions, $trades are replaced by whole numbers. Each open position has one trade (the first one two, if the
-- number does not divide), each closed one the trade that opened and the trade that closed it; one trade a second until now.

INSERT INTO trades (id, user_id, position_id, symbol, side, quantity, price, fee, created_at)
SELECT trade.id, 1 + (trade.position_id * 7919) % $users, trade.position_id,
       (ARRAY['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD'])[1 + trade.position_id % 4],
       CASE WHEN (trade.position_id % 2 = 0) = trade.opens THEN 'BUY' ELSE 'SELL' END,
       (1 + trade.position_id % 50) * 0.1, 100 + trade.position_id % 900 + CASE WHEN trade.opens THEN 0 ELSE 3 END, 0.1,
       now() - ($trades - trade.id) * interval '1 second'
FROM (
  SELECT id,
         CASE
           WHEN id <= $openPositions THEN id
           WHEN id = $trades AND ($trades - $openPositions) % 2 = 1 THEN 1
           ELSE $openPositions + (id - $openPositions + 1) / 2
         END AS position_id,
         id <= $openPositions OR (id - $openPositions) % 2 = 1 AS opens
  FROM generate_series(1::bigint, $trades) AS id
) AS trade;

INSERT INTO positions (id, user_id, exchange, symbol, side, quantity, entry_price, stop_price, status, opened_at)
SELECT position_id, min(user_id), CASE position_id % 3 WHEN 0 THEN 'kraken' ELSE 'binance' END, min(symbol),
       CASE position_id % 2 WHEN 0 THEN 'LONG' ELSE 'SHORT' END,
       sum(CASE WHEN (side = 'BUY') = (position_id % 2 = 0) THEN quantity ELSE -quantity END),
       (array_agg(price ORDER BY id))[1],
       (array_agg(price ORDER BY id))[1] * CASE position_id % 2 WHEN 0 THEN 0.95 ELSE 1.05 END,
       CASE WHEN position_id <= $openPositions THEN 'OPEN' ELSE 'CLOSED' END, min(created_at)
FROM trades
GROUP BY position_id;

INSERT INTO user_accounts (id, email, balance, deposited, created_at)
SELECT account.id, 'user-' || account.id || '@example.com', 1000000 - coalesce(fees.paid, 0), 1000000,
       now() - interval '90 days'
FROM generate_series(1::bigint, $users) AS account (id)
LEFT JOIN (SELECT user_id, sum(fee) AS paid FROM trades GROUP BY user_id) AS fees ON fees.user_id = account.id;

INSERT INTO user_sessions (id, user_id, last_seen_at)
SELECT id, id, now() - (id % 1200) * interval '1 second' FROM generate_series(1::bigint, $users) AS id;

-- The trading services number what they write themselves, so that no number is used twice, not even after a restore.
-- Rows that people insert by hand are numbered from far away.
ALTER TABLE user_accounts ALTER COLUMN id RESTART WITH 1000000000000;
ALTER TABLE user_sessions ALTER COLUMN id RESTART WITH 1000000000000;
ALTER TABLE positions ALTER COLUMN id RESTART WITH 1000000000000;
ALTER TABLE trades ALTER COLUMN id RESTART WITH 1000000000000;

ANALYZE;
