//! What a death in a probation leads to, and what does not count as one.

use routewright::Code;
use routewright_control::store::{Cause, Note, Probation};
use routewright_schema::pb::Force;

use crate::host;
use crate::process::{self, Host};

/// Processes one after the other, each a word; then what serves in the next one, which
/// images are in quarantine there, and `?` if what serves is on probation.
///
/// ```text
/// a..f  a push of this content, and with it of this image; A..F the same with force
/// !     the push before was refused for its image
/// g     time and lookups enough for every probation (after a first tick)
/// t l   time enough, lookups enough
/// h     half of both
/// r     back to the baseline
/// v     back to the version before
/// .     the store is closed; without it, the process dies
/// ```
const ROWS: &[(&str, &str)] = &[
    ("", "-"),
    (".", "-"),
    // A death inside: the previous good one, and quarantine.
    ("a", "- a"),
    ("ag b", "a b"),
    ("ag bg c", "b c"),
    ("ag b .", "a b"),
    // Time alone, or lookups alone, are not enough.
    ("ag bt", "a b"),
    ("ag bl", "a b"),
    ("ag btl", "b"),
    ("ag blt", "b"),
    ("ag bh", "a b"),
    ("ag bhh", "b"),
    // A close inside does not count, and the probation goes on where it was.
    ("a.", "a ?"),
    ("ag b.", "b ?"),
    ("ag bh. h.", "b"),
    ("ag bh. h", "b"),
    ("ag bt. l.", "b"),
    ("ag bh. .", "b ?"),
    // What ran in a process that died is not counted, whatever was before.
    ("ag bh. h. b", "b"),
    ("ag b. x", "a b"),
    ("ag bh. x", "a b"),
    // A death after.
    ("ag bg", "b"),
    ("ag bg x x", "b"),
    // Two deaths.
    ("ag b c", "a b,c"),
    ("ag b c x", "a b,c"),
    ("ag b cg d", "c b,d"),
    ("a b", "- a,b"),
    // Poison is never promoted early: a push on top of it begins anew.
    ("ag btb", "a b"),
    ("ag btlb", "b"),
    ("ag btcl", "a c"),
    ("ag bhch", "a c"),
    // What serves when it ends is what counts, not what was tried before.
    ("ag bc", "a c"),
    ("ag bcg", "c"),
    ("ag bcg d", "c d"),
    // An image that has passed needs no second one, in whatever version.
    ("ag bg a", "a"),
    ("ag bv", "a"),
    ("ag bgv", "a"),
    // In a new process there is no version before but the baseline.
    ("ag bg v", "-"),
    ("ag bga c", "a c"),
    // The baseline needs none.
    ("ag r", "-"),
    ("ag br", "-"),
    ("ag r b", "- b"),
    ("agr bg c", "b c"),
    // Quarantine is kept, and force goes past it.
    ("a a!", "- a"),
    ("a a!x a!", "- a"),
    ("ag b b!c", "a b,c"),
    ("a A", "- a"),
    ("a Ag", "a"),
    ("a A.", "a ?"),
    ("a Ag bg a", "a"),
    ("a b A", "- b,a"),
];

#[test]
fn the_table() {
    for (row, (script, expected)) in ROWS.iter().enumerate() {
        let what = format!("{script}: {expected}");
        let mut host = Host::new(&format!("probation-{row}"), Probation::default());
        for (at, word) in script.split(' ').enumerate() {
            if at > 0 {
                host.restart();
            }
            run(&mut host, word, &what);
        }
        host.restart();

        let (serves, rest) = expected.split_at(1);
        let content = match serves.as_bytes()[0] {
            b'-' => 64 << 10,
            letter => u64::from(letter),
        };
        assert_eq!(host::content(host.cell), content, "{what}");
        let status = host.store().status();
        let on_probation = rest.contains('?');
        assert_eq!(status.probation.is_some(), on_probation, "{what}");
        let quarantined: Vec<_> = rest
            .split([',', ' '])
            .filter(|word| word.len() == 1 && *word != "?")
            .map(|word| process::image(u64::from(word.as_bytes()[0])))
            .collect();
        assert_eq!(status.quarantined, quarantined, "{what}");
        assert_eq!(host.cell.status().quarantined, quarantined, "{what}");
        assert_eq!(status.version, host.serving(), "{what}");
        assert_eq!(status.fault, None, "{what}");
        // Three files are all there ever is.
        assert!(host::names(&host.folder, ".state").len() <= 3, "{what}");
    }
}

fn run(host: &mut Host, word: &str, what: &str) {
    let mut refused = None;
    for letter in word.chars() {
        match letter {
            'g' => host.live(60, 10_000),
            't' => host.live(60, 0),
            'l' => host.live(0, 10_000),
            'h' => host.live(30, 5_000),
            'r' => host.retreat(),
            'v' => drop(
                host.cell
                    .rollback_at(routewright::Target::Previous, None, "", host.now())
                    .unwrap(),
            ),
            '.' => host.store().close().unwrap(),
            '!' => assert_eq!(refused.take(), Some(Code::Quarantined), "{what}"),
            // Only that there is a process.
            'x' => {}
            letter => {
                let mut map = host::map(0, u64::from(letter.to_ascii_lowercase() as u8));
                map.force = letter.is_ascii_uppercase().then(|| Force {
                    reason: "it was not its fault".to_owned(),
                });
                refused = host.publish(map).err();
            }
        }
    }
    assert_eq!(refused, None, "{what}");
}

#[test]
fn a_death_is_told_and_the_mark_stays() {
    let mut host = Host::new("probation-told", Probation::default());
    host.publish(host::map(0, 1)).unwrap();
    host.live(60, 10_000);
    assert_eq!(host.publish(host::map(0, 2)), Ok(2));
    let poison = host.cell.status().table.raw().digest();
    host.restart();
    let told = Note::Crashed {
        version: 2,
        image: poison,
        serving: 1,
    };
    assert_eq!(host.boot.notes, std::slice::from_ref(&told));
    let status = host.store().status();
    assert_eq!(status.cause, Some(Cause::Crash));
    assert_eq!(status.reason, told.to_string());
    assert_eq!(host.cell.status().accepted, 2);
    let again = host.cell.publish(&host::push(2, 3)).unwrap_err();
    assert_eq!(again.violations.list()[0].code, Code::VersionConflict);
}

#[test]
fn what_is_left_of_a_probation_is_told() {
    let mut host = Host::new("probation-left", Probation::default());
    let left = |host: &Host| {
        let left = host.store().status().probation;
        left.map(|run| (run.time.as_secs(), run.lookups))
    };
    assert_eq!(left(&host), None);
    host.publish(host::map(0, 1)).unwrap();
    assert_eq!(left(&host), Some((60, 10_000)));
    host.live(20, 4_000);
    assert_eq!(left(&host), Some((40, 6_000)));
    host.store().close().unwrap();
    host.restart();
    assert_eq!(left(&host), Some((40, 6_000)));
    host.live(45, 10);
    assert_eq!(left(&host), Some((0, 5_990)));
    host.live(0, 5_990);
    assert_eq!(left(&host), None);
}

#[test]
fn without_probation_all_is_good_at_once() {
    let mut host = Host::new("probation-none", Probation::NONE);
    for content in 1..=3 {
        host.publish(host::map(0, content)).unwrap();
        assert_eq!(host.store().status().probation, None);
        host.restart();
        assert_eq!(
            (host.serving(), host::content(host.cell)),
            (content, content)
        );
    }
    assert_eq!(host.boot.notes, []);
}

/// What the wall clock does is nothing to a probation.
#[test]
fn the_wall_clock_may_go_where_it_wants() {
    for wall in [0, 1_000_000_000] {
        let mut host = Host::new("probation-wall", Probation::default());
        host.wall = 1_000;
        host.publish(host::map(0, 1)).unwrap();
        host.tick();
        host.wall = wall;
        host.tick();
        assert!(host.store().status().probation.is_some());
        host.store().close().unwrap();
        host.restart();
        assert_eq!(host.serving(), 1);
        assert!(host.store().status().probation.is_some());
    }
}
