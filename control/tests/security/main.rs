//! TLS, rules and the record of what was turned away, over real sockets.

mod certificates;
mod docs;
mod plane;
mod process;
mod record;
mod revoked;
mod roles;
mod rules;
mod strangers;
mod tls;
