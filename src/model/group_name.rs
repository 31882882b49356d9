//! Names of the groups of this server, by which servers of `ActivityPub` know them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// Beginning of the name of a group. After it comes the uuid, in hexadecimal digits: others fold
/// case.
const PREFIX: &str = "group_";

/// Number of these digits.
const DIGITS: usize = 32;

/// Returns the name of the group with a uuid, which stays whatever the group is called. `None` for
/// a uuid of another form.
pub(crate) fn group_name(uuid: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(uuid).ok()?;
    let uuid = Uuid::from_slice(&bytes).ok()?;
    Some(format!("{PREFIX}{}", uuid.simple()))
}

/// Returns the uuid of the group with a name, in whatever case. No person is given such a name.
pub(crate) fn uuid_of_group(name: &str) -> Option<String> {
    let (prefix, digits) = name.split_at_checked(PREFIX.len())?;
    let is_name = prefix.eq_ignore_ascii_case(PREFIX) && digits.len() == DIGITS;
    let uuid = Uuid::try_parse(digits).ok().filter(|_| is_name)?;
    Some(URL_SAFE_NO_PAD.encode(uuid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_is_found_by_its_name_in_any_case() {
        let uuid = "AZL0j3yoc9mRcv_3-Xq1Cg";
        let name = group_name(uuid).unwrap();
        assert_eq!(name, "group_0192f48f7ca873d99172fff7f97ab50a");
        for spelling in [name.to_uppercase(), name] {
            assert_eq!(uuid_of_group(&spelling).unwrap(), uuid);
        }
        assert_eq!(group_name("short"), None);
        for other in [
            "alice",
            "group_",
            "group_é",
            "group_0192f48f-7ca8-73d9-9172",
        ] {
            assert_eq!(uuid_of_group(other), None, "{other}");
        }
    }
}
