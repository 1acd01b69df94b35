//! The layout of an image, read a second time from its description in
//! `runtime/src/layout.rs`: enough of it to make a damaged image look whole, and to see
//! what its rules are made of.

use xxhash_rust::xxh3::Xxh3;

const HEADER_BYTES: usize = 192;
const SLOT_BYTES: usize = 64;
const SLOTS: usize = 0;
const ORDER: usize = 2;
const TEXT: usize = 7;
const CATALOG: usize = 8;

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let number = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(number.try_into().ok()?) as usize)
}

fn section(image: &[u8], section: usize) -> Option<&[u8]> {
    let start = u32_at(image, 64 + 4 * section)?;
    let end = match section {
        CATALOG => image.len(),
        _ => u32_at(image, 64 + 4 * (section + 1))?,
    };
    image.get(start..end)
}

/// Writes magic, format, length and fingerprint as they must be, so that what stands
/// behind them is looked at.
pub(super) fn seal(image: &mut [u8]) {
    if image.len() < HEADER_BYTES {
        return;
    }
    image[..8].copy_from_slice(b"RTWRIGHT");
    image[8..12].copy_from_slice(&1u32.to_le_bytes());
    let length = image.len() as u32;
    image[12..16].copy_from_slice(&length.to_le_bytes());
    if let Some(fingerprint) = fingerprint(image) {
        image[16..24].copy_from_slice(&fingerprint.to_le_bytes());
    }
}

/// Over each event's name in order, and then the catalog.
fn fingerprint(image: &[u8]) -> Option<u64> {
    let (slots, order) = (section(image, SLOTS)?, section(image, ORDER)?);
    let mut hasher = Xxh3::new();
    for event in 0..u32_at(image, 32)? {
        let slot = u32_at(order, event.checked_mul(4)?)?.checked_mul(SLOT_BYTES)?;
        let slot = slots.get(slot..slot.checked_add(SLOT_BYTES)?)?;
        let length = usize::from(slot[0]);
        let name = match length {
            0..=48 => &slot[16..16 + length],
            _ => {
                let start = u32_at(slot, 60)?;
                section(image, TEXT)?.get(start..start.checked_add(length)?)?
            }
        };
        hasher.update(&(length as u32).to_le_bytes());
        hasher.update(name);
    }
    hasher.update(section(image, CATALOG)?);
    Some(hasher.digest())
}

/// Whether each rule is made of instructions that exist, all of them.
pub(super) fn rules_are_whole(image: &[u8]) -> bool {
    section(image, CATALOG).and_then(instructions).is_some()
}

/// `None`: one is not there, or means nothing.
fn instructions(catalog: &[u8]) -> Option<()> {
    const SIZES: [usize; 6] = [8, 80, 16, 12, 8, 20];
    let counts: Vec<usize> = (0..6).map_while(|at| u32_at(catalog, 4 * at)).collect();
    let begin = |part: usize| -> usize {
        let before = counts.iter().zip(SIZES).take(part);
        32 + before.map(|(count, size)| count * size).sum::<usize>()
    };
    let (settings, rules) = (*counts.get(1)?, *counts.get(2)?);
    for rule in 0..rules {
        let head = begin(2) + 16 * rule;
        let (first, count) = (u32_at(catalog, head + 8)?, u32_at(catalog, head + 12)?);
        for at in first..first.checked_add(count)? {
            let instruction = begin(5) + 20 * at;
            let exists = at < counts[5]
                && match *catalog.get(instruction..instruction + 4)? {
                    [1..=14, ..] => true,
                    [32, kind, ..] => (1..=9).contains(&kind),
                    [33, _, low, high] => usize::from(u16::from_le_bytes([low, high])) < settings,
                    _ => false,
                };
            exists.then_some(())?;
        }
    }
    Some(())
}
