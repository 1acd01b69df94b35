//! Results as plain data: printed, written as JSON, and put into `README.md`.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, Serialize};

use crate::plot::Plot;

/// What a run found.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    /// Where it ran.
    pub machine: Vec<(String, String)>,
    /// One a group.
    pub sections: Vec<Section>,
}

/// What one group found.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Section {
    /// The group.
    pub name: String,
    /// What must be known to read the tables; each a paragraph.
    pub notes: Vec<String>,
    /// The figures.
    pub tables: Vec<Table>,
    /// What was to be reached.
    pub goals: Vec<Goal>,
    /// Figures by size.
    pub plots: Vec<Plot>,
}

/// Contenders of one question.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Table {
    /// The question.
    pub title: String,
    /// What `more` holds.
    pub columns: Vec<String>,
    /// One a contender; the first is what the others are compared with.
    pub rows: Vec<Row>,
}

/// What was measured of one contender.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Row {
    /// Its name.
    pub contender: String,
    /// Nanoseconds an operation.
    pub time_ns: Option<Spread>,
    /// The time over that of the first contender: the median of the rounds' ratios.
    pub ratio: Option<f64>,
    /// What else was measured, by column.
    #[serde(deserialize_with = "numbers")]
    pub more: Vec<f64>,
}

/// JSON has no word for what is not a number; it is written as null.
fn numbers<'de, D: Deserializer<'de>>(json: D) -> Result<Vec<f64>, D::Error> {
    let numbers: Vec<Option<f64>> = Deserialize::deserialize(json)?;
    Ok(numbers.into_iter().map(|n| n.unwrap_or(f64::NAN)).collect())
}

/// The middle of many values, and how far they lie apart.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Spread {
    /// Half of the values are smaller.
    pub median: f64,
    /// A tenth of the values is smaller.
    pub p10: f64,
    /// A tenth of the values is larger.
    pub p90: f64,
}

impl Spread {
    /// Of these values; of none at all, not a number.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let at = (values.len().saturating_sub(1)) as f64 * part;
            values.get(at.round() as usize).copied().unwrap_or(f64::NAN)
        };
        Spread {
            median: at(0.5),
            p10: at(0.1),
            p90: at(0.9),
        }
    }
}

/// Something to reach.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Goal {
    /// What is measured.
    pub what: String,
    /// What it should be.
    pub goal: String,
    /// What it is.
    pub reached: String,
    /// What the bound itself would reach, where there is one: no lookup reaches more.
    pub possible: Option<String>,
    /// Whether that is good enough.
    pub met: bool,
}

impl Goal {
    /// A figure that should not be larger.
    pub fn at_most(what: impl Into<String>, limit: f64, reached: f64) -> Goal {
        Goal {
            what: what.into(),
            goal: format!("<= {}", figure(limit)),
            reached: figure(reached),
            possible: None,
            met: reached <= limit,
        }
    }

    /// A figure that should not be smaller.
    pub fn at_least(what: impl Into<String>, limit: f64, reached: f64) -> Goal {
        Goal {
            what: what.into(),
            goal: format!(">= {}", figure(limit)),
            reached: figure(reached),
            possible: None,
            met: reached >= limit,
        }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(title: impl Into<String>) -> Table {
        Table {
            title: title.into(),
            columns: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn cells(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let timed = self.rows.iter().any(|row| row.time_ns.is_some());
        let mut head = vec!["contender".to_owned()];
        if timed {
            head.extend(["median", "p10", "p90", "ratio"].map(str::to_owned));
        }
        head.extend(self.columns.iter().cloned());
        let cells = |row: &Row| {
            let mut cells = vec![row.contender.clone()];
            if timed {
                let time = |pick: fn(&Spread) -> f64| row.time_ns.as_ref().map(pick);
                for ns in [time(|s| s.median), time(|s| s.p10), time(|s| s.p90)] {
                    cells.push(ns.map_or(String::new(), duration));
                }
                cells.push(row.ratio.map_or(String::new(), |r| format!("{r:.2}")));
            }
            cells.extend(row.more.iter().map(|value| figure(*value)));
            cells
        };
        (head, self.rows.iter().map(cells).collect())
    }
}

/// A time, in the unit that suits it.
pub fn duration(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.2} ns"),
        ns if ns < 1e6 => format!("{:.2} us", ns / 1e3),
        ns if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}

/// A number: whole if it is, else with two places; thousands apart.
pub fn figure(value: f64) -> String {
    if value.is_nan() {
        return "-".to_owned();
    }
    if value.fract() != 0.0 && value.abs() < 1e4 {
        return format!("{value:.2}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut out = String::from(if value < 0.0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The columns padded to the same width, for a terminal or as Markdown.
fn aligned(head: &[String], rows: &[Vec<String>], markdown: bool) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .chain(head.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(|(at, (cell, width))| match at {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        match markdown {
            true => format!("| {} |\n", cells.join(" | ")),
            false => format!("  {}\n", cells.join("  ").trim_end()),
        }
    };
    let mut out = line(head);
    if markdown {
        let rules = widths.iter().enumerate().map(|(at, width)| match at {
            0 => "-".repeat(*width),
            _ => format!("{}:", "-".repeat(width.saturating_sub(1).max(1))),
        });
        let _ = writeln!(out, "| {} |", rules.collect::<Vec<_>>().join(" | "));
    }
    out.extend(rows.iter().map(|row| line(row)));
    out
}

impl Section {
    /// An empty section.
    pub fn new(name: &str) -> Section {
        Section {
            name: name.to_owned(),
            ..Section::default()
        }
    }

    /// For people, on a terminal or in Markdown.
    pub fn render(&self, markdown: bool) -> String {
        let mut out = match markdown {
            true => format!("## {}\n\n", self.name),
            false => format!("\n=== {}\n\n", self.name),
        };
        for note in &self.notes {
            let _ = writeln!(out, "{note}\n");
        }
        for table in &self.tables {
            let (head, rows) = table.cells();
            let title = match markdown {
                true => format!("**{}**", table.title),
                false => table.title.clone(),
            };
            let _ = writeln!(out, "{title}\n");
            out.push_str(&aligned(&head, &rows, markdown));
            out.push('\n');
        }
        out
    }
}

impl Report {
    /// For programs.
    pub fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("plain data with texts for keys") + "\n"
    }

    /// All goals, as a table.
    pub fn goals(&self, markdown: bool) -> String {
        let head = ["what", "goal", "reached", "the bound", ""].map(str::to_owned);
        let goals = self.sections.iter().flat_map(|section| &section.goals);
        let rows: Vec<Vec<String>> = goals
            .map(|goal| {
                let met = if goal.met { "met" } else { "not met" };
                vec![
                    goal.what.clone(),
                    goal.goal.clone(),
                    goal.reached.clone(),
                    goal.possible.clone().unwrap_or_default(),
                    met.to_owned(),
                ]
            })
            .collect();
        aligned(&head, &rows, markdown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_the_sorted_values() {
        let spread = Spread::of((0..=100).rev().map(f64::from));
        assert_eq!((spread.p10, spread.median, spread.p90), (10.0, 50.0, 90.0));
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(figure(0.0), "0");
        assert_eq!(figure(1.15), "1.15");
        assert_eq!(figure(100_000.0), "100,000");
        assert_eq!(figure(12_345.6), "12,346");
        assert_eq!(figure(f64::NAN), "-");
    }

    #[test]
    fn a_goal_that_nothing_reached_is_not_met() {
        assert!(Goal::at_most("x", 1.0, 1.0).met);
        assert!(!Goal::at_most("x", 1.0, f64::NAN).met);
        assert!(!Goal::at_least("x", 1.0, f64::NAN).met);
    }
}
