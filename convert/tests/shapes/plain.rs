//! Files that say nothing of routes: all mappings find that out, and none fails.

use std::path::Path;

use routewright_convert::document::collect;
use routewright_convert::mapping::Mapping;
use routewright_convert::mappings::SHIPPED;
use routewright_convert::report::FileClass;
use routewright_convert::run::convert;

#[test]
fn no_routes() {
    for source in ["luckperms", "rails-i18n"] {
        let folder = Path::new("tests/plain").join(source);
        let corpus = collect(&[folder], &mut |_, _| {}).expect("readable files");
        assert!(!corpus.documents.is_empty(), "{source}");
        // `settings` takes every scalar for one.
        for (name, text) in SHIPPED.iter().filter(|(name, _)| *name != "settings") {
            let mapping = Mapping::parse(name, text).expect("a mapping");
            let conversion = convert(&corpus, &mapping, "plain");
            let report = &conversion.report;
            assert!(conversion.definition.is_none(), "{name}, {source}");
            assert!(report.is_complete(), "{name}, {source}\n{report}");
            let counts = report.counts;
            assert_eq!(counts.documents_without_routes, counts.documents, "{name}");
            for (file, class) in &report.files {
                assert_eq!(*class, FileClass::WithoutRoutes, "{name}, {file}");
            }
        }
    }
}
