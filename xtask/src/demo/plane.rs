//! The control plane as a child process, which can be killed and come back.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use routewright_control::client::BlockingClient;
use routewright_schema::pb::GetFleetResponse;

use crate::report::{Done, Failure};

/// Nothing takes longer, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// A control plane.
pub struct Plane {
    program: PathBuf,
    ledger: PathBuf,
    address: String,
    child: Child,
    client: BlockingClient,
}

/// It does not outlive the demo, also if that fails.
impl Drop for Plane {
    fn drop(&mut self) {
        let _it_may_be_dead = self.kill();
    }
}

impl Plane {
    pub fn start(program: &Path, ledger: &Path) -> Result<Plane, Failure> {
        let (child, address) = spawn(program, ledger, "127.0.0.1:0")?;
        let client = connect(&address)?;
        Ok(Plane {
            program: program.to_owned(),
            ledger: ledger.to_owned(),
            address,
            child,
            client,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What speaks to it.
    pub fn client(&mut self) -> &mut BlockingClient {
        &mut self.client
    }

    /// At once, as by `kill -9`.
    pub fn kill(&mut self) -> Done {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again, where it was and with the ledger that it left.
    pub fn restart(&mut self) -> Done {
        (self.child, _) = spawn(&self.program, &self.ledger, &self.address)?;
        self.client = connect(&self.address)?;
        Ok(())
    }

    pub fn fleet(&mut self) -> Result<GetFleetResponse, Failure> {
        let fleet = self.client.fleet();
        fleet.map_err(|e| Failure::Bad(format!("the control plane: {e}")))
    }

    /// Waits for something that comes by itself; how long that took.
    pub fn wait_until(
        &mut self,
        what: &str,
        holds: impl Fn(&GetFleetResponse) -> bool,
    ) -> Result<Duration, Failure> {
        let began = Instant::now();
        while !holds(&self.fleet()?) {
            if began.elapsed() > PATIENCE {
                return Err(Failure::Bad(format!("not within a minute: {what}")));
            }
            std::thread::sleep(LOOK);
        }
        Ok(began.elapsed())
    }

    /// Waits until every engine serves that version.
    pub fn all_serve(&mut self, version: u64) -> Result<Duration, Failure> {
        self.wait_until(&format!("all serve version {version}"), |fleet| {
            let serves = |version: u64| {
                let engines = fleet.engines.iter();
                let versions = engines.map(|e| e.serving.as_ref().map_or(0, |s| s.version));
                versions.filter(|v| *v == version).count()
            };
            serves(version) == fleet.engines.len()
        })
    }
}

fn spawn(program: &Path, ledger: &Path, listen: &str) -> Result<(Child, String), Failure> {
    // What it logs is only of interest if it does not start.
    let log = ledger.with_extension("log");
    let mut child = Command::new(program)
        .arg("serve")
        .arg("--ledger")
        .arg(ledger)
        .args(["--listen", listen])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log)?)
        .spawn()
        .map_err(|e| Failure::Bad(format!("the control plane does not start: {e}")))?;
    let mut hello = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut hello)?;
    }
    match hello.trim().strip_prefix("listening on ") {
        Some(address) => Ok((child, address.to_owned())),
        None => {
            let _it_has_ended = child.kill();
            let _no_longer_there = child.wait();
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            Err(Failure::Bad(format!(
                "the control plane does not listen: {}",
                said.trim()
            )))
        }
    }
}

fn connect(address: &str) -> Result<BlockingClient, Failure> {
    BlockingClient::connect(&format!("http://{address}"))
        .map_err(|e| Failure::Bad(format!("{address}: {e}")))
}
