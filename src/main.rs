//! The `hydraulics` command.

fn main() {}
