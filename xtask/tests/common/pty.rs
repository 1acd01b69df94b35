//! A terminal to run the tool in.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetwinsize, tcsetwinsize};

/// Exit code, and what is on the screen of a terminal of that many columns.
pub fn look(folder: &Path, columns: u16, env: &[(&str, &str)], args: &[&str]) -> (i32, String) {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&near).unwrap();
    unlockpt(&near).unwrap();
    let name = ptsname(&near, Vec::new()).unwrap();
    let far = open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let size = Winsize {
        ws_col: columns,
        ws_row: 50,
        ..tcgetwinsize(&far).unwrap()
    };
    tcsetwinsize(&far, size).unwrap();
    let side = || Stdio::from(far.try_clone().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_routewright-xtask"));
    command.args(args).current_dir(folder);
    for name in ["COLUMNS", "NO_COLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
        .env("TERM", "xterm-256color")
        .envs(env.iter().copied());
    command.stdin(side()).stdout(side()).stderr(side());
    let mut child = command.spawn().unwrap();
    // The child's are the only ones left: when it ends, there is nothing more to read.
    drop((command, far));
    let reader = std::thread::spawn(move || {
        let (mut near, mut seen, mut some) = (File::from(near), Vec::new(), [0; 4096]);
        // At the end, Linux gives an error (EIO).
        while let Ok(read @ 1..) = near.read(&mut some) {
            seen.extend_from_slice(&some[..read]);
        }
        String::from_utf8(seen).unwrap().replace("\r\n", "\n")
    });
    let status = child.wait().unwrap();
    (status.code().unwrap_or(-1), reader.join().unwrap())
}
