//! QR codes, for the cameras of phones.

use qrcode::{QrCode, render::svg};

use crate::service::{Error, Result};

/// Least width of a code, in pixels.
const MIN_WIDTH_PX: u32 = 240;

/// Returns a picture of a text, as SVG.
pub(super) fn draw(text: String) -> Result<String> {
    let code = QrCode::new(text).map_err(Error::internal)?;
    let mut picture = code.render::<svg::Color<'_>>();
    picture.min_dimensions(MIN_WIDTH_PX, MIN_WIDTH_PX);
    Ok(picture.build())
}
