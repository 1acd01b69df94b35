//! What a push, a rollback and an engine may do by the rules.

use routewright_control::tls::Tls;
use routewright_schema::pb::{
    ListVersionsRequest, Refusal, RollbackRouteMapRequest, rollback_route_map_request::Target,
    rollback_route_map_response::Outcome,
};

use crate::certificates::Ca;
use crate::plane::{Plane, forced, lent, map, names, push, rate, route, trusting, until};

const RULES: &str = "allow:
- { who: spiffe://test/root, push: everything }
- { who: spiffe://test/rates, push: { settings: [spawn_rate] } }
- { who: spiffe://test/treasure, push: { events: [treasure.*], fallback: true } }
- { who: spiffe://test/oncall, push: { settings: [spawn_rate], force: true } }
- { who: spiffe://test/oncall, push: { events: [treasure.*] } }
- { who: 'spiffe://test/engine/*', watch: same }
- { who: spiffe://test/reader, read: true }
";

struct Test {
    plane: Plane,
    ours: Ca,
    clients: Ca,
}

impl Test {
    async fn new(name: &str) -> Test {
        let (ours, clients) = (Ca::new("ours"), Ca::new("clients"));
        let plane = Plane::secure(name, &ours.issues_localhost(), &clients, RULES).await;
        Test {
            plane,
            ours,
            clients,
        }
    }

    fn tls(&self, who: &str) -> Tls {
        let held = self.clients.issues_to(&format!("spiffe://test/{who}"));
        trusting(&self.ours, &held)
    }

    /// Pushes, and waits until that has gone to all; else the refusal.
    async fn push(&self, who: &str, map: routewright_schema::pb::RouteMap) -> Result<(), Refusal> {
        let mut client = self.plane.client(&self.tls(who)).await;
        push(&mut client, &map).await?;
        self.plane.settled().await;
        Ok(())
    }

    async fn roll_back(&self, who: &str, version: u64) -> Result<(), Refusal> {
        let mut client = self.plane.client(&self.tls(who)).await;
        let request = RollbackRouteMapRequest {
            target: Some(Target::Version(version)),
            ..RollbackRouteMapRequest::default()
        };
        match client.rollback(request).await.unwrap().outcome.unwrap() {
            Outcome::Refusal(refusal) => Err(refusal),
            Outcome::Applied(_) => {
                self.plane.settled().await;
                Ok(())
            }
        }
    }
}

/// That it was refused for want of permission, and what of it first.
fn forbidden(answer: Result<(), Refusal>, path: &str, message: &str) {
    let refusal = answer.expect_err(message);
    let first = &refusal.violations[0];
    assert_eq!(
        (first.code.as_str(), first.path.as_str()),
        ("forbidden", path),
        "{refusal:?}"
    );
    assert!(refusal.message.contains(message), "{}", refusal.message);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_may_change_what_rules_name() {
    let test = Test::new("push").await;
    let (cell, _) = test.plane.engine("web-1", &test.tls("engine/web-1")).await;
    test.push("rates", rate(map(1), 0.5)).await.unwrap();
    assert_eq!(cell.status().table.version(), 1);
    // What is in a push and not changed by it is nobody's business.
    test.push("treasure", route(rate(map(2), 0.5), "treasure.a"))
        .await
        .unwrap();

    let refused = test
        .push("rates", rate(route(map(3), "treasure.a"), 0.4))
        .await;
    assert!(refused.is_ok(), "{refused:?}");
    forbidden(
        test.push("rates", rate(map(4), 0.4)).await,
        "routes.\"treasure.a\"",
        "spiffe://test/rates may not change the route `treasure.a`",
    );
    let both = || rate(route(map(4), "treasure.a"), 0.4);
    forbidden(
        test.push("rates", route(both(), "map.loaded")).await,
        "routes.\"map.loaded\"",
        "may not change the route `map.loaded`",
    );
    // A pattern goes beyond what was named.
    forbidden(
        test.push("treasure", route(both(), "treasure.**")).await,
        "routes.\"treasure.**\"",
        "the route `treasure.**`",
    );
    forbidden(
        test.push("treasure", rate(route(map(4), "treasure.a"), 0.3))
            .await,
        "settings.spawn_rate",
        "the setting `spawn_rate`",
    );
    assert_eq!(cell.status().table.version(), 3);
    test.push("root", rate(map(4), 0.3)).await.unwrap();

    // Who, is in the history; what was refused, is in the record.
    let mut fleet = test.plane.fleet(&test.tls("reader")).await;
    let history = fleet.list_versions(ListVersionsRequest::default()).await;
    let decisions = history.unwrap().into_inner().decisions;
    let who: Vec<&str> = decisions.iter().rev().map(|d| d.who.as_str()).collect();
    let by = ["rates", "treasure", "rates", "root"].map(|who| format!("spiffe://test/{who}"));
    assert_eq!(who, by);
    let denied = test.plane.denied(&test.tls("reader")).await;
    assert_eq!(denied.len(), 4);
    assert_eq!(denied[0].0, "spiffe://test/treasure");
    assert_eq!(denied[0].1, "UpdateRouteMap");
    assert!(
        denied[0].2.contains("the setting `spawn_rate`"),
        "{denied:?}"
    );
}

/// Who may change something may not pass its bounds by that alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_is_forced_by_those_who_may() {
    let test = Test::new("force").await;
    let (cell, _) = test.plane.engine("web-1", &test.tls("engine/web-1")).await;
    test.push("rates", rate(map(1), 0.5)).await.unwrap();
    // More than its `max_step`.
    let step = test.push("oncall", rate(map(2), 0.01)).await.unwrap_err();
    assert_eq!(step.violations[0].code, "step");
    // Who, what, and what is refused of it.
    let rows = [
        ("rates", rate(map(2), 0.01), "settings.spawn_rate"),
        (
            "treasure",
            route(map(2), "treasure.a"),
            "settings.spawn_rate",
        ),
        (
            "oncall",
            route(rate(map(2), 0.01), "treasure.a"),
            "routes.\"treasure.a\"",
        ),
    ];
    for (who, map, path) in rows {
        let why = match who {
            "treasure" => "may not change the setting",
            _ => "but not by force; a rule (--allow) must say `force: true`",
        };
        forbidden(test.push(who, forced(map)).await, path, why);
    }
    assert_eq!(cell.status().table.version(), 1);
    test.push("oncall", forced(rate(map(2), 0.01)))
        .await
        .unwrap();
    assert_eq!(cell.status().table.version(), 2);
    // Going back is never forced, and nobody's step.
    test.roll_back("rates", 1).await.unwrap();
    let both = || forced(route(rate(map(3), 0.01), "map.loaded"));
    test.push("root", both()).await.unwrap();
    assert_eq!(cell.status().table.version(), 3);
}

/// A rollback is a push of what it changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_may_change_what_rules_name() {
    let test = Test::new("rollback").await;
    let (cell, _) = test.plane.engine("web-1", &test.tls("engine/web-1")).await;
    test.push("rates", rate(map(1), 0.5)).await.unwrap();
    test.push("treasure", route(rate(map(2), 0.5), "treasure.a"))
        .await
        .unwrap();
    forbidden(
        test.roll_back("rates", 1).await,
        "routes.\"treasure.a\"",
        "may not change",
    );
    forbidden(
        test.roll_back("treasure", 0).await,
        "settings.spawn_rate",
        "may not change",
    );
    assert_eq!(cell.status().table.version(), 2);
    test.roll_back("treasure", 1).await.unwrap();
    assert_eq!(cell.status().table.version(), 1);
    test.roll_back("rates", 0).await.unwrap();
    assert_eq!(cell.status().table.version(), 0);
}

/// When a lease ends, all is as in the baseline: also what others have pushed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_must_not_undo_what_is_others() {
    let test = Test::new("lease").await;
    test.plane.engine("web-1", &test.tls("engine/web-1")).await;
    test.push("rates", lent(rate(map(1), 0.5))).await.unwrap();
    // It would make what is lent last.
    forbidden(
        test.push("treasure", route(rate(map(2), 0.5), "treasure.a"))
            .await,
        "settings.spawn_rate",
        "may not change",
    );
    test.push("rates", rate(map(2), 0.5)).await.unwrap();
    // It would take what lasts away, in an hour.
    forbidden(
        test.push("treasure", lent(route(rate(map(3), 0.5), "treasure.a")))
            .await,
        "settings.spawn_rate",
        "may not change",
    );
    test.push("treasure", route(rate(map(3), 0.5), "treasure.a"))
        .await
        .unwrap();
}

/// Where no engine is there to say what a push changes, nothing slips through: the builds of
/// those that were here say it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_no_engine_is_there_rules_hold() {
    let test = Test::new("alone").await;
    forbidden(
        test.push("rates", rate(map(1), 0.5)).await,
        "",
        "no engine that could take it was ever here",
    );
    // It would use up all versions.
    let jump = test
        .push("root", rate(map(u64::MAX), 0.5))
        .await
        .unwrap_err();
    assert_eq!(jump.violations[0].code, "version_jump");
    test.push("root", rate(map(1), 0.5)).await.unwrap();
    let tls = test.tls("engine/web-1");
    let (_, link) = test.plane.engine("web-1", &tls).await;
    // Its certificate is no longer good for that name.
    let rules = RULES.replace("engine/*", "engines/*");
    std::fs::write(test.plane.folder.join("allow.yaml"), rules).unwrap();
    let mut plane = test.plane;
    let (mut allow, access) = (plane.allow.take().unwrap(), plane.access.clone());
    assert!(allow.refresh(&access).unwrap());
    assert!(!allow.refresh(&access).unwrap());
    until("it was sent away", || !link.status().connected).await;
    until("it is told why", || {
        link.status().trouble.contains("may not watch")
    })
    .await;
    let test = Test { plane, ..test };
    let mut fleet = test.plane.fleet(&test.tls("reader")).await;
    assert!(names(&mut fleet).await.is_empty());
    forbidden(
        test.push("rates", route(rate(map(2), 0.5), "map.loaded"))
            .await,
        "routes.\"map.loaded\"",
        "may not change",
    );
    test.push("rates", rate(map(2), 0.6)).await.unwrap();

    // Rules that cannot be read change nothing.
    std::fs::write(
        test.plane.folder.join("allow.yaml"),
        "allow: [{ who: x, psh: all }]",
    )
    .unwrap();
    let fault = allow.refresh(&access).unwrap_err();
    assert!(
        fault.contains("allow.yaml:1") && fault.contains("`psh`"),
        "{fault}"
    );
    test.push("rates", rate(map(3), 0.7)).await.unwrap();
}

/// An attempt stays in the record over a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_turned_away_outlives_the_process() {
    use routewright_control::plane::Ledger;
    use routewright_control::serve::Book;
    let test = Test::new("record").await;
    for _ in 0..3 {
        let (_, link) = test.plane.stranger("web-2", &test.tls("engine/web-1"));
        until("it is told why", || {
            link.status().trouble.contains("may not watch")
        })
        .await;
    }
    let ledger = test.plane.folder.join("ledger.redb");
    test.plane
        .control
        .clone()
        .stop(crate::plane::PATIENCE)
        .await;
    let attempts = Book::open(&ledger).unwrap().attempts(100).unwrap();
    let count: u64 = attempts.iter().map(|attempt| attempt.count).sum();
    assert!(count >= 3, "{attempts:?}");
    for attempt in &attempts {
        assert_eq!(attempt.who, "spiffe://test/engine/web-1");
        assert_eq!(attempt.rpc, "WatchRouteMap");
        assert!(attempt.why.contains("\"web-2\""), "{attempt:?}");
        assert!(attempt.first_ms <= attempt.last_ms);
    }
}
