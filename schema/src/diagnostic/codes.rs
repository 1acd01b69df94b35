//! Every code that a diagnostic may carry, with what it means and what to do.
//!
//! The list behind `docs/diagnostics.md` and the rules of SARIF. Codes are stable:
//! one may be added, none is renamed or given another meaning.

/// What is known of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeInfo {
    /// The word.
    pub code: &'static str,
    /// What is wrong wherever it stands, in one sentence.
    pub summary: &'static str,
    /// What to do about it in general; a diagnostic's own hint knows more.
    pub help: &'static str,
}

/// What a code means.
pub fn info(code: &str) -> Option<&'static CodeInfo> {
    let at = CODES.binary_search_by_key(&code, |info| info.code).ok()?;
    Some(&CODES[at])
}

const fn row(code: &'static str, summary: &'static str, help: &'static str) -> CodeInfo {
    CodeInfo {
        code,
        summary,
        help,
    }
}

/// All codes, sorted.
#[rustfmt::skip]
pub const CODES: &[CodeInfo] = &[
    row("above_max", "A value is above the `max` of its setting.", "Lower the value, or raise `max`."),
    row("alias", "A YAML alias, or a pattern without quotes.", "Quote a pattern that begins with `*`; write the value out where an alias is meant."),
    row("anchor", "A YAML anchor.", "Write the value out where it is used; `defaults` serves for what routes share."),
    row("bad_address", "The address of a consumer is not allowed.", "Give an address of visible characters, with variables written `${NAME}`."),
    row("bad_name", "A name is not allowed.", "Follow the rules of names in the language reference."),
    row("bad_rule", "A rule is not an expression over settings that is true or false.", "Mend the expression at the marked place."),
    row("bad_setting", "The declaration of a setting contradicts itself.", "Change one of the keys that do not go together."),
    row("bad_share", "A mirror's share is not above 0% and at most 100%.", "Give a share in that range, or leave the consumer out."),
    row("bad_test", "A test does not say what to look at, or what to expect.", "Give `event` or `setting`, and what is expected of it."),
    row("bad_value", "A value is not of the type that belongs there.", "Write the value as its type is written."),
    row("bad_weight", "A weight of a split is 0, or the weights are too large together.", "Give weights of at least 1 that add up to at most 65535."),
    row("below_min", "A value is below the `min` of its setting.", "Raise the value, or lower `min`."),
    row("dead_pattern", "A pattern can never win, because others beat it everywhere.", "Delete it, or give it a higher `rank`."),
    row("deprecated", "A route that is marked as deprecated is in use.", "Do what its `deprecated` says."),
    row("depth", "Lists and maps stand too deep within each other.", "Write the definition flatter; it needs a few levels only."),
    row("documents", "A file holds more than one YAML document.", "Put each document into a file of its own; files are merged."),
    row("drop_with_target", "A route both drops and delivers.", "Keep `drop`, or keep `to`, `split` and `mirror`."),
    row("duplicate", "Something that may stand once stands twice.", "Delete one of them."),
    row("empty", "A file says nothing.", "Delete it, or write a definition into it."),
    row("encoding", "A file is not UTF-8.", "Save it as UTF-8."),
    row("expired", "The last day of a route or setting has passed.", "Delete it, or move the day."),
    row("incomplete", "Not all texts could be read, so that the rest could not be checked.", "Mend the other problems first."),
    row("io", "A file or folder cannot be read.", "Check the path and its permissions."),
    row("limit", "There is more of something than is allowed.", "Use less of it, or split it up."),
    row("malformed", "The bytes are no Definition message.", "Write the file again with `convert --to binpb`."),
    row("merge_key", "A YAML merge key (`<<`).", "Write the keys out; `defaults` serves for what routes share."),
    row("missing", "Something that must be there is not.", "Add it."),
    row("no_files", "There is no definition under the paths that are given.", "Name the files or folders with the definitions."),
    row("no_seed", "No seed gives each name a place of its own in the lookup table.", "Report this; it is a bug."),
    row("no_target", "A route says neither where its events go nor why nobody gets them.", "Give `to`, `split` or `drop`."),
    row("no_value", "A key has no value.", "Give one, or delete the key."),
    row("not_a_value", "A value is not one of those of its enum.", "Use one of `values`, or add it there."),
    row("not_supported", "This comes in a later release.", "Leave it out for now."),
    row("rank_without_pattern", "A route of one name has a `rank`, which only a pattern can have.", "Delete the `rank`."),
    row("rule", "A rule does not hold over the default values.", "Change one of the values, or the rule."),
    row("secret", "An address holds a password.", "Write a variable such as `${BROKER_PASSWORD}`, and change the password: it has been written down."),
    row("syntax", "The text is not YAML, or not JSON.", "Mend it at the marked place, or shortly before it."),
    row("tag", "A YAML tag (`!name`).", "Delete it; types are declared with `type`."),
    row("tie", "Two patterns meet the same name, and nothing decides between them.", "Give one of them a higher `rank`."),
    row("two_addresses", "A consumer has more than one address.", "Keep one; declare two consumers if both are meant."),
    row("unknown_consumer", "There is no consumer of that name.", "Declare it under `consumers`, or correct the name."),
    row("unknown_field", "A message has no such field.", "Correct the name, or delete the field."),
    row("unknown_key", "There is no such key here.", "Correct the key, or delete it."),
    row("unknown_setting", "There is no setting of that path.", "Declare it under `settings`, or correct the path."),
    row("unknown_type", "There is no such type, or not in this place.", "Use one of the types of the language reference."),
    row("unrouted", "Nothing routes or drops a declared event.", "Add a route, a pattern that meets it, or a `fallback`."),
    row("unused_consumer", "Nothing goes to a consumer.", "Route an event to it, or delete it."),
    row("wrong_shape", "A list, map or text stands where another of them belongs.", "Write it in the shape that the message names."),
    row("wrong_type", "A value is not of the type that its setting declares.", "Change the value, or the `type`."),
];

#[cfg(test)]
mod tests;
