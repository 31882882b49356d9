-- Nothing: PostgreSQL looks for streams that are not there in the index of all of them, which is no slower.
SELECT 1;
