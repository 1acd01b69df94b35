//! The two that are asked: this crate, and jaq.

use std::collections::VecDeque;

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};
use routewright_convert::evaluate::{Evaluator, Input};
use routewright_convert::mapping::Mapping;
use routewright_convert::trace::Trace;
use routewright_convert::value::Value;

/// What a program gave, and whether it then failed.
#[derive(Debug, PartialEq)]
pub struct Said {
    pub values: Vec<serde_json::Value>,
    pub failed: bool,
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut words: Vec<String> = self.values.iter().map(ToString::to_string).collect();
        words.extend(self.failed.then(|| "fails".to_owned()));
        f.write_str(&words.join(" "))
    }
}

/// JSON in which `1` and `1.0` are the same.
fn json(text: &str) -> serde_json::Value {
    fn plain(json: &mut serde_json::Value) {
        match json {
            serde_json::Value::Number(number) => {
                let value = number.as_f64().map(|n| n + 0.0);
                *json = match value {
                    Some(n) if n.fract() == 0.0 && n.abs() < 1e15 => (n as i64).into(),
                    value => value.into(),
                };
            }
            serde_json::Value::Array(list) => list.iter_mut().for_each(plain),
            serde_json::Value::Object(map) => map.values_mut().for_each(plain),
            _ => {}
        }
    }
    // jaq has values that JSON has not.
    let mut json = serde_json::from_str(text).unwrap_or_else(|_| format!("no JSON: {text}").into());
    plain(&mut json);
    json
}

/// This crate. `Err`: it refuses the program.
pub fn ours(program: &str, inputs: &[Value], nodes: usize) -> Result<Said, String> {
    let mapping = Mapping::parse("m", program).map_err(|faults| faults[0].to_string())?;
    let trace = Trace::new(nodes);
    let inputs = inputs.iter().map(|value| Input {
        file: "file".into(),
        value: value.clone(),
    });
    let mut said = Said {
        values: Vec::new(),
        failed: false,
    };
    Evaluator::new(&mapping, &trace, inputs).run(&mut |result| match result {
        Ok(value) => said.values.push(json(&value.data.to_string())),
        Err(_) => said.failed = true,
    });
    Ok(said)
}

/// jaq. `Err`: it knows some name not.
pub fn jaq(code: &str, mut inputs: VecDeque<String>) -> Result<Said, String> {
    let program = File { code, path: () };
    let defs = jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs());
    let funs = jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(defs)
        .load(&arena, program)
        .map_err(|faults| format!("{faults:?}"))?;
    let filter = Compiler::default()
        .with_funs(funs)
        .compile(modules)
        .map_err(|faults| format!("{faults:?}"))?;
    let mut said = Said {
        values: Vec::new(),
        failed: false,
    };
    while let Some(input) = inputs.pop_front() {
        let input = read::parse_single(input.as_bytes()).expect("JSON");
        let ctx = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
        for result in filter.id.run((ctx, input)).map(unwrap_valr) {
            match result {
                Ok(value) => said.values.push(json(&value.to_string())),
                Err(_) => {
                    said.failed = true;
                    break;
                }
            }
        }
    }
    Ok(said)
}
