//! Settings of metrics.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::values;
use crate::model::Secret;

/// Settings of metrics.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetricsSection {
    /// The address and port that serve them; `None` for none.
    #[serde(with = "optional_address")]
    pub listen: Option<SocketAddr>,
    /// The bearer token for which the server itself shows them; empty for none.
    #[serde(serialize_with = "values::redacted")]
    pub token: Secret,
}

mod optional_address {
    //! An address and a port; empty when there is none.

    use std::net::SocketAddr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<SocketAddr>, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            D::Error::custom(format!(
                "must be an address and a port, such as 127.0.0.1:9100, or empty, not \"{text}\""
            ))
        })
    }

    #[allow(clippy::ref_option, reason = "the signature is serde's")]
    pub(super) fn serialize<S: Serializer>(
        address: &Option<SocketAddr>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match address {
            Some(address) => to.collect_str(address),
            None => to.serialize_str(""),
        }
    }
}
