//! The text: families with help and type, samples with labels.

use std::fmt::{Display, Write};

use super::Histogram;

/// What a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Only grows, while the process lives. Its name ends in `_total`.
    Counter,
    /// How often something was how large.
    Histogram,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
            Kind::Histogram => "histogram",
        }
    }
}

/// A page of figures.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

/// The samples of one name.
pub struct Family<'p> {
    text: &'p mut String,
    name: &'static str,
}

impl Page {
    /// Begins a family. Its samples follow, before the next one begins.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> Family<'_> {
        self.text.push_str("# HELP ");
        self.text.push_str(name);
        self.text.push(' ');
        escaped(&mut self.text, help, false);
        self.line(format_args!("\n# TYPE {name} {}", kind.as_str()));
        Family {
            text: &mut self.text,
            name,
        }
    }

    /// A gauge without labels.
    pub fn gauge(&mut self, name: &'static str, help: &str, value: impl Display) {
        self.family(name, Kind::Gauge, help).sample(&[], value);
    }

    /// A counter without labels.
    pub fn counter(&mut self, name: &'static str, help: &str, value: u64) {
        self.family(name, Kind::Counter, help).sample(&[], value);
    }

    /// The page.
    pub fn into_text(self) -> String {
        self.text
    }

    fn line(&mut self, line: impl Display) {
        let _infallible = writeln!(self.text, "{line}");
    }
}

impl Family<'_> {
    /// One figure. Labels may hold whatever comes from outside.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        self.one("", labels, value);
    }

    /// All figures of a histogram, in seconds.
    pub fn histogram(&mut self, labels: &[(&str, &str)], histogram: &Histogram) {
        let counted = histogram.read();
        for (bound, count) in &counted.buckets {
            let bound = match bound {
                Some(seconds) => seconds.to_string(),
                None => "+Inf".to_owned(),
            };
            let labels = [labels, &[("le", bound.as_str())]].concat();
            self.one("_bucket", &labels, count);
        }
        self.one("_sum", labels, counted.sum.as_secs_f64());
        self.one("_count", labels, counted.count);
    }

    fn one(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        self.text.push_str(self.name);
        self.text.push_str(suffix);
        for (at, (name, value)) in labels.iter().enumerate() {
            self.text.push(if at == 0 { '{' } else { ',' });
            self.text.push_str(name);
            self.text.push_str("=\"");
            escaped(self.text, value, true);
            self.text.push('"');
        }
        if !labels.is_empty() {
            self.text.push('}');
        }
        let _infallible = writeln!(self.text, " {value}");
    }
}

fn escaped(text: &mut String, raw: &str, quoted: bool) {
    for c in raw.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '"' if quoted => text.push_str("\\\""),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_page() {
        let mut page = Page::default();
        page.gauge("version", "What is served.", u64::MAX);
        page.counter("taken_total", "Taken.", 3);
        let mut family = page.family("info", Kind::Gauge, "Two\nlines, a \\ and a \".");
        family.sample(&[("a", "x"), ("b", "\"} 1\nfake 2 \\")], 1);
        let took = Histogram::new(&[0.001, 0.5]);
        for millis in [1, 400, 3_000] {
            took.observe(Duration::from_millis(millis));
        }
        let mut family = page.family("took_seconds", Kind::Histogram, "How long.");
        family.histogram(&[("via", "push")], &took);
        let expected = r##"# HELP version What is served.
# TYPE version gauge
version 18446744073709551615
# HELP taken_total Taken.
# TYPE taken_total counter
taken_total 3
# HELP info Two\nlines, a \\ and a ".
# TYPE info gauge
info{a="x",b="\"} 1\nfake 2 \\"} 1
# HELP took_seconds How long.
# TYPE took_seconds histogram
took_seconds_bucket{via="push",le="0.001"} 1
took_seconds_bucket{via="push",le="0.5"} 2
took_seconds_bucket{via="push",le="+Inf"} 3
took_seconds_sum{via="push"} 3.401
took_seconds_count{via="push"} 3
"##;
        assert_eq!(page.into_text(), expected);
    }
}
