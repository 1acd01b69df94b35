use routewright::{Builder, CatalogSpec, Limits, NOTE_BYTES, Noted};

use super::*;

/// An image of these events.
fn image(events: &[&str]) -> Vec<u8> {
    let catalog = CatalogSpec {
        events: events.to_vec(),
        consumers: vec![],
        settings: vec![],
        rules: vec![],
    };
    let table = Builder::new(catalog, Limits::DEFAULT).finish().unwrap();
    table.as_image().to_vec()
}

/// The note that generated code puts behind such an image.
fn note(image: &[u8], package: &str, revision: Option<&str>) -> Vec<u8> {
    let digest = u128::from_be_bytes(RouteTable::open(image).unwrap().digest().0);
    // The image stands before it, of a length that is known when code is compiled only.
    let noted = Noted::new([], digest, package, 3, revision);
    noted.note().to_vec()
}

#[test]
fn each_image_has_its_own_notes() {
    let (a, b) = (image(&["a"]), image(&["b"]));
    let file = [
        b"\x7fELF RTWRIGHT ".to_vec(),
        a.clone(),
        note(&a, "first", Some("1d7f-dirty")),
        // Another's note, which is not believed.
        b.clone(),
        note(&a, "liar", None),
        // The same image again, under another name and without one.
        a.clone(),
        note(&a, "second", None),
        a.clone(),
        b"RTWRIGHT".to_vec(),
    ]
    .concat();
    let found = images(&file);
    let origins = |at: usize| -> Vec<(&str, Option<&str>, Option<bool>)> {
        let origins = found[at].origins.iter();
        origins
            .map(|o| (o.package.as_str(), o.revision.as_deref(), o.dirty))
            .collect()
    };
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].table.as_image(), a);
    assert_eq!(
        origins(0),
        [("first", Some("1d7f"), Some(true)), ("second", None, None)]
    );
    assert_eq!(found[1].table.as_image(), b);
    assert_eq!(origins(1), []);
}

/// Wherever a file ends, and whatever byte of it is another, what is found is sound.
#[test]
fn damage_gives_nothing_that_was_not_there() {
    let whole = [image(&["a"]), note(&image(&["a"]), "first", Some("1d7f"))].concat();
    let image_bytes = whole.len() - NOTE_BYTES;
    for end in 0..whole.len() {
        let found = images(&whole[..end]);
        assert_eq!(found.len(), usize::from(end >= image_bytes), "{end}");
        assert!(found.iter().all(|f| f.origins.is_empty()), "{end}");
    }
    for at in 0..image_bytes {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        // An image may be sound with another bit; its digest is another, then.
        assert!(images(&bytes).iter().all(|f| f.origins.is_empty()), "{at}");
    }
}

/// A file of nothing but headers, each of which promises all the rest: it is read so often
/// and no more.
#[test]
fn a_file_of_headers_is_read_a_few_times_only() {
    let header = image(&["a"])[..192].to_vec();
    let mut bytes = header.repeat(20_000);
    let all = bytes.len();
    for at in (0..all).step_by(192) {
        let length = (all - at) as u32;
        bytes[at + 12..at + 16].copy_from_slice(&length.to_le_bytes());
    }
    let mut left = all * READ_MAX;
    assert!(super::image(&bytes, &mut left).is_none());
    assert_eq!(left, all * (READ_MAX - 1));
    assert_eq!(images(&bytes).len(), 0);
}
