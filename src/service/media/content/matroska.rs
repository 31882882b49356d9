//! Elements of Matroska and `WebM` (RFC 8794, RFC 9559). Those that tell of persons, places and
//! devices are overwritten in place, so that all positions stay right.

use super::Damaged;

/// Elements that only hold others: their content is walked as if it stood beside them.
const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK_ENTRY: u32 = 0xae;

/// `Tags`, `Attachments`, `Chapters`, `DateUTC`, `CRC-32` and `Void`: they become `Void`. A
/// checksum would be wrong afterwards.
const VOIDED: &[u32] = &[0x1254_c367, 0x1941_a469, 0x1043_a770, 0x4461, 0xbf, 0xec];

/// `Title`, `MuxingApp`, `WritingApp`, `Name` (of a track), and the names of this, the previous and
/// the next file: they become empty. Some of them must be there.
const EMPTIED: &[u32] = &[0x7ba9, 0x4d80, 0x5741, 0x536e, 0x7384, 0x3c_83ab, 0x3e_83bb];

const VOID: u8 = 0xec;

/// Overwrites what tells of persons, places and devices.
pub(super) fn clean(file: &mut [u8]) -> Result<(), Damaged> {
    let mut at = 0;
    while at < file.len() {
        let Some((id, length, content)) = read(file, at) else {
            if file[at..].iter().all(|byte| *byte == 0) {
                return Ok(());
            }
            return Err(Damaged("there is something that is no element"));
        };
        // The last element of a file that was cut off is shorter than it says.
        let end = length.map(|length| content.saturating_add(length).min(file.len()));
        at = match (id, end) {
            (SEGMENT | INFO | TRACKS | TRACK_ENTRY, _) | (CLUSTER, None) => content,
            (_, None) => return Err(Damaged("an element does not say its length")),
            (id, Some(end)) => {
                if VOIDED.contains(&id) {
                    void(&mut file[at..end]);
                } else if EMPTIED.contains(&id) {
                    file[content..end].fill(0);
                }
                end
            }
        };
    }
    Ok(())
}

/// The id of the element at `at`, its length if it says one, and where its content begins.
fn read(file: &[u8], at: usize) -> Option<(u32, Option<usize>, usize)> {
    let (id, id_bytes) = number(file.get(at..)?, 4)?;
    let (length, length_bytes) = number(file.get(at + id_bytes..)?, 8)?;
    let value_bits = 7 * length_bytes;
    let value = length & ((1 << value_bits) - 1);
    let is_known = value != (1 << value_bits) - 1;
    let length = is_known.then(|| usize::try_from(value).unwrap_or(usize::MAX));
    Some((
        u32::try_from(id).ok()?,
        length,
        at + id_bytes + length_bytes,
    ))
}

/// A number whose leading zeros say its length, with the bit after them, and that length.
fn number(bytes: &[u8], longest: usize) -> Option<(u64, usize)> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    if length > longest {
        return None;
    }
    let bytes = bytes.get(..length)?;
    Some((
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        length,
    ))
}

/// Makes an element `Void`, of the same length and empty.
fn void(element: &mut [u8]) {
    let length = element.len();
    element.fill(0);
    if let Some(first) = element.first_mut() {
        *first = VOID;
    }
    // The length is in one byte, or in eight.
    match (u8::try_from(length - 2), length.checked_sub(9)) {
        (Ok(short @ ..=126), _) => element[1] = 0x80 | short,
        (_, Some(long)) => {
            element[2..9].copy_from_slice(&(long as u64).to_be_bytes()[1..]);
            element[1] = 1;
        }
        (_, None) => {}
    }
}
