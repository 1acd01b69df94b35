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
    /// What to do about it in general: the hint of a diagnostic that has none of its own.
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
    row("above_max", "A value is above the `max` of its setting.", "lower the value, or raise `max`"),
    row("alias", "A YAML alias, or a pattern without quotes.", "quote a pattern that begins with `*`; write the value out where an alias is meant"),
    row("anchor", "A YAML anchor.", "write the value out where it is used; `defaults` serves for what routes share"),
    row("bad_address", "The address of a consumer is not allowed.", "give an address of visible characters, with variables written `${NAME}`"),
    row("bad_name", "A name is not allowed.", "rename it: 1 to 128 bytes, nothing invisible, no blank at an end"),
    row("bad_rule", "A rule is not an expression over settings that is true or false.", "mend the expression at the marked place"),
    row("bad_setting", "The declaration of a setting contradicts itself.", "change, add or delete a key until they agree"),
    row("bad_share", "A mirror's share is not above 0% and at most 100%.", "give a share in that range, or leave the consumer out"),
    row("bad_test", "A test does not say what to look at, or what to expect.", "give `event` or `setting`, and what is expected of it"),
    row("bad_value", "A value is not of the type that belongs there.", "give a value that its type can hold"),
    row("bad_weight", "A weight of a split is 0, or the weights are too large together.", "give weights of at least 1 that add up to at most 65535"),
    row("below_min", "A value is below the `min` of its setting.", "raise the value, or lower `min`"),
    row("dead_pattern", "A pattern can never win, because others beat it everywhere.", "delete it, or give it a higher `rank`"),
    row("delivered_twice", "A route gives one consumer the same event twice: in full, and as an arm or a copy.", "take it out of `to`, `split` or `mirror`"),
    row("deprecated", "A route that is marked as deprecated is in use.", "do what the note says, then delete the route"),
    row("depth", "Lists and maps stand too deep within each other.", "write the definition flatter; it needs a few levels only"),
    row("documents", "A file holds more than one YAML document.", "put each document into a file of its own; files are merged"),
    row("drop_with_target", "A route both drops and delivers.", "keep `drop`, or keep `to`, `split` and `mirror`"),
    row("duplicate", "Something that may stand once stands twice.", "keep one of them"),
    row("empty", "A file says nothing.", "delete it, or write a definition into it"),
    row("encoding", "A file is not UTF-8.", "save it as UTF-8"),
    row("expired", "The last day of a route or setting has passed.", "delete it, or move the day"),
    row("half_pattern", "A `*` stands in a name and means nothing there, because it is no whole segment.", "give the `*` a segment of its own; `*` stands for one whole segment, `**` for all that follow"),
    row("import", "An `import` of a `.proto` file is missing, goes round in a circle, or does not do what it seems to.", "correct the `import`, or name the file beside the others"),
    row("incomplete", "Not all texts could be read, so that the rest could not be checked.", "mend the other problems first"),
    row("io", "A file or folder cannot be read.", "check the path and its permissions"),
    row("limit", "There is more of something than is allowed.", "stay within the limit"),
    row("look_alike", "Two names differ only in case, or only in `.`, `_` and `-`.", "rename one of them, or delete it if the other is meant"),
    row("malformed", "The bytes are no Definition message.", "write the file again with `convert --to binpb`"),
    row("merge_key", "A YAML merge key (`<<`).", "write the keys out; `defaults` serves for what routes share"),
    row("missing", "Something that must be there is not.", "add it"),
    row("no_files", "There is no definition under the paths that are given.", "name the files or folders with the definitions"),
    row("no_seed", "No seed gives each name a place of its own in the lookup table.", "report this; it is a bug"),
    row("no_target", "A route says neither where its events go nor why nobody gets them.", "add `to` or `split` with a consumer, or `drop` with a reason"),
    row("no_value", "A key has no value.", "give one, or delete the key"),
    row("not_a_value", "A value is not one of those of its enum.", "use one of `values`, or add it there"),
    row("not_supported", "This comes in a later release.", "leave it out for now"),
    row("proto", "A `.proto` file is not one that protobuf takes: a name that nothing declares, a number that is used twice.", "make it one that `protoc` takes"),
    row("rank_without_pattern", "A route of one name has a `rank`, which only a pattern can have.", "delete the `rank`"),
    row("rule", "A rule does not hold over the default values.", "change one of the values, or the rule"),
    row("secret", "An address holds a password.", "write a variable such as `${BROKER_PASSWORD}`, and change the password: it has been written down"),
    row("shadowed", "A pattern answers none of the declared events that it meets, because of patterns that are no special cases of it.", "give it a higher `rank`, make it more specific, or delete it"),
    row("stray_blank", "A blank stands beside a dot in a name.", "delete the blank; with it, it is another name"),
    row("syntax", "The text is not YAML, JSON or `.proto`.", "mend it at the marked place, or shortly before it"),
    row("tag", "A YAML tag (`!name`).", "delete it; types are declared with `type`"),
    row("tie", "Two patterns meet the same name, and nothing decides between them.", "give one of them a higher `rank`"),
    row("two_addresses", "A consumer has more than one address.", "keep one; declare two consumers if both are meant"),
    row("unknown_consumer", "There is no consumer of that name.", "declare it under `consumers`, or correct the name"),
    row("unknown_field", "A message has no such field.", "correct the name, or delete the field"),
    row("unknown_key", "There is no such key here.", "correct the key, or delete it"),
    row("unknown_option", "There is no such option in `routewright/v1/options.proto`.", "correct its name, or delete it"),
    row("unknown_setting", "There is no setting of that path.", "declare it under `settings`, or correct the path"),
    row("unknown_type", "There is no such type, or not in this place.", "use one of the types of the language reference"),
    row("unrouted", "Nothing routes or drops a declared event.", "add a route, a pattern that meets it, or a `fallback`"),
    row("unused_consumer", "Nothing goes to a consumer.", "route an event to it, or delete it"),
    row("wrong_place", "An option stands on an element that it is not for.", "move it to the file, message or field that it belongs to"),
    row("wrong_shape", "A list, map or text stands where another of them belongs.", "write it in that shape"),
    row("wrong_type", "A value is not of the type that its setting declares.", "change the value, or the `type`"),
];

#[cfg(test)]
mod tests;
