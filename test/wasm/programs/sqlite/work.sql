-- Tables, indexes, joins, windows, full text, blobs, sorting and a vacuum: most of an engine at work.
PRAGMA journal_mode = DELETE;
CREATE TABLE numbers (n INTEGER PRIMARY KEY, square INTEGER, word TEXT);
CREATE INDEX by_word ON numbers (word);
BEGIN;
WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 20000)
INSERT INTO numbers SELECT n, n * n, printf('%05x-%d', n * 2654435761 % 1048576, n % 97) FROM counter;
COMMIT;
SELECT count(*), sum(square), min(word), max(word) FROM numbers;
SELECT substr(word, 1, 2) AS head, count(*), round(avg(sqrt(square)), 3)
  FROM numbers GROUP BY head ORDER BY 2 DESC, 1 LIMIT 5;
SELECT count(*) FROM numbers a JOIN numbers b ON b.n = a.n * 7 % 20011 WHERE a.word < b.word;
SELECT n, word, rank() OVER (ORDER BY word DESC) FROM numbers ORDER BY word DESC LIMIT 3;
SELECT round(sum(sin(n) * exp(-n / 1e4)), 9) FROM numbers;
CREATE VIRTUAL TABLE texts USING fts5 (body);
INSERT INTO texts SELECT 'task ' || n || ' is ' || word || CASE WHEN n % 3 THEN ' open' ELSE ' closed' END
  FROM numbers WHERE n <= 3000;
SELECT count(*) FROM texts WHERE texts MATCH 'closed NOT open';
SELECT body FROM texts WHERE texts MATCH 'task AND 2997';
UPDATE numbers SET word = lower(hex(randomblob(4))) WHERE n % 1000 = 0;
DELETE FROM numbers WHERE n % 2 = 0;
VACUUM;
PRAGMA integrity_check;
SELECT count(*), (SELECT page_count FROM pragma_page_count()) FROM numbers;
SELECT sqlite_version(), datetime('now');
