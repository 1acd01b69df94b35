//! What stands in the folder, and what stands in the way there.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::sync::Barrier;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use routewright_control::store::{Note, OpenError, Probation, Store};

use crate::host::{self, names};
use crate::process::Host;

/// A host that has published contents 1 and 2, both good.
fn two(name: &str) -> Host {
    let host = Host::new(name, Probation::NONE);
    host.publish(host::map(0, 1)).unwrap();
    host.publish(host::map(0, 2)).unwrap();
    host
}

#[test]
fn only_the_owner_can_look_into_it() {
    let host = two("folder-private");
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&host.folder), 0o700);
    for name in names(&host.folder, "") {
        assert_eq!(mode(&host.folder.join(&name)), 0o600, "{name}");
    }
    assert_eq!(
        names(&host.folder, ""),
        [
            "0000000000000000001-00000000000000000001.state",
            "0000000000000000002-00000000000000000002.state",
            "lock",
        ]
    );
}

#[test]
fn an_inode_is_written_once() {
    let host = two("folder-inodes");
    let newest = |host: &Host| {
        let name = names(&host.folder, ".state").pop().unwrap();
        let path = host.folder.join(name);
        (fs::metadata(&path).unwrap().ino(), fs::read(path).unwrap())
    };
    let before = newest(&host);
    let held = fs::File::open(
        host.folder
            .join(names(&host.folder, ".state").pop().unwrap()),
    );
    for content in 3..20 {
        host.publish(host::map(0, content)).unwrap();
        let after = newest(&host);
        assert_ne!(before, after);
    }
    // Whoever still reads the old one reads it whole.
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut held.unwrap(), &mut bytes).unwrap();
    assert_eq!(bytes, before.1);
}

#[test]
fn exactly_one_of_eight_writes() {
    let place = host::place("folder-lock");
    let barrier = Barrier::new(8);
    let booted: Vec<_> = std::thread::scope(|scope| {
        let boot = || {
            barrier.wait();
            Store::boot(&place, Probation::NONE, host::cell(), host::at(0, 0))
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(boot)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let held = booted
        .iter()
        .filter_map(|booted| booted.as_ref().err())
        .map(|why| {
            assert!(matches!(why, OpenError::Held { .. }), "{why}");
            assert!(why.to_string().contains("another process"), "{why}");
        })
        .count();
    assert_eq!(held, 7);
    // It is free again when that one is closed, though it still exists.
    let store = booted.iter().find_map(|booted| booted.as_ref().ok());
    store.unwrap().0.close().unwrap();
    assert!(Store::boot(&place, Probation::NONE, host::cell(), host::at(0, 0)).is_ok());
}

#[test]
fn a_store_that_is_closed_or_dropped_keeps_nothing_more() {
    for close in [true, false] {
        let mut host = two("folder-closed");
        let before = names(&host.folder, "");
        match close {
            true => host.store().close().unwrap(),
            false => host.store = None,
        }
        host.publish(host::map(0, 3)).unwrap();
        assert_eq!(names(&host.folder, ""), before);
        if close {
            // Closing twice is closing once.
            host.store().close().unwrap();
            host.tick();
        }
        assert_eq!(names(&host.folder, ""), before);
        host.restart();
        assert_eq!(host.serving(), 2);
    }
}

#[test]
fn what_was_not_finished_is_removed_and_what_is_not_ours_stays() {
    let mut host = two("folder-temps");
    let foreign = [
        "notes.txt",
        "1.temp",
        "x.state",
        "0000000000000000009.temp.bak",
    ];
    for name in foreign {
        fs::write(host.folder.join(name), "?").unwrap();
    }
    for name in ["0000000000000000003.temp", "0000000000000000099.temp"] {
        fs::write(host.folder.join(name), "?").unwrap();
    }
    host.restart();
    assert_eq!(host.boot.notes, [Note::Unfinished { files: 2 }]);
    let left = names(&host.folder, "");
    for name in foreign {
        assert!(left.contains(&name.to_owned()), "{name}");
    }
    assert_eq!(names(&host.folder, "9.temp").len(), 0);
    assert_eq!(host.serving(), 2);
}

/// As after a death between a save and the removal of what it made superfluous.
#[test]
fn a_start_removes_what_the_one_before_had_no_time_for() {
    let mut host = two("folder-superseded");
    let oldest = host.folder.join(&names(&host.folder, ".state")[0]);
    let bytes = fs::read(&oldest).unwrap();
    host.publish(host::map(0, 3)).unwrap();
    fs::write(&oldest, bytes).unwrap();
    assert_eq!(names(&host.folder, ".state").len(), 3);
    host.restart();
    assert!(!oldest.exists());
    assert_eq!((host.serving(), host.boot.notes.len()), (3, 0));
}

/// What takes the place of the newest file.
type Stranger = (&'static str, fn(&Path));

const STRANGERS: &[Stranger] = &[
    ("a folder", |path| fs::create_dir(path).unwrap()),
    ("a link to nothing", |path| {
        symlink("nowhere", path).unwrap()
    }),
    ("a link to a device", |path| {
        symlink("/dev/zero", path).unwrap()
    }),
    ("a link to a good file", |path| {
        let good = path.with_extension("away");
        symlink(good.file_name().unwrap(), path).unwrap();
    }),
    ("a link to itself", |path| symlink(path, path).unwrap()),
    ("a pipe", |path| node(path, FileType::Fifo)),
    ("a socket", |path| node(path, FileType::Socket)),
];

fn node(path: &Path, kind: FileType) {
    mknodat(CWD, path, kind, Mode::RUSR, 0).unwrap();
}

/// None of them is followed, waited for, or removed; the file before it serves, and no
/// version comes back that was accepted.
#[test]
fn only_regular_files_are_opened() {
    for (name, make) in STRANGERS {
        let mut host = two("folder-strangers");
        host.store = None;
        let newest = host
            .folder
            .join(names(&host.folder, ".state").pop().unwrap());
        fs::rename(&newest, newest.with_extension("away")).unwrap();
        make(&newest);
        host.restart();
        assert!(matches!(host.boot.notes[..], [Note::Failed(_)]), "{name}");
        assert_eq!(
            (host.serving(), host.cell.status().accepted),
            (1, 2),
            "{name}"
        );
        // It is told and left alone, and stands in nobody's way.
        assert_eq!(host.publish(host::map(0, 3)), Ok(3), "{name}");
        assert_eq!(host.store().status().fault, None, "{name}");
        assert!(fs::symlink_metadata(&newest).is_ok(), "{name}");
        host.restart();
        assert_eq!(host.serving(), 3, "{name}");
    }
}

/// A file that cannot be read now may be read by the next process.
#[test]
fn nothing_is_decided_on_a_file_that_cannot_be_read() {
    let mut host = two("folder-unread");
    host.store = None;
    let newest = host
        .folder
        .join(names(&host.folder, ".state").pop().unwrap());
    fs::rename(&newest, newest.with_extension("away")).unwrap();
    fs::create_dir(&newest).unwrap();
    host.restart();
    assert_eq!(host.serving(), 1);
    host.tick();
    host.store().close().unwrap();
    fs::remove_dir(&newest).unwrap();
    fs::rename(newest.with_extension("away"), &newest).unwrap();
    host.restart();
    assert_eq!((host.serving(), host.boot.notes.len()), (2, 0));
}

/// Something else where the folder, or the lock, should be.
#[test]
fn no_folder_is_an_error_and_not_a_panic() {
    let boot = |path: &Path| Store::boot(path, Probation::NONE, host::cell(), host::at(0, 0));
    let place = host::place("folder-none");
    fs::write(&place, "").unwrap();
    let far = place.with_file_name("folder-none-of/these");
    for path in [&place, &far, Path::new(""), Path::new("/proc/none")] {
        let why = boot(path).err().map(|why| why.to_string());
        let why = why.unwrap_or_else(|| panic!("{}", path.display()));
        assert!(why.contains("cannot"), "{why}");
    }

    // A lock that cannot be had is no reason not to read.
    let mut host = two("folder-lockless");
    host.store = None;
    let lock = host.folder.join("lock");
    fs::remove_file(&lock).unwrap();
    symlink("elsewhere", &lock).unwrap();
    host.restart();
    assert_eq!(host.serving(), 2);
    assert!(matches!(host.boot.notes[..], [Note::Failed(_)]));
    host.publish(host::map(0, 3)).unwrap();
    let fault = host.store().status().fault.expect("it cannot write");
    assert!(fault.what.contains("lock"), "{fault}");
    // As soon as it can be had, all is well.
    fs::remove_file(&lock).unwrap();
    host.tick();
    assert_eq!(host.store().status().fault, None);
    host.restart();
    assert_eq!(host.serving(), 3);
}

#[test]
fn a_folder_full_of_other_things_is_refused() {
    let place = host::place("folder-full");
    fs::create_dir(&place).unwrap();
    for at in 0..4_096 {
        fs::write(place.join(at.to_string()), "").unwrap();
    }
    let booted = Store::boot(&place, Probation::NONE, host::cell(), host::at(0, 0));
    let why = booted
        .err()
        .expect("it is no folder of a store")
        .to_string();
    assert!(why.contains("4096 entries"), "{why}");
}
