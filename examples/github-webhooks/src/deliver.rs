//! Who gets a webhook, and by what way.

use std::sync::Arc;

use crate::decide::How;
use crate::routes::Consumer;
use crate::server::Service;
use crate::tally::Kind;
use crate::webhook::Webhook;

/// Delivers to all of these at once, and returns at once: GitHub waits ten seconds, and a
/// consumer may take longer. The bytes are free when the last delivery has ended.
pub fn start(
    service: &Arc<Service>,
    webhook: Webhook,
    to: Vec<Consumer>,
    mirrors: Vec<Consumer>,
    how: How,
) {
    let webhook = Arc::new(webhook);
    let once = How {
        retries: 0,
        ..how.clone()
    };
    for consumer in to {
        spawn(service, &webhook, consumer, Kind::Delivery, how.clone());
    }
    // A copy that is lost is no loss.
    for consumer in mirrors {
        spawn(service, &webhook, consumer, Kind::Mirror, once.clone());
    }
}

fn spawn(service: &Arc<Service>, webhook: &Arc<Webhook>, to: Consumer, kind: Kind, how: How) {
    let (service, webhook) = (Arc::clone(service), Arc::clone(webhook));
    tokio::spawn(async move {
        let mut attempts = 0;
        let result = one(&service, &webhook, to, &how, &mut attempts).await;
        if let Err(fault) = &result {
            let name = &webhook.name;
            eprintln!("{to}: {name} was not delivered: {fault} (attempts: {attempts})");
        }
        service.tally.count(to, kind, attempts, result.is_ok());
    });
}

/// Delivers to one consumer. The match is exhaustive on purpose: a consumer that is new
/// in the definitions does not compile until somebody says how to reach it.
async fn one(
    service: &Service,
    webhook: &Webhook,
    to: Consumer,
    how: &How,
    attempts: &mut u32,
) -> Result<(), String> {
    match to {
        Consumer::Ledger => {
            *attempts += 1;
            service.ledger.enter(webhook.event);
            Ok(())
        }
        Consumer::Ci | Consumer::CiNext | Consumer::Chat | Consumer::Security => {
            service.http.deliver(to, webhook, how, attempts).await
        }
    }
}
