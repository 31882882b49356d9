//! How large a stored thing may be, however many changes it took to get there.

use crate::{
    model::{ACTOR_TYPES, Object},
    service::{Error, ErrorKind, Result},
};

/// The most bytes of the JSON of a thing, as it is stored.
const MAX_BYTES: usize = 128 * 1024;

/// The same of persons, groups, lists and others that stand in all that they do or that is for
/// them.
const MAX_ACTOR_BYTES: usize = 16 * 1024;

/// The most bytes of JSON of all that an activity names.
pub(super) const MAX_NAMED_BYTES: usize = 8 * 1024 * 1024;

/// The refusal of an activity that names more.
pub(super) fn too_much_named() -> Error {
    Error::new(
        ErrorKind::TooLarge,
        "What this activity names is too large together.",
    )
    .phrased("failure-too-large")
}

/// Refuses a thing that is too large. Those that were stored before stay as they are.
pub(super) fn check_size(object: &Object) -> Result<()> {
    let kind = object.object_type.as_str();
    let most = if ACTOR_TYPES.contains(&kind) {
        MAX_ACTOR_BYTES
    } else {
        MAX_BYTES
    };
    if object.body.raw().len() <= most {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::TooLarge,
        format!(
            "{} would be too large: a {kind} may have {most} bytes of JSON as it is stored, and no more.",
            object.id
        ),
    ).phrased("failure-too-large"))
}
