//! How the values of the model are spelled, whatever the format.

use routewright::{Scalar, Step};

/// A duration in nanoseconds: "1m30s".
pub(crate) fn duration(ns: u64) -> String {
    Scalar::<&str>::Duration(ns).to_string()
}

/// A share in parts per million: "1%", "0.0001%"; `None` for all, which needs no words.
pub(crate) fn share(ppm: u32) -> Option<String> {
    (ppm != routewright::limits::SHARE_PPM_MAX).then(|| percent(ppm))
}

/// The same, with a word for all: "100%".
pub(crate) fn percent(ppm: u32) -> String {
    let percent = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    format!("{}%", percent.trim_end_matches('0').trim_end_matches('.'))
}

/// How far one push may move a setting: "2x", "500ms".
pub(crate) fn step(step: &Step) -> String {
    match step {
        Step::Factor(factor) => format!("{factor}x"),
        Step::Difference(difference) => difference.to_string(),
    }
}

/// Shortest time between two moves of a setting, if it has one.
pub(crate) fn cooldown(ns: u64) -> Option<String> {
    (ns != 0).then(|| Scalar::<&str>::Duration(ns).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for (ppm, text) in [
            (1, Some("0.0001%")),
            (10_000, Some("1%")),
            (125_000, Some("12.5%")),
            (999_999, Some("99.9999%")),
            (1_000_000, None),
        ] {
            assert_eq!(share(ppm).as_deref(), text);
        }
        assert_eq!(step(&Step::Factor(2.0)), "2x");
        assert_eq!(step(&Step::Factor(1.5)), "1.5x");
        assert_eq!(
            step(&Step::Difference(Scalar::Duration(500_000_000))),
            "500ms"
        );
        assert_eq!(duration(90_000_000_000), "1m30s");
    }
}
