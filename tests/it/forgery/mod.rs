//! Forgery and disclosure: no client acts as another, or reads what it may not.

mod disclosure;
mod impersonation;

use crate::support::Session;

/// All that someone sees in their inbox, as text.
async fn inbox(who: &Session) -> String {
    who.feed("inbox?count=200").await.to_string()
}
