-- Nothing: SQLite has no functions, and its statements are in the program.
SELECT 1;
