//! Social activities and their effects (pump-api 7 and 8).

mod barriers;
mod notes;
mod people;
mod responses;
