//! The JSON form of an upload: `{"mimeType", "data"}` with the data in base64.

use std::{borrow::Cow, ops::Range};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use serde::Deserialize;

use super::check_length;
use crate::{
    Context,
    service::{Error, Result},
};

/// Base64 as clients write it: with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How many characters are decoded at a time: some whole groups of four.
const BLOCK_CHARS: usize = 4096;

/// The members that count. Others are passed over, and take no memory.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form<'a> {
    #[serde(borrow)]
    mime_type: Option<Text<'a>>,
    data: Option<Text<'a>>,
}

/// A text that is borrowed from the JSON unless there are escapes in it.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the JSON form of an upload: the media type and the bytes. They are decoded where they are,
/// so that this takes little more memory than the JSON.
pub(crate) async fn parse_json(ctx: &Context, json: Bytes) -> Result<(String, Bytes)> {
    let ctx = ctx.clone();
    let work = tokio::task::spawn_blocking(move || parse(&ctx, json));
    work.await.map_err(Error::internal)?
}

fn parse(ctx: &Context, json: Bytes) -> Result<(String, Bytes)> {
    let json = Vec::from(json);
    if json
        .trim_ascii_start()
        .first()
        .is_some_and(|first| *first != b'{')
    {
        return Err(Error::bad_request("The body must be a JSON object."));
    }
    let form: Form<'_> = serde_json::from_slice(&json)
        .map_err(|error| Error::bad_request(format!("The body is not JSON: {error}.")))?;
    let media_type = form
        .mime_type
        .ok_or_else(|| Error::bad_request("No mime type"))?;
    let media_type = media_type.0.into_owned();
    let data = form.data.ok_or_else(|| Error::bad_request("No data"))?.0;
    check_length(ctx, data.len() / 4 * 3)?;
    let (buffer, place) = match data {
        Cow::Borrowed(text) => {
            let start = text.as_ptr() as usize - json.as_ptr() as usize;
            let place = start..start + text.len();
            (json, place)
        }
        Cow::Owned(text) => {
            drop(json);
            let place = 0..text.len();
            (text.into_bytes(), place)
        }
    };
    let bytes = decode(buffer, place);
    let bytes = bytes.ok_or_else(|| Error::bad_request("'data' is not base64"))?;
    Ok((media_type, bytes.into()))
}

/// Decodes base64 at a place in a buffer, into that buffer. White space is passed over.
fn decode(mut buffer: Vec<u8>, place: Range<usize>) -> Option<Vec<u8>> {
    let mut chars = [0; BLOCK_CHARS];
    let mut decoded = [0; BLOCK_CHARS];
    let (mut read, mut written) = (place.start, 0);
    let mut ended = false;
    loop {
        let mut filled = 0;
        while filled < BLOCK_CHARS && read < place.end {
            if !buffer[read].is_ascii_whitespace() {
                chars[filled] = buffer[read];
                filled += 1;
            }
            read += 1;
        }
        if filled == 0 {
            buffer.truncate(written);
            return Some(buffer);
        }
        if ended {
            return None;
        }
        let length = BASE64.decode_slice(&chars[..filled], &mut decoded).ok()?;
        // Bytes are fewer than characters, so nothing is overwritten that was not read.
        buffer[written..written + length].copy_from_slice(&decoded[..length]);
        written += length;
        // Only the last block may be short or padded.
        ended = length < BLOCK_CHARS / 4 * 3;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_any_length_is_decoded_in_place() {
        for length in [0, 1, 2, 3, 3071, 3072, 3073, 3074, 10_000] {
            let bytes: Vec<u8> = (0..length).map(|n: usize| n.to_le_bytes()[0]).collect();
            let text = BASE64.encode(&bytes);
            let spaced: String = text.chars().flat_map(|c| [c, '\n']).collect();
            let bare = text.trim_end_matches('=');
            for text in [text.as_str(), &spaced, bare] {
                let json = format!("{{\"data\":\"{text}\"}}");
                let decoded = decode(json.into_bytes(), 9..9 + text.len()).unwrap();
                assert_eq!(decoded, bytes, "{length}");
            }
        }
    }

    #[test]
    fn nothing_follows_the_end_of_base64() {
        let padded = format!("{}=", "A".repeat(BLOCK_CHARS - 1));
        for bad in [
            format!("{padded}AAAA"),
            "AA==AA".into(),
            "A".into(),
            "A*AA".into(),
        ] {
            let length = bad.len();
            assert!(decode(bad.into_bytes(), 0..length).is_none());
        }
    }

    #[test]
    fn data_is_borrowed_and_other_members_are_passed_over() {
        let json = br#"{"x":[[0,0],{"data":1}],"mimeType":"a\/b","data":"aGk="}"#;
        let form: Form<'_> = serde_json::from_slice(json).unwrap();
        assert_eq!(form.mime_type.unwrap().0, "a/b");
        assert!(matches!(form.data.unwrap().0, Cow::Borrowed("aGk=")));
    }
}
