//! Signatures of draft-cavage-http-signatures-12, in.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};

use super::{
    Algorithm, Claim, MAX_COMPONENTS, SIGNATURE, SignatureError, SignedRequest,
    digest::{DIGEST, check_digest},
    lifetime, malformed, refused,
};

/// Name of the pseudo-header for the method and the target.
pub(super) const REQUEST_TARGET: &str = "(request-target)";

/// Name of the pseudo-header for the time at which the signature was made.
const CREATED: &str = "(created)";

/// Name of the pseudo-header for the time until which it counts.
const EXPIRES: &str = "(expires)";

/// Reads the `Signature` header.
pub(super) fn parse(
    request: &SignedRequest<'_>,
    now: DateTime<Utc>,
) -> Result<Claim, SignatureError> {
    let header = request.bounded_header(SIGNATURE)?;
    let parameters = Parameters::parse(&header)?;
    let algorithm = parameters.algorithm()?;
    parameters.check_coverage(request)?;
    parameters.check_lifetime(request, now)?;
    if parameters.covers(DIGEST) {
        check_digest(request)?;
    }
    let targets = request.targets();
    let targets = targets.iter();
    let signing_strings = targets.map(|target| parameters.signing_string(request, target));
    let signing_strings = signing_strings.collect::<Result<_, _>>()?;
    let signature = STANDARD
        .decode(parameters.signature)
        .map_err(|_| malformed("the signature is no Base64"))?;
    Claim::new(parameters.key_id, algorithm, signature, signing_strings)
}

/// Parameters of a signature.
#[derive(Debug, Default)]
struct Parameters<'a> {
    key_id: &'a str,
    signature: &'a str,
    algorithm: Option<&'a str>,
    /// The names of what is covered, in lower case.
    headers: Vec<String>,
    created: Option<&'a str>,
    expires: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn parse(header: &'a str) -> Result<Self, SignatureError> {
        let (mut key_id, mut signature, mut headers) = (None, None, None);
        let mut found = Self::default();
        let mut rest = header.trim();
        while !rest.is_empty() {
            let (name, value, after) = parameter(rest)?;
            rest = after;
            let place = match name {
                "keyId" => &mut key_id,
                "signature" => &mut signature,
                "headers" => &mut headers,
                "algorithm" => &mut found.algorithm,
                "created" => &mut found.created,
                "expires" => &mut found.expires,
                _ => continue,
            };
            if place.replace(value).is_some() {
                return Err(malformed(format!("{name} is there more than once")));
            }
        }
        found.key_id = key_id.ok_or_else(|| malformed("keyId is missing"))?;
        found.signature = signature.ok_or_else(|| malformed("signature is missing"))?;
        let headers = headers.unwrap_or(CREATED).split_ascii_whitespace();
        found.headers = headers.map(str::to_ascii_lowercase).collect();
        if found.headers.len() > MAX_COMPONENTS {
            return Err(malformed("it covers too many headers"));
        }
        Ok(found)
    }

    fn covers(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header == name)
    }

    /// The older name stands for RSA with SHA-256, and the younger one for whatever the key is made
    /// for. Pseudo-headers of time belong to the latter.
    fn algorithm(&self) -> Result<Option<Algorithm>, SignatureError> {
        match self.algorithm.map(str::to_ascii_lowercase).as_deref() {
            Some("rsa-sha256") if self.covers(CREATED) || self.covers(EXPIRES) => Err(refused(
                "(created) and (expires) do not go with the algorithm rsa-sha256",
            )),
            Some("rsa-sha256") => Ok(Some(Algorithm::Rsa)),
            None | Some("hs2019") => Ok(None),
            Some(_) => Err(refused("the algorithm is not rsa-sha256 or hs2019")),
        }
    }

    fn check_coverage(&self, request: &SignedRequest<'_>) -> Result<(), SignatureError> {
        for name in [REQUEST_TARGET, "host"] {
            if !self.covers(name) {
                return Err(refused(format!("it does not cover {name}")));
            }
        }
        if !self.covers("date") && !self.covers(CREATED) {
            return Err(refused("it covers neither date nor (created)"));
        }
        if request.needs_digest() && !self.covers(DIGEST) {
            return Err(refused("it does not cover digest"));
        }
        Ok(())
    }

    fn check_lifetime(
        &self,
        request: &SignedRequest<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), SignatureError> {
        let created = if self.covers(CREATED) {
            time(self.created, "created")?
        } else {
            let date = request.header("date")?;
            let date = DateTime::parse_from_rfc2822(&date);
            date.map_err(|_| malformed("the header date is no date"))?
                .to_utc()
        };
        let mut expires = None;
        if self.covers(EXPIRES) || self.expires.is_some() {
            let named = time(self.expires, "expires")?;
            let is_signed = self.covers(EXPIRES);
            expires = Some(if is_signed {
                named
            } else {
                lifetime::unsigned_end(created, named)
            });
        }
        lifetime::check(created, expires, now)
    }

    /// The string that was signed, if it was for this target (section 2.3).
    fn signing_string(
        &self,
        request: &SignedRequest<'_>,
        target: &str,
    ) -> Result<String, SignatureError> {
        let mut lines = Vec::with_capacity(self.headers.len());
        for name in &self.headers {
            let value = match name.as_str() {
                REQUEST_TARGET => format!("{} {target}", request.method.to_ascii_lowercase()),
                CREATED => self.created.unwrap_or_default().to_owned(),
                EXPIRES => self.expires.unwrap_or_default().to_owned(),
                "host" => request.authority.to_owned(),
                _ => request.header(name)?,
            };
            lines.push(format!("{name}: {value}"));
        }
        Ok(lines.join("\n"))
    }
}

/// Reads `name="value"` or `name=value`, and what comes after it and its comma.
fn parameter(text: &str) -> Result<(&str, &str, &str), SignatureError> {
    let (name, rest) = text
        .split_once('=')
        .ok_or_else(|| malformed("a parameter has no value"))?;
    let rest = rest.trim_start();
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted
            .split_once('"')
            .ok_or_else(|| malformed("a quote is not closed"))?,
        None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
    };
    let rest = rest.trim_start();
    let after = match rest.strip_prefix(',') {
        Some(after) => after,
        None if rest.is_empty() => rest,
        None => return Err(malformed("parameters are not separated by commas")),
    };
    Ok((name.trim(), value.trim(), after.trim_start()))
}

/// Reads seconds since 1970; fractions are cut off.
fn time(value: Option<&str>, name: &'static str) -> Result<DateTime<Utc>, SignatureError> {
    let value = value.ok_or_else(|| malformed(format!("{name} is missing")))?;
    let seconds = value.split('.').next().unwrap_or_default();
    let seconds = seconds.parse();
    lifetime::from_seconds(seconds.map_err(|_| malformed(format!("{name} is no number")))?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn malformed_headers_are_told_apart() {
        for (header, reason) in [
            ("", "keyId is missing"),
            ("keyId=\"a\"", "signature is missing"),
            ("keyId", "a parameter has no value"),
            ("keyId=\"a", "a quote is not closed"),
            (
                "keyId=\"a\" signature=\"b\"",
                "parameters are not separated by commas",
            ),
            ("keyId=\"a\",keyId=\"b\"", "keyId is there more than once"),
        ] {
            let error = Parameters::parse(header).unwrap_err();
            assert_eq!(error, malformed(reason), "{header}");
        }
        let many = format!("keyId=a,signature=b,headers=\"{}\"", "date ".repeat(33));
        assert!(Parameters::parse(&many).is_err());
    }

    #[test]
    fn parameters_are_read_with_and_without_quotes() {
        let header =
            r#" keyId="k#1" , created=12,x=y,headers="Host  (request-target)",signature="a+/=""#;
        let read = Parameters::parse(header).unwrap();
        assert_eq!((read.key_id, read.signature), ("k#1", "a+/="));
        assert_eq!((read.created, read.algorithm), (Some("12"), None));
        assert_eq!(read.headers, ["host", "(request-target)"]);
    }

    proptest! {
        #[test]
        fn no_header_makes_the_parser_panic(header in "(keyId|[ ,=\"a]){0,20}") {
            let _ = Parameters::parse(&header);
        }
    }
}
