//! The seam at which a real service delivers: Kafka producers, gRPC clients and the
//! like go here. In this example, consumers count.

use routewright::Policy;

use crate::ledger::Counts;
use crate::routes::Consumer;

/// Delivers to one consumer. The match is exhaustive on purpose: a consumer that is new
/// in the definitions does not compile until somebody says how to reach it.
pub fn deliver(
    consumer: Consumer,
    _event: &str,
    _key: &str,
    _policy: &Policy,
    delivered: &mut Counts<Consumer>,
) {
    match consumer {
        // A Kafka producer would send to `consumer.address()`, within `_policy.timeout`.
        Consumer::Loot | Consumer::Economy | Consumer::Anticheat | Consumer::Analytics => {
            delivered.count(consumer)
        }
        // A gRPC client.
        Consumer::Audit => delivered.count(consumer),
        // NATS, Redis, HTTP.
        Consumer::Matchmaker => delivered.count(consumer),
        Consumer::Leaderboard | Consumer::LeaderboardNext => delivered.count(consumer),
        Consumer::Notifier | Consumer::Shadow => delivered.count(consumer),
        // In this process: nothing to send.
        Consumer::Metrics => delivered.count(consumer),
    }
}
