//! `counts SCENARIO TIMES`: prepares the scenario once and runs it so many times. Alone
//! it lists the scenarios.

use std::process::ExitCode;

use routewright_counts::ALL;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        for scenario in ALL {
            println!("{}", scenario.name);
        }
        return ExitCode::SUCCESS;
    };
    let times = arguments.next().and_then(|times| times.parse().ok());
    let scenario = ALL.iter().find(|scenario| scenario.name == name);
    let (Some(scenario), Some(times)) = (scenario, times) else {
        eprintln!("usage: counts [SCENARIO TIMES]");
        return ExitCode::from(2);
    };
    (scenario.prepare)()(times);
    ExitCode::SUCCESS
}
