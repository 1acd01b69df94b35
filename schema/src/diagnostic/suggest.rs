//! "Did you mean".

/// Candidates that are compared; a list longer than this is cut.
const CANDIDATES_MAX: usize = 20_000;
/// Candidates that a message lists.
const LISTED_MAX: usize = 16;

/// The candidate that is most like `word`, if one is like it at all.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A name longer than any allowed one is no typing mistake.
    if word.is_empty() || word.len() > 2 * routewright::limits::NAME_BYTES_MAX {
        return None;
    }
    let folded = word.to_lowercase();
    let length = folded.chars().count();
    // A third of the word may be wrong, at least one character.
    let most = (length / 3).max(1);
    candidates
        .into_iter()
        .take(CANDIDATES_MAX)
        .filter(|c| c.len().abs_diff(word.len()) <= 2 * most + 2)
        .map(|c| (strsim::osa_distance(&folded, &c.to_lowercase()), c))
        .filter(|(distance, c)| *distance <= most && *distance < c.chars().count())
        .min()
        .map(|(_, c)| c)
}

/// "did you mean `x`?", or the list of what is allowed.
pub fn one_of<'a>(
    word: &str,
    what: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(close) = did_you_mean(word, candidates.clone()) {
        return Some(format!("did you mean `{close}`?"));
    }
    let listed: Vec<String> = candidates
        .clone()
        .into_iter()
        .take(LISTED_MAX)
        .map(|c| format!("`{c}`"))
        .collect();
    let more = candidates.into_iter().skip(LISTED_MAX).count();
    match (listed.is_empty(), more) {
        (true, _) => None,
        (_, 0) => Some(format!("{what}: {}", listed.join(", "))),
        (_, more) => Some(format!("{what}: {} and {more} more", listed.join(", "))),
    }
}
