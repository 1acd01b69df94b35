//! Words, times and numbers, made to fit what keeps and sends them.

use std::time::Duration;

/// As many bytes of somebody's words as are kept, and as they can be shown: without what
/// steers a terminal.
pub fn clipped(words: &str, bytes_max: usize) -> String {
    let words = &words[..words.floor_char_boundary(bytes_max)];
    let shown = words.chars();
    shown.filter(|c| routewright::name::printable(*c)).collect()
}

/// Milliseconds of messages and pages.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A number of things in messages.
pub fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
