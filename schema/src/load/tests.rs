use std::fs;
use std::path::Path;

use super::*;

/// A folder that goes away again.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("routewright-load-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const HEAD: &str = "package: a\nversion: 1\n";
const BODY: &str = "consumers: { loot: { kafka: loot.v2 } }\nroutes: { x: { to: loot } }\n";

fn faults(paths: &[PathBuf]) -> Vec<(&'static str, String)> {
    let (_, report) = load(paths).unwrap_err();
    report
        .sorted()
        .into_iter()
        .map(|d| (d.code, d.message.clone()))
        .collect()
}

fn codes(paths: &[PathBuf]) -> Vec<&'static str> {
    faults(paths).into_iter().map(|f| f.0).collect()
}

#[test]
fn folders_are_merged_in_the_order_of_names() {
    let folder = Folder::new("merge");
    let body = folder.write("sub/b.yml", BODY);
    let head = folder.write("a.yaml", HEAD);
    folder.write(".hidden.yaml", "no: definition");
    folder.write("notes.txt", "none");
    let loaded = load(std::slice::from_ref(&folder.0)).unwrap();
    assert_eq!(loaded.files, [head.clone(), body.clone()]);
    assert_eq!(loaded.definition.routes.len(), 1);
    // The order of paths has no meaning, and a file that is met twice is read once.
    let again = load(&[body, folder.0.clone(), head]).unwrap();
    assert_eq!(again.definition, loaded.definition);
    assert_eq!(again.files, loaded.files);
}

/// A test file is no part of a definition, however it is found; it is read for those who
/// ask for tests.
#[test]
fn test_files() {
    const TESTS: &str = "tests: [{ event: x, to: loot }]\n";
    let folder = Folder::new("tests");
    // The definition's own test comes first, wherever the file stands.
    let definition = folder.write("routes/z.yaml", format!("{HEAD}{BODY}{TESTS}"));
    let beside = folder.write("routes/a.test.yaml", "tests: [{ event: x, drop: false }]\n");
    let named = folder.write(
        "more/b.test.yml",
        "tests: [{ event: x, unrouted: false }]\n",
    );
    folder.write("routes/sub/broken.test.yaml", "tests: none");
    let (routes, more) = (folder.0.join("routes"), folder.0.join("more"));
    let everything = [routes.clone(), more.clone(), beside.clone(), named.clone()];
    let loaded = load(&everything).unwrap();
    assert_eq!(loaded.files, [definition.as_path()]);
    assert_eq!((loaded.tests().count(), loaded.tests.len()), (1, 0));

    let (_, report) = load_tested(&everything, &[]).unwrap_err();
    assert_eq!(report.errors(), 1, "{report:?}");
    fs::remove_file(routes.join("sub/broken.test.yaml")).unwrap();
    let tested = load_tested(&everything, &[]).unwrap();
    assert_eq!(tested.definition, loaded.definition);
    assert_eq!(tested.files, [definition, named.clone(), beside]);
    assert_eq!(tested.tests().count(), 3);
    let places = (0..3).map(|at| tested.sources.place(tested.places.test(at).unwrap()));
    let [a, b, c]: [String; 3] = places.collect::<Vec<_>>().try_into().unwrap();
    assert!(a.ends_with("z.yaml:5:9"), "{a}");
    assert!(b.ends_with("b.test.yml:1:9"), "{b}");
    assert!(c.ends_with("a.test.yaml:1:9"), "{c}");

    // Tests of nothing.
    for alone in [&named, &more] {
        let faults = faults(std::slice::from_ref(alone));
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].1.contains("has tests only"), "{faults:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_that_go_in_circles_end() {
    let folder = Folder::new("links");
    folder.write("a.yaml", format!("{HEAD}{BODY}"));
    std::os::unix::fs::symlink(&folder.0, folder.0.join("again")).unwrap();
    std::os::unix::fs::symlink(folder.0.join("a.yaml"), folder.0.join("b.yaml")).unwrap();
    assert_eq!(
        load(std::slice::from_ref(&folder.0)).unwrap().files.len(),
        1
    );
    std::os::unix::fs::symlink("nowhere.yaml", folder.0.join("c.yaml")).unwrap();
    assert_eq!(codes(std::slice::from_ref(&folder.0)), ["io"]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = Folder::new("bad");
    let empty = folder.0.join("empty");
    fs::create_dir_all(&empty).unwrap();
    let rows: Vec<(PathBuf, &str, &str)> = vec![
        (empty, "no_files", "no definition under"),
        (folder.0.join("absent"), "io", "cannot read"),
        (
            folder.write("x.txt", ""),
            "no_files",
            "no definition by its name",
        ),
        (
            folder.write("x.proto", "messag"),
            "syntax",
            "does not begin",
        ),
        (
            folder.write("u16.yaml", b"\xff\xfea\0:\0"),
            "encoding",
            "UTF-16",
        ),
        (
            folder.write("latin.yaml", b"package: a\ndoc: \xe9\n"),
            "encoding",
            "line 2, byte 6",
        ),
        (
            folder.write("big.yaml", vec![b'#'; FILE_BYTES_MAX + 1]),
            "limit",
            "larger than 16 MiB",
        ),
        (
            folder
                .write("dir.yaml/x.md", "")
                .parent()
                .map(Path::to_owned)
                .unwrap(),
            "no_files",
            "no definition under",
        ),
    ];
    for (path, code, piece) in rows {
        let faults = faults(std::slice::from_ref(&path));
        assert_eq!(faults.len(), 1, "{path:?}: {faults:?}");
        assert!(
            faults[0].0 == code && faults[0].1.contains(piece),
            "{path:?}: {faults:?}"
        );
    }
    assert_eq!(codes(&[]), ["no_files"]);
}

#[test]
fn byte_order_marks_and_line_ends_do_not_matter() {
    let text = format!("{HEAD}{BODY}");
    let plain = load_text("a.yaml", &text).unwrap();
    let other = load_text("a.yaml", &format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    assert_eq!(plain.definition, other.definition);
}

#[test]
fn messages_are_read_when_they_are_named() {
    let folder = Folder::new("message");
    let loaded = load_text("a.yaml", &format!("{HEAD}{BODY}")).unwrap();
    let binpb = folder.write("a.binpb", message::write_binpb(&loaded.definition));
    let json = folder.write("a.json", message::write_json(&loaded.definition));
    for path in [binpb, json] {
        assert_eq!(load(&[path]).unwrap().definition, loaded.definition);
    }
    assert_eq!(codes(std::slice::from_ref(&folder.0)), ["no_files"]);
}
