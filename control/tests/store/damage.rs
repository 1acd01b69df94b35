//! Damaged files in a folder: the next one serves, and nothing accepted is forgotten.

use std::fs;
use std::path::PathBuf;

use routewright_control::store::{Damage, Note, Probation, State};

use crate::host::{self, names};
use crate::process::Host;

/// What serves when the newest of two files is as `change` leaves it.
fn after(place: &str, change: impl FnOnce(&mut Vec<u8>), what: &str) -> Host {
    let mut host = Host::new(place, Probation::NONE);
    host.publish(host::map(0, 1)).unwrap();
    host.publish(host::map(0, 2)).unwrap();
    host.store = None;
    let newest = path(&host);
    let mut bytes = fs::read(&newest).unwrap();
    change(&mut bytes);
    fs::write(&newest, bytes).unwrap();
    host.restart();
    let status = host.cell.status();
    let expected = match host.boot.notes[..] {
        [] => (2, 2),
        [Note::Damaged { .. }] => (1, 2),
        _ => panic!("{what}: {:?}", host.boot.notes),
    };
    assert_eq!(
        (status.table.version(), status.accepted),
        expected,
        "{what}"
    );
    host
}

/// The newest file.
fn path(host: &Host) -> PathBuf {
    host.folder
        .join(names(&host.folder, ".state").pop().unwrap())
}

#[test]
fn a_damaged_file_is_passed_over_and_told() {
    type Row = (&'static str, fn(&mut Vec<u8>), Damage);
    let rows: &[Row] = &[
        ("empty", |b| b.clear(), Damage::Short { found: 0 }),
        ("all zeros", |b| b.fill(0), Damage::Magic),
        (
            "the last bit",
            |b| *b.last_mut().unwrap() ^= 1,
            Damage::Digest,
        ),
        ("a bit of the version", |b| b[80] ^= 1, Damage::Digest),
        (
            "of the next release",
            |b| b[8] = 2,
            Damage::Format { found: 2 },
        ),
    ];
    for (what, change, damage) in rows {
        let host = after("damage-told", change, what);
        let told = Note::Damaged {
            file: "0000000000000000002-00000000000000000002.state".to_owned(),
            damage: *damage,
        };
        assert_eq!(host.boot.notes, [told], "{what}");
        // It goes as soon as there is a newer one.
        host.publish(host::map(0, 3)).unwrap();
        let numbers: Vec<String> = names(&host.folder, ".state")
            .iter()
            .map(|name| name[18..19].to_owned())
            .collect();
        assert_eq!(numbers, ["1", "3"], "{what}");
    }
}

/// Only one of these histories in a thousand is worth a folder; the rest of the bits and
/// lengths is looked at where a file is decoded.
#[test]
fn cuts_and_flips_in_a_folder() {
    let length = {
        let host = after("damage-swept", |_| (), "as it was");
        assert_eq!(host.boot.notes, []);
        fs::read(path(&host)).unwrap().len()
    };
    for at in (0..length).step_by(7) {
        let cut = after(
            "damage-swept",
            |bytes| bytes.truncate(at),
            &format!("cut at {at}"),
        );
        assert_eq!(cut.serving(), 1, "cut at {at}");
        let flipped = after(
            "damage-swept",
            |bytes| bytes[at] ^= 0x10,
            &format!("flipped at {at}"),
        );
        assert_eq!(flipped.serving(), 1, "flipped at {at}");
    }
}

#[test]
fn a_good_file_under_another_name_is_none() {
    let mut host = Host::new("damage-name", Probation::NONE);
    host.publish(host::map(0, 1)).unwrap();
    host.store = None;
    let good = path(&host);
    let bytes = fs::read(&good).unwrap();
    assert!(State::decode(&bytes).is_ok());
    // Whatever it says of itself: it would come back again and again.
    for name in [
        "0000000000000000009-00000000000000000001.state",
        "0000000000000000001-00000000000000000009.state",
    ] {
        fs::copy(&good, host.folder.join(name)).unwrap();
    }
    host.restart();
    let named = |note: &&Note| {
        matches!(
            note,
            Note::Damaged {
                damage: Damage::Name,
                ..
            }
        )
    };
    assert_eq!(host.boot.notes.iter().filter(named).count(), 2);
    assert_eq!((host.serving(), host.cell.status().accepted), (1, 9));
}

#[test]
fn without_a_single_good_file_the_baseline_serves_and_the_mark_stays() {
    let mut host = Host::new("damage-all", Probation::NONE);
    for content in 1..=3 {
        host.publish(host::map(0, content)).unwrap();
    }
    host.store = None;
    for name in names(&host.folder, ".state") {
        fs::write(host.folder.join(name), "rw-store").unwrap();
    }
    host.restart();
    assert_eq!(host.boot.notes.len(), 2);
    assert_eq!((host.serving(), host.cell.status().accepted), (0, 3));
    assert!(host.cell.publish(&host::push(3, 3)).is_err());
    assert_eq!(host.publish(host::map(0, 4)), Ok(4));
    host.restart();
    assert_eq!((host.serving(), host.boot.notes.len()), (4, 0));
}
