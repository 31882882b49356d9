//! Content negotiation (RFC 9110, 12.5.1).

use std::cmp::Ordering;

use axum::http::{HeaderMap, header};
use mime::Mime;

/// The ranges of all `Accept` headers of a request.
pub(super) struct Accept(Vec<Mime>);

/// How much a client wants a media type: first by the quality it gives it, then by how particular
/// it is about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Preference {
    /// From 0, which is not at all, to 1.
    pub(super) quality: f32,
    specificity: u8,
}

impl Accept {
    /// Reads the headers; ranges that can't be read are passed over.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).iter();
        let ranges = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        Self(ranges.flat_map(|range| range.trim().parse()).collect())
    }

    /// How much a media type is wanted, by the most particular of the ranges that it is in.
    pub(super) fn preference(&self, offer: &Mime) -> Preference {
        let wishes = self.0.iter().filter_map(|range| {
            let quality = match range.get_param("q") {
                Some(quality) => quality.as_str().parse().ok()?,
                None => 1.0,
            };
            Some(Preference {
                quality: if quality > 0.0 { quality } else { 0.0 },
                specificity: specificity(range, offer)?,
            })
        });
        wishes
            .reduce(|best, wish| {
                if wish.specificity > best.specificity {
                    wish
                } else {
                    best
                }
            })
            .unwrap_or(Preference {
                quality: 0.0,
                specificity: 0,
            })
    }

    /// Whether a media type itself is wanted, rather than anything or anything like it.
    pub(super) fn names(&self, media_type: &Mime) -> bool {
        let wish = self.preference(media_type);
        wish.quality > 0.0 && wish.specificity >= EXACT_SPECIFICITY
    }

    /// The offer that is wanted most, the first of several; `None` if none is.
    pub(super) fn best<'a, T>(&self, offers: impl Iterator<Item = (&'a Mime, T)>) -> Option<T> {
        let mut best: Option<(Preference, T)> = None;
        for (media_type, offer) in offers {
            let wish = self.preference(media_type);
            let better = best.as_ref().is_none_or(|(known, _)| wish.exceeds(*known));
            if wish.quality > 0.0 && better {
                best = Some((wish, offer));
            }
        }
        best.map(|(_, offer)| offer)
    }
}

impl Preference {
    fn exceeds(self, other: Self) -> bool {
        let by_quality = self.quality.partial_cmp(&other.quality);
        let order = by_quality.unwrap_or(Ordering::Equal);
        order.then(self.specificity.cmp(&other.specificity)) == Ordering::Greater
    }
}

/// How particular a range is that names a media type.
const EXACT_SPECIFICITY: u8 = 2;

/// How particular a range is, if a media type is in it. Of the parameters only `profile` says
/// anything about what something is; several may be named.
fn specificity(range: &Mime, offer: &Mime) -> Option<u8> {
    match (range.type_(), range.subtype()) {
        (mime::STAR, mime::STAR) => return Some(0),
        (main, mime::STAR) if main == offer.type_() => return Some(1),
        _ if range.essence_str() == offer.essence_str() => (),
        _ => return None,
    }
    match (range.get_param("profile"), offer.get_param("profile")) {
        (None, _) => Some(EXACT_SPECIFICITY),
        (Some(wanted), Some(is)) => wanted
            .as_str()
            .split_whitespace()
            .any(|wanted| wanted == is.as_str())
            .then_some(3),
        (Some(_), None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_named_by_whoever_says_it_itself() {
        for (accept, named) in [
            ("text/event-stream", true),
            (
                "application/json;q=0.5, Text/Event-Stream; charset=utf-8",
                true,
            ),
            ("text/event-stream;q=0.1, */*", true),
            ("text/event-stream;q=0", false),
            ("text/event-stream;q=x", false),
            ("text/*", false),
            ("*/*", false),
            ("rubbish", false),
        ] {
            let value = axum::http::HeaderValue::from_static(accept);
            let accepted = Accept::of(&HeaderMap::from_iter([(header::ACCEPT, value)]));
            assert_eq!(accepted.names(&mime::TEXT_EVENT_STREAM), named, "{accept}");
        }
    }
}
