-- What is stored goes out as it was stored: JSON as text, which need not be made from a tree at every read.
ALTER TABLE objects ALTER COLUMN body TYPE json USING body::json;
