//! What the process is told when it starts: addresses on the command line, the secret
//! in the environment (where no `ps` and no definition shows it).

use std::collections::BTreeMap;

use axum::http::Uri;

use crate::routes::Consumer;
use crate::signature::Secrets;

/// For people who got it wrong.
pub const USAGE: &str = "\
usage: github-webhooks [--listen ADDRESS] [--control ADDRESS] [--bind CONSUMER=URL]...
  --listen    where GitHub's requests arrive; 127.0.0.1:9000 unless told
  --control   where overrides and the ledger are served; 127.0.0.1:4600 unless told
  --bind      an address other than the one of the definition; http only
environment:
  GITHUB_WEBHOOK_SECRET            the secret of the webhook
  GITHUB_WEBHOOK_SECRET_PREVIOUS   the one before it, while it is being replaced";

/// All of it.
#[derive(Debug)]
pub struct Options {
    /// Where GitHub's requests arrive.
    pub listen: String,
    /// Where overrides and the ledger are served.
    pub control: String,
    /// Where each HTTP consumer is.
    pub addresses: BTreeMap<Consumer, Uri>,
    /// What requests are signed with.
    pub secrets: Secrets,
}

impl Options {
    /// Reads the arguments (without the program's name) and the environment.
    pub fn read(
        mut arguments: impl Iterator<Item = String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Options, String> {
        let mut listen = "127.0.0.1:9000".to_owned();
        let mut control = "127.0.0.1:4600".to_owned();
        let mut addresses = defaults()?;
        while let Some(argument) = arguments.next() {
            let mut value = || {
                let value = arguments.next();
                value.ok_or_else(|| format!("`{argument}` needs a value"))
            };
            match argument.as_str() {
                "--listen" => listen = value()?,
                "--control" => control = value()?,
                "--bind" => {
                    let (consumer, address) = bind(&value()?)?;
                    addresses.insert(consumer, address);
                }
                _ => return Err(format!("cannot make sense of `{argument}`")),
            }
        }
        let secret = environment("GITHUB_WEBHOOK_SECRET").filter(|secret| !secret.is_empty());
        let secret = secret.ok_or("GITHUB_WEBHOOK_SECRET is not set")?;
        let previous = environment("GITHUB_WEBHOOK_SECRET_PREVIOUS").filter(|s| !s.is_empty());
        Ok(Options {
            listen,
            control,
            addresses,
            secrets: Secrets::new(&secret, previous.as_deref()),
        })
    }
}

/// The addresses of the definition.
fn defaults() -> Result<BTreeMap<Consumer, Uri>, String> {
    let all = Consumer::ALL.iter().copied();
    all.filter(|consumer| consumer.kind() == "http")
        .map(|consumer| Ok((consumer, address(consumer.address())?)))
        .collect()
}

fn bind(text: &str) -> Result<(Consumer, Uri), String> {
    let (name, url) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is no CONSUMER=URL"))?;
    let consumer: Consumer = name
        .parse()
        .map_err(|_| format!("there is no consumer `{name}`"))?;
    if consumer.kind() != "http" {
        return Err(format!("`{name}` is not reached by http"));
    }
    Ok((consumer, address(url)?))
}

/// TLS is for the proxy beside this service; here it would only hide what matters.
fn address(url: &str) -> Result<Uri, String> {
    let uri: Option<Uri> = url.parse().ok();
    uri.filter(|uri| uri.scheme_str() == Some("http") && uri.host().is_some())
        .ok_or_else(|| format!("`{url}` is no address such as http://127.0.0.1:8080/hook"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], secret: Option<&str>) -> Result<Options, String> {
        let arguments = arguments.iter().map(|&a| a.to_owned());
        Options::read(arguments, |name| match name {
            "GITHUB_WEBHOOK_SECRET" => secret.map(str::to_owned),
            _ => None,
        })
    }

    #[test]
    fn addresses_are_those_of_the_definition_unless_bound() {
        let options = read(&["--bind", "ci=http://10.0.0.7:80/hook"], Some("s")).unwrap();
        assert_eq!(options.addresses[&Consumer::Ci], "http://10.0.0.7:80/hook");
        let chat: Uri = Consumer::Chat.address().parse().unwrap();
        assert_eq!(options.addresses[&Consumer::Chat], chat);
        assert!(!options.addresses.contains_key(&Consumer::Ledger));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let cases: [(&[&str], Option<&str>, &str); 9] = [
            (&["--port"], Some("s"), "cannot make sense of `--port`"),
            (&["--listen"], Some("s"), "`--listen` needs a value"),
            (&["--bind", "ci"], Some("s"), "`ci` is no CONSUMER=URL"),
            (
                &["--bind", "cd=http://h/"],
                Some("s"),
                "there is no consumer `cd`",
            ),
            (
                &["--bind", "ledger=http://h/"],
                Some("s"),
                "`ledger` is not reached by http",
            ),
            (
                &["--bind", "ci=https://h/"],
                Some("s"),
                "`https://h/` is no address",
            ),
            (&["--bind", "ci=/hook"], Some("s"), "`/hook` is no address"),
            (&[], None, "GITHUB_WEBHOOK_SECRET is not set"),
            (&[], Some(""), "GITHUB_WEBHOOK_SECRET is not set"),
        ];
        for (arguments, secret, told) in cases {
            let message = read(arguments, secret).unwrap_err();
            assert!(message.starts_with(told), "{arguments:?}: {message}");
        }
    }
}
