//! What jq has and a mapping has not, and what to write instead.
//!
//! A mapping must give the same for the same files, on every machine and at every time, and
//! depend on nothing that accounting cannot see.

/// Why there is no such function, variable or format, and what serves instead.
pub(super) fn instead(name: &str) -> Option<&'static str> {
    Some(match name {
        "now" | "localtime" | "mktime" | "gmtime" | "todate" | "fromdate" | "date" | "dateadd"
        | "datesub" | "strptime" | "strftime" | "strflocaltime" | "todateiso8601"
        | "fromdateiso8601" | "dateiso8601" => {
            "a mapping knows no dates; give the text as it stands, or take it apart with `capture`"
        }
        "env" | "$ENV" => {
            "a mapping must give the same everywhere; write the value into the mapping, or into a \
             file that is converted with the others"
        }
        "input_line_number" | "$__prog_args" | "$__prog_name" => {
            "results know their places by themselves; the report has them"
        }
        "debug" | "stderr" => {
            "nothing is printed on the way; look at a value with \
             `{cannot: ., why: \"to look at\"}`"
        }
        "halt" | "halt_error" => "a mapping does not end early; write `error(\"why\")`",
        "import" | "include" | "modulemeta" | "get_search_list" => {
            "a mapping is one file; copy the definitions that you need"
        }
        "builtins" | "get_prog_origin" | "get_jq_origin" => {
            "a mapping cannot look at the program itself"
        }
        "have_decnum" | "have_literal_numbers" => {
            "numbers that are not computed keep their text; so the answer is always yes"
        }
        "ascii" => "write `[.] | implode`",
        "isvalid" => "write `try (f | true) catch false`",
        "GROUP_BY" => "write `group_by(f)`",
        "@urid" => "write `gsub` for the signs that you expect",
        "@base32" | "@base32d" => "there is `@base64` and `@base64d`",
        "@yaml" => "a mapping gives values; write `tojson` if it must be text",
        "significand" | "drem" | "ldexp" | "scalb" | "scalbln" | "nearbyint" | "logb" | "gamma"
        | "lgamma" | "tgamma" | "lgamma_r" | "frexp" | "modf" | "sin" | "cos" | "tan" | "asin"
        | "acos" | "atan" | "sinh" | "cosh" | "tanh" | "asinh" | "acosh" | "atanh" | "cbrt"
        | "expm1" | "log1p" | "erf" | "j0" | "j1" | "y0" | "y1" | "fma" | "fmin" | "fmax"
        | "fmod" | "hypot" | "atan2" | "copysign" | "nextafter" | "nexttoward" => {
            "there are `+ - * / %`, `floor`, `ceil`, `round`, `trunc`, `sqrt`, `pow`, `log`, \
             `log2`, `log10`, `exp`, `exp2`, `exp10`, `abs`, `min`, `max`"
        }
        _ => return None,
    })
}

/// Of text that is no program at that place: what jq knows there, and what serves instead.
pub(super) fn syntax(text: &str, at: usize) -> Option<&'static str> {
    let rest = &text[at..];
    let before = text[..at].trim_end();
    if rest.starts_with("?//") || rest.starts_with("//") && before.ends_with('?') {
        return Some(
            "alternatives of patterns (`?//`) are not here; ask first: \
             `if type == \"array\" then . as [$a] | .. else . as {$a} | .. end`",
        );
    }
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next();
    word.filter(|word| ["import", "include"].contains(word))
        .and_then(instead)
}
