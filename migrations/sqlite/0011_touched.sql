-- Nothing: SQLite itself tells what other processes wrote.
SELECT 1;
