-- Run in the folder of the bundle: duckdb < snippets/duckdb.sql
-- DuckDB reads the files where they lie; nothing has to be imported.

-- How much there is.
SELECT count(*) AS rows,
       count(*) FILTER (WHERE kind = 'message') AS messages,
       count(*) FILTER (WHERE kind = 'service') AS service_messages,
       count(DISTINCT channel_id) AS channels
FROM 'data/messages.parquet';

-- Each channel: messages, views, and how complete it is.
SELECT m.channel_id, any_value(m.channel_username) AS channel_username,
       count(*) AS messages, sum(m.views) AS views, min(m.date) AS oldest, max(m.date) AS newest,
       any_value(r.absent) AS absent_ids
FROM 'data/messages.parquet' m
LEFT JOIN (SELECT channel_id, arg_max(absent, finished_at) AS absent FROM 'data/receipts.parquet' GROUP BY channel_id) r
       ON r.channel_id = m.channel_id
WHERE m.kind = 'message'
GROUP BY m.channel_id
ORDER BY messages DESC, m.channel_id;

-- Messages per month.
SELECT date_trunc('month', date AT TIME ZONE 'UTC') AS month, count(*) AS messages
FROM 'data/messages.parquet'
WHERE kind = 'message'
GROUP BY month
ORDER BY month;

-- Where forwards come from.
SELECT forward_from_id, any_value(forward_from_username) AS forward_from_username, count(*) AS messages
FROM 'data/messages.parquet'
WHERE forward_from_type = 'channel'
GROUP BY forward_from_id
ORDER BY messages DESC, forward_from_id;

-- Hashtags, one row for each, in lower case: in how many messages each stands.
SELECT hashtag, count(*) AS messages
FROM (SELECT DISTINCT channel_id, message_id, lower(unnest(hashtags)) AS hashtag FROM 'data/messages.parquet')
GROUP BY hashtag
ORDER BY messages DESC, hashtag
LIMIT 25;

-- Reactions, one row for each kind.
SELECT r.reaction.emoji AS emoji, sum(r.reaction.count)::BIGINT AS given
FROM (SELECT unnest(reactions) AS reaction FROM 'data/messages.parquet') r
WHERE r.reaction.emoji IS NOT NULL
GROUP BY emoji
ORDER BY given DESC, emoji
LIMIT 25;

-- Anything Telegram sent, out of the whole object. What is imported may have none,
-- or one that is no JSON: json_valid leaves these out.
SELECT message_id, json_extract_string(raw, '$.media._') AS media, json_extract(raw, '$.media.photo.dc_id') AS data_centre
FROM 'data/messages.parquet'
WHERE media_type = 'MessageMediaPhoto' AND json_valid(raw)
ORDER BY channel_id, message_id
LIMIT 25;
