//! Stub until merge.
use super::{Error, Result};
use crate::{Context, model::Secret};
/// x
pub fn acceptable(p: &str) -> Result<()> {
    if p.len() < 8 {
        Err(Error::bad_request("Bad password"))
    } else {
        Ok(())
    }
}
/// x
pub async fn hash(_: &Context, p: &str) -> Result<Secret> {
    Ok(Secret::new(p))
}
