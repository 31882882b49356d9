//! An uploaded file.

/// Metadata of an uploaded file; its bytes are in the blob store under the same path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Its path below `/uploads/`, unique in the store: `NICK/YYYY/M/D/NAME.EXT`.
    pub path: String,
    /// The id of the object it belongs to; whoever may read that may read the file.
    pub object: String,
    /// Its media type, `image/png`.
    pub media_type: String,
    /// Its length in bytes.
    pub size: u64,
}

/// The size of all files of an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// How many there are.
    pub files: u64,
    /// How many bytes they have together.
    pub bytes: u64,
}
