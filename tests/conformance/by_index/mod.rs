//! Rows that PostgreSQL reads for an operation, and the index it uses: few, however many there are.

mod reads;
mod rows;
mod work;
