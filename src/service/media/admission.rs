//! Admission of uploads that are under way, by the bytes that have arrived.

use crate::{
    Context,
    app::Pass,
    model::Account,
    service::{Error, ErrorKind, Result, pace::Pace},
};

/// Bytes that are admitted at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Admission of an upload, which is kept until the upload is done.
pub(crate) struct UploadAdmission {
    ctx: Context,
    account: String,
    /// Most bytes that may arrive.
    length: usize,
    admitted: usize,
    arrived: usize,
    passes: Vec<Pass>,
    pace: Pace,
}

/// Admits the first bytes of an upload of at most `length` bytes, which is still to be read.
///
/// Errors: 503 while too many uploads are under way.
pub(crate) async fn admit(
    ctx: &Context,
    account: &Account,
    length: usize,
) -> Result<UploadAdmission> {
    let pace = Pace::default();
    let mut admission = UploadAdmission::new(ctx, account.nickname.as_str(), length, pace);
    admission.admit_piece().await?;
    Ok(admission)
}

impl UploadAdmission {
    /// An upload of which nothing is admitted yet.
    fn new(ctx: &Context, account: &str, length: usize, pace: Pace) -> Self {
        Self {
            ctx: ctx.clone(),
            account: account.to_owned(),
            length,
            admitted: 0,
            arrived: 0,
            passes: Vec::new(),
            pace,
        }
    }

    /// An upload with no time left to wait for more of it.
    #[cfg(test)]
    pub(crate) fn out_of_time(ctx: &Context, account: &str, length: usize) -> Self {
        Self::new(ctx, account, length, Pace::spent())
    }

    /// Waits for more of the upload.
    ///
    /// Errors: 408 if it is too slow on the whole.
    pub(crate) async fn wait<T>(&mut self, next: impl Future<Output = T>) -> Result<T> {
        let slow = |_| {
            Error::new(ErrorKind::TooSlow, "The upload came too slowly.")
                .phrased("failure-too-slow")
        };
        self.pace.wait(next).await.map_err(slow)
    }

    /// Counts bytes that have arrived, and waits for room if they are more than was admitted.
    ///
    /// Errors: 503 while too many uploads are under way.
    pub(crate) async fn count(&mut self, bytes: usize) -> Result<()> {
        self.pace.count(bytes);
        self.arrived += bytes;
        if self.arrived > self.admitted {
            self.admit_piece().await?;
        }
        Ok(())
    }

    async fn admit_piece(&mut self) -> Result<()> {
        let piece = PIECE_BYTES
            .min(self.length.saturating_sub(self.admitted))
            .max(self.arrived - self.admitted);
        let pass = self.ctx.app().admit_upload(&self.account, piece).await;
        self.passes.push(pass.ok_or_else(|| {
            let message = "Too many uploads are under way. Try again in a moment.";
            Error::new(ErrorKind::Unavailable, message)
        })?);
        self.admitted += piece;
        Ok(())
    }
}
