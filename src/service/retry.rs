//! Writing what was planned while others change the same things.

use tracing::{Instrument, debug_span};

use super::{Error, ErrorKind, Result};
use crate::{
    Context,
    storage::{Change, Changes},
};

/// Maximum number of attempts.
const MAX_ATTEMPTS: usize = 5;

/// Commits the changes of `plan` and returns its result. If somebody else was quicker it is planned
/// anew, since what they did may change what it comes to. Where nothing is to be changed nothing is
/// committed.
///
/// Errors: those of `plan`, and of the commit; 409 if somebody else is quicker every time.
pub(super) async fn retry_on_conflict<T, Planning>(
    ctx: &Context,
    plan: impl Fn() -> Planning,
) -> Result<T>
where
    Planning: Future<Output = Result<(Changes, T)>>,
{
    for _ in 0..MAX_ATTEMPTS {
        let (changes, outcome) = plan().instrument(debug_span!("plan")).await?;
        if changes.is_empty() {
            return Ok(outcome);
        }
        let has = |matches: fn(&Change) -> bool| changes.iter().any(matches);
        let queues = has(|change| matches!(change, Change::PutJob { .. }));
        let delivers = has(|change| matches!(change, Change::Deliver(_)));
        let span = debug_span!("commit", changes = changes.len());
        let committed = ctx.storage().commit(changes).instrument(span).await;
        match committed.map_err(Error::from) {
            Ok(()) => {
                if queues {
                    ctx.app().wake_workers();
                }
                if delivers {
                    ctx.app().wake_sender();
                }
                return Ok(outcome);
            }
            Err(error) if error.kind() == ErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "This is being changed by others all the time; try again.",
    )
    .phrased("failure-conflict"))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::{
        App,
        app::AppParts,
        context::Caller,
        model::{Nickname, Stream},
        storage::Change,
    };

    #[tokio::test]
    async fn conflict_is_retried_a_bounded_number_of_times() {
        let ctx = App::new(AppParts::of_a_test("https://h.example")).context(Caller::Server);
        let nobody = &Nickname::parse("nobody").unwrap();
        let times = &Cell::new(0);
        let free_at = |free: usize| async move {
            times.set(times.get() + 1);
            let change = if times.get() < free {
                Change::RemoveAccount(nobody.clone())
            } else {
                Change::Clear(Stream::OrphanedUploads)
            };
            Ok((vec![change], times.get()))
        };
        assert_eq!(retry_on_conflict(&ctx, || free_at(3)).await.unwrap(), 3);
        times.set(0);
        let refused = retry_on_conflict(&ctx, || free_at(usize::MAX))
            .await
            .unwrap_err();
        assert_eq!(
            (refused.kind(), times.get()),
            (ErrorKind::Conflict, MAX_ATTEMPTS)
        );
        times.set(0);
        let failing = async || {
            times.set(times.get() + 1);
            Err::<(Changes, ()), _>(Error::gone())
        };
        let failed = retry_on_conflict(&ctx, failing).await.unwrap_err();
        assert_eq!((failed.kind(), times.get()), (ErrorKind::Gone, 1));
    }
}
