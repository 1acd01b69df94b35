//! Diagnostics for people, as rustc shows them.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};

use super::lines::LineIndex;
use super::mask::{self, Mask};
use super::{DIAGNOSTICS_MAX, Diagnostic, Report, Severity};
use crate::source::{FileId, Sources, Span};

/// A longer line is named by its number and not shown.
const LINE_BYTES_MAX: usize = 2_000;
/// Two places of one file further apart than this are shown apart.
const TOGETHER_BYTES_MAX: usize = 64 << 10;
/// Columns where there is no terminal.
const WIDTH: usize = 120;
/// Columns that a place in a line needs around it.
const WIDTH_MIN: usize = 40;

pub(super) fn report(
    report: &Report,
    sources: &Sources,
    color: bool,
    columns: Option<usize>,
) -> String {
    let width = columns.map_or(WIDTH, |columns| columns.clamp(WIDTH_MIN, WIDTH));
    if report.is_empty() {
        return String::new();
    }
    let renderer = match color {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(width);
    let mut lines = LineIndex::new(sources);
    let mask = Mask::of(report, sources);
    let mut out = String::new();
    for diagnostic in report.sorted() {
        let group = group(diagnostic, sources, &mask, &mut lines);
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    out.push_str(&count(report));
    // The renderer makes the other control characters visible; terminals obey these too.
    out.replace(|c| matches!(c, '\u{80}'..='\u{9f}'), "\u{fffd}")
}

fn count(report: &Report) -> String {
    let some = |count: usize, noun: &str| match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    };
    let mut parts = Vec::new();
    if report.errors > 0 {
        parts.push(some(report.errors, "error"));
    }
    if report.warnings > 0 {
        parts.push(some(report.warnings, "warning"));
    }
    let shown = match report.hidden() {
        0 => String::new(),
        _ => format!(" (the first {DIAGNOSTICS_MAX} are shown)"),
    };
    format!("{}{shown}\n", parts.join(", "))
}

/// One place to show: the bytes of its line and of the mark on it.
struct Place<'d> {
    file: FileId,
    line: usize,
    line_bytes: std::ops::Range<usize>,
    mark: std::ops::Range<usize>,
    label: &'d str,
    kind: AnnotationKind,
}

fn place<'d>(
    span: Span,
    label: &'d str,
    kind: AnnotationKind,
    lines: &mut LineIndex<'_>,
) -> Place<'d> {
    let range = lines.clip(span);
    let (line, line_bytes) = lines.line(span.file, range.start);
    let start = range.start.min(line_bytes.end);
    let end = range.end.clamp(start, line_bytes.end);
    Place {
        file: span.file,
        line,
        line_bytes,
        mark: start..end,
        label,
        kind,
    }
}

fn group<'a>(
    d: &'a Diagnostic,
    sources: &'a Sources,
    mask: &Mask,
    lines: &mut LineIndex<'_>,
) -> Group<'a> {
    let level = match d.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(words(&d.message)).id(d.code);
    let mut group = Group::with_title(title);
    let mut places = Vec::new();
    if let Some(span) = d.primary {
        places.push(place(span, &d.label, AnnotationKind::Primary, lines));
    }
    for (span, label) in &d.related {
        places.push(place(*span, label, AnnotationKind::Context, lines));
    }
    while !places.is_empty() {
        let together = take_together(&mut places);
        group = show(group, &together, sources, mask);
    }
    if let Some(help) = d.help() {
        group = group.element(Level::HELP.message(words(help)));
    }
    group
}

/// Takes the first place, and those of the same file near to it.
fn take_together<'d>(places: &mut Vec<Place<'d>>) -> Vec<Place<'d>> {
    let mut taken = vec![places.remove(0)];
    let (file, at) = (taken[0].file, taken[0].line_bytes.start);
    let long = |place: &Place<'_>| place.line_bytes.len() > LINE_BYTES_MAX;
    if !long(&taken[0]) {
        let near = |p: &mut Place<'_>| {
            p.file == file && p.line_bytes.start.abs_diff(at) < TOGETHER_BYTES_MAX && !long(p)
        };
        taken.extend(places.extract_if(.., near));
    }
    taken
}

/// Text from a definition, as a terminal may get it.
fn words(text: &str) -> String {
    normalize_untrusted_str(&mask::text(text))
}

fn show<'a>(
    group: Group<'a>,
    places: &[Place<'a>],
    sources: &'a Sources,
    mask: &Mask,
) -> Group<'a> {
    let file = places[0].file;
    let name = sources.name(file);
    let text = sources.text(file);
    if places[0].line_bytes.len() > LINE_BYTES_MAX {
        let at = &places[0];
        let column = text[at.line_bytes.start..at.mark.start].chars().count() + 1;
        return group.element(Origin::path(name).line(at.line + 1).char_column(column));
    }
    // Only the lines that are shown are handed over: rendering stays independent of
    // how large the file is.
    let first = places.iter().min_by_key(|p| p.line).unwrap_or(&places[0]);
    let end = places.iter().map(|p| p.line_bytes.end).max().unwrap_or(0);
    let base = first.line_bytes.start;
    let mut snippet = Snippet::source(mask.show(file, base..end, text))
        .path(name)
        .line_start(first.line + 1);
    for place in places {
        let annotation = place
            .kind
            .span(place.mark.start - base..place.mark.end - base);
        let label = (!place.label.is_empty()).then(|| words(place.label));
        snippet = snippet.annotation(annotation.label(label));
    }
    group.element(snippet)
}
