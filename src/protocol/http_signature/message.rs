//! HTTP Message Signatures (RFC 9421), in; and the strings that are signed.

use chrono::{DateTime, Utc};
use sfv::{BareItem, Dictionary, InnerList, ListEntry, ListSerializer, Parser};

use super::{
    Algorithm, Claim, MAX_COMPONENTS, SIGNATURE, SignatureError, SignedRequest,
    digest::{CONTENT_DIGEST, check_content_digest},
    lifetime, malformed, refused,
};

/// Name of the header for what signatures cover.
pub(super) const SIGNATURE_INPUT: &str = "signature-input";

/// Name of the algorithm with which we sign, and of the other one that is verified.
pub(super) const ALGORITHM: &str = "rsa-v1_5-sha256";
const ED25519: &str = "ed25519";

/// Maximum signatures of one request.
const MAX_SIGNATURES: usize = 4;

/// Reads the headers `Signature-Input` and `Signature`. The first signature that is accepted
/// counts.
pub(super) fn parse(
    request: &SignedRequest<'_>,
    now: DateTime<Utc>,
) -> Result<Claim, SignatureError> {
    let inputs = dictionary(request, SIGNATURE_INPUT)?;
    let signatures = dictionary(request, SIGNATURE)?;
    if inputs.len() > MAX_SIGNATURES {
        return Err(malformed("there are too many signatures"));
    }
    let mut failure = None;
    for (label, input) in &inputs {
        let signature = signatures.get(label).and_then(|entry| match entry {
            ListEntry::Item(item) => item.bare_item.as_byte_sequence(),
            ListEntry::InnerList(_) => None,
        });
        match read_signature(request, input, signature, now) {
            Ok(claim) => return Ok(claim),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    Err(failure.unwrap_or(SignatureError::Unsigned))
}

fn dictionary(
    request: &SignedRequest<'_>,
    name: &'static str,
) -> Result<Dictionary, SignatureError> {
    let header = request.bounded_header(name)?;
    let parsed = Parser::new(&header).parse();
    parsed.map_err(|_| malformed(format!("the header {name} is no dictionary")))
}

fn read_signature(
    request: &SignedRequest<'_>,
    input: &ListEntry,
    signature: Option<&[u8]>,
    now: DateTime<Utc>,
) -> Result<Claim, SignatureError> {
    let ListEntry::InnerList(input_list) = input else {
        return Err(malformed("a signature input is no list"));
    };
    let text = |name| input_list.params.get(name).and_then(BareItem::as_string);
    let key_id = text("keyid").ok_or_else(|| malformed("keyid is missing"))?;
    let algorithm = match text("alg").map(sfv::StringRef::as_str) {
        None => None,
        Some(ALGORITHM) => Some(Algorithm::Rsa),
        Some(ED25519) => Some(Algorithm::Ed25519),
        Some(_) => return Err(refused("the algorithm is not rsa-v1_5-sha256 or ed25519")),
    };
    let created = time(input_list, "created")?.ok_or_else(|| refused("created is missing"))?;
    lifetime::check(created, time(input_list, "expires")?, now)?;
    let names = component_names(input_list)?;
    check_coverage(&names, request)?;
    if names.contains(&CONTENT_DIGEST) {
        check_content_digest(request)?;
    }
    let signature = signature.ok_or_else(|| malformed("there is no signature for an input"))?;
    let mut parameters = ListSerializer::new();
    parameters.members([input]);
    let parameters = parameters.finish().unwrap_or_default();
    let targets = request.targets();
    let targets = targets.iter();
    let bases = targets.map(|target| signature_base(request, &names, &parameters, target));
    let bases = bases.collect::<Result<_, _>>()?;
    Claim::new(key_id.as_str(), algorithm, signature.to_vec(), bases)
}

fn time(input: &InnerList, name: &str) -> Result<Option<DateTime<Utc>>, SignatureError> {
    let Some(value) = input.params.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_integer().map(i64::from);
    let seconds = seconds.ok_or_else(|| malformed("a time is no whole number"))?;
    lifetime::from_seconds(seconds).map(Some)
}

/// The names of what is covered. Parameters would cover a part or another form of it.
fn component_names(input: &InnerList) -> Result<Vec<&str>, SignatureError> {
    if input.items.len() > MAX_COMPONENTS {
        return Err(malformed("it covers too many components"));
    }
    let mut names = Vec::with_capacity(input.items.len());
    for item in &input.items {
        let name = item.bare_item.as_string();
        let name = name.ok_or_else(|| malformed("a component is no string"))?;
        if !item.params.is_empty() {
            return Err(refused("components with parameters are not supported"));
        }
        if names.contains(&name.as_str()) {
            return Err(malformed("a component is there more than once"));
        }
        names.push(name.as_str());
    }
    Ok(names)
}

fn check_coverage(names: &[&str], request: &SignedRequest<'_>) -> Result<(), SignatureError> {
    check_target(names)?;
    if request.needs_digest() && !names.contains(&CONTENT_DIGEST) {
        return Err(refused("it does not cover content-digest"));
    }
    Ok(())
}

/// Checks that a signature counts for one target on one host only.
pub(super) fn check_target(names: &[&str]) -> Result<(), SignatureError> {
    let covers = |name| names.contains(&name);
    if !covers("@method") {
        return Err(refused("it does not cover @method"));
    }
    let covers_path = covers("@path") || covers("@request-target");
    let covers_target = covers("@target-uri") || (covers("@authority") && covers_path);
    if !covers_target {
        return Err(refused(
            "it covers neither @target-uri nor @authority and @path",
        ));
    }
    Ok(())
}

/// The string that was signed, if it was for this target (section 2.5).
pub(super) fn signature_base(
    request: &SignedRequest<'_>,
    names: &[&str],
    parameters: &str,
    target: &str,
) -> Result<String, SignatureError> {
    let mut base = String::new();
    for &name in names {
        let value = match name {
            "@method" => request.method.to_owned(),
            "@target-uri" => format!("{}://{}{target}", request.scheme, request.authority),
            "@authority" => request.authority.to_ascii_lowercase(),
            "@scheme" => request.scheme.to_owned(),
            "@request-target" => target.to_owned(),
            "@path" => request.path.to_owned(),
            "@query" => format!("?{}", request.query.unwrap_or_default()),
            derived if derived.starts_with('@') => {
                return Err(refused(format!("{derived} is not supported")));
            }
            header if header.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                return Err(malformed("the name of a header is not in lower case"));
            }
            header => request.header(header)?,
        };
        base.extend(["\"", name, "\": ", &value, "\n"]);
    }
    base.extend(["\"@signature-params\": ", parameters]);
    Ok(base)
}
