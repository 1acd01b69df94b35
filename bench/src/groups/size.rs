//! Bytes of an image.

use crate::definition::table;
use crate::harness::Options;
use crate::names;
use crate::report::{Goal, Row, Section, Table};

/// The group.
pub fn run(options: Options) -> Section {
    let mut section = Section::new("size");
    section.notes.push(
        "Bytes of the whole image over the number of routes; each has two consumers. Names that \
         are longer than their slot is (48 bytes) stand elsewhere as a whole."
            .into(),
    );
    let mut all = Table::new("bytes of an image");
    all.columns = ["bytes", "bytes a route"].map(str::to_owned).into();
    let mut add = |what: String, names: &[String]| {
        let bytes = table(names.iter().map(String::as_str)).as_image().len() as f64;
        let route = bytes / names.len() as f64;
        all.rows.push(Row {
            contender: what,
            time_ns: None,
            ratio: None,
            more: vec![bytes, route],
        });
        route
    };
    for &count in options.sizes() {
        let (known, _) = names::names(count);
        let mean = known.iter().map(String::len).sum::<usize>() as f64 / count as f64;
        add(
            format!("{count} generated names of {mean:.0} bytes"),
            &known,
        );
    }
    let sized = |bytes: usize| -> Vec<String> {
        (0..10_000)
            .map(|at| format!("{:a>1$}.{at:04}", "", bytes - 5))
            .collect()
    };
    let reached = add("10000 names of 22 bytes".into(), &sized(22));
    add(
        "10000 names of 48 bytes, the longest in a slot".into(),
        &sized(48),
    );
    add(
        "10000 names of 128 bytes, the longest there are".into(),
        &sized(128),
    );
    section.goals.push(Goal::at_most(
        "bytes a route in the image (22-byte names, 2 consumers)",
        80.0,
        reached,
    ));
    section.tables.push(all);
    section
}
