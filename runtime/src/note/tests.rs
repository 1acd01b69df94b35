use super::*;

const DIGEST: u128 = 0x00a2_3d68_3d06_f9fb_8149_a942_a570_7fe7;

fn note(package: &str, version: u64, revision: Option<&str>) -> [u8; NOTE_BYTES] {
    Noted::new(*b"image", DIGEST, package, version, revision).note
}

fn read(bytes: &[u8]) -> Option<Note<'_>> {
    Note::behind(Digest::from_u128(DIGEST), bytes)
}

/// The text that the head of this module shows, and that others may read.
#[test]
fn a_note_is_lines_of_text() {
    let bytes = note("treasure_hunt", 12, Some("1d7f50d9c1-dirty"));
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(
        text.trim_end_matches('\0'),
        "routewright note 1\nimage 00a23d683d06f9fb8149a942a5707fe7\npackage treasure_hunt\n\
         version 12\nrevision 1d7f50d9c1-dirty\n"
    );
    assert_eq!(std::mem::size_of::<Noted<5>>(), 5 + NOTE_BYTES);
}

#[test]
fn what_is_written_is_read() {
    let (longest, revision) = ("p".repeat(IDENT_BYTES_MAX), "r".repeat(REVISION_BYTES_MAX));
    for (package, version, told, commit, dirty) in [
        ("a", 0, None, None, None),
        ("a.b", 1, Some(""), None, None),
        ("a", 10, Some("1d7f"), Some("1d7f"), Some(false)),
        (
            "a",
            99,
            Some("v1-3-g1d7f-dirty"),
            Some("v1-3-g1d7f"),
            Some(true),
        ),
        (
            &longest,
            u64::MAX,
            Some(&*revision),
            Some(&*revision),
            Some(false),
        ),
    ] {
        let bytes = note(package, version, told);
        let note = read(&bytes).unwrap();
        assert_eq!((note.package, note.version), (package, version));
        assert_eq!((note.commit(), note.dirty()), (commit, dirty));
    }
}

#[test]
#[should_panic(expected = "ROUTEWRIGHT_REVISION must be at most 128 visible characters")]
fn a_revision_with_a_line_break_does_not_compile() {
    note("a", 1, Some("1d7f\nrevision 2"));
}

#[test]
#[should_panic(expected = "ROUTEWRIGHT_REVISION must be at most 128 visible characters")]
fn a_revision_that_is_too_long_does_not_compile() {
    note("a", 1, Some(&"r".repeat(REVISION_BYTES_MAX + 1)));
}

#[test]
fn a_note_is_that_of_its_image() {
    let bytes = note("a", 1, None);
    assert!(read(&bytes).is_some());
    assert_eq!(Note::behind(Digest::from_u128(DIGEST + 1), &bytes), None);
}

/// Whatever stands behind an image, it is read within bounds, and what is shown of it is
/// one line of visible characters.
#[test]
fn damage_is_no_note_or_plain_text() {
    let whole = note("treasure_hunt", 12, Some("1d7f50d9c1"));
    assert!((0..NOTE_BYTES).all(|bytes| read(&whole[..bytes]).is_none()));
    for at in 0..NOTE_BYTES {
        for byte in 0..=u8::MAX {
            let mut bytes = whole;
            bytes[at] = byte;
            let Some(note) = read(&bytes) else { continue };
            let texts = [note.package, note.revision.unwrap_or("-")];
            assert!(
                texts.iter().all(|text| is_visible(text.as_bytes())),
                "{note:?}"
            );
            assert!(!texts.contains(&""), "{note:?}");
        }
    }
    for text in [
        "routewright note 2\n",
        "routewright note 1\n",
        "routewright note 1\nimage 00a23d683d06f9fb8149a942a5707fe7\npackage a\n",
        "routewright note 1\nimage 00a23d683d06f9fb8149a942a5707fe7\npackage a\nversion x\n",
        "routewright note 1\nimage 00a23d683d06f9fb8149a942a5707fe7\npackage a\nversion 1\n\n",
        "routewright note 1\nimage 00a23d683d06f9fb8149a942a5707fe7\nversion 1\npackage a\n",
    ] {
        let mut bytes = [0; NOTE_BYTES];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        assert_eq!(read(&bytes), None, "{text}");
    }
}
