//! Bodies that may be JSON, urlencoded or multipart: registrations.

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use bytes::Bytes;
use serde_json::{Map, Value};

use super::{super::body, json};
use crate::{
    App,
    service::{Error, Result},
};

/// Named values from a body of JSON, or of urlencoded or multipart fields, which are strings.
/// Signing parameters in a form are left out; a body of another kind has no fields (pump-api 3,
/// clients T4).
pub(crate) struct Fields(pub(crate) Map<String, Value>);

impl FromRequest<App> for Fields {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let is = |essence| body::is(&parts.headers, essence);
        let (json, form) = (
            is("application/json"),
            is("application/x-www-form-urlencoded"),
        );
        let multipart = is("multipart/form-data");
        let bytes = body::read(body, app.settings().max_body).await?;
        let map = if json {
            json::parse(&bytes)?
        } else if form {
            urlencoded(&bytes)?
        } else if multipart {
            multipart_fields(Request::from_parts(parts, bytes.into())).await?
        } else {
            Map::new()
        };
        Ok(Self(map))
    }
}

fn urlencoded(bytes: &[u8]) -> Result<Map<String, Value>> {
    form_urlencoded::parse(bytes)
        .filter(|(name, _)| !name.starts_with("oauth_"))
        .map(|(name, value)| field(name.into_owned(), value.into_owned()))
        .collect()
}

async fn multipart_fields(mut request: Request) -> Result<Map<String, Value>> {
    let broken = || Error::bad_request("The body is not multipart/form-data.");
    // It is as long as it may be.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| broken())?;
    let mut map = Map::new();
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes: Bytes = part.bytes().await.map_err(|_| broken())?;
        let text = String::from_utf8(bytes.to_vec())
            .map_err(|_| Error::bad_request(format!("The field '{name}' is not UTF-8.")))?;
        map.extend([field(name, text)?]);
    }
    Ok(map)
}

fn field(name: String, value: String) -> Result<(String, Value)> {
    if name.contains('\0') || value.contains('\0') {
        return Err(Error::bad_request("Text can't contain U+0000.").phrased("failure-form"));
    }
    Ok((name, value.into()))
}
