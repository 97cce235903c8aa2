//! The other compiler's rows, as the vectors have them, and what they mean.

use serde_json::Value;

use super::P;
use super::machine::{Inputs, Outcome};

/// A reference in the vectors: `op 3`, `cell 0 7`, `const 5`, `ctx now`.
fn reference(text: &str, inputs: &Inputs, results: &[i128]) -> i128 {
    let parts: Vec<&str> = text.split(' ').collect();
    let number = |at: usize| parts[at].parse::<i128>().unwrap();
    let index = |at: usize| number(at) as usize;
    let value = match parts[0] {
        "op" => i128::from(inputs.operands[index(1)]),
        "hint" => i128::from(inputs.hints[index(1)]),
        "cell" => i128::from(inputs.pages[index(1)][index(2)]),
        "const" => number(1),
        "pc" => results[index(1)],
        "ctx" => i128::from(match parts[1] {
            "now" => inputs.now,
            "block" => inputs.block,
            "scale" => inputs.scale,
            _ => inputs.fees_before,
        }),
        other => panic!("{other}"),
    };
    value.rem_euclid(P)
}

/// The sketch's rows on the same inputs.
pub fn run(sketch: &Value, inputs: &Inputs) -> Option<Outcome> {
    let mut results: Vec<i128> = Vec::new();
    let mut fees = 0;
    for row in sketch["rows"].as_array().unwrap() {
        let slot = |name: &str| reference(row[name].as_str().unwrap(), inputs, &results);
        let linear = || {
            let terms = row["t"].as_object().unwrap().iter();
            let sum = terms.fold(0i128, |sum, (atom, factor)| {
                let factor = i128::from(factor.as_i64().unwrap()).rem_euclid(P) as u128;
                let product = factor * reference(atom, inputs, &results) as u128 % P as u128;
                (sum + product as i128) % P
            });
            let constant: i128 = row["k"].to_string().parse().unwrap();
            (sum + constant).rem_euclid(P)
        };
        let value = match row["op"].as_str().unwrap() {
            "lin" => linear(),
            "eq" => i128::from(linear() == 0),
            "mul" => (slot("a") as u128 * slot("b") as u128 % P as u128) as i128,
            "sel" if slot("c") == 1 => slot("a"),
            "sel" if slot("c") == 0 => slot("b"),
            "sel" => return None,
            "lt" => {
                if slot("a") >= 1 << 62 || slot("b") >= 1 << 62 {
                    return None;
                }
                i128::from(slot("a") < slot("b"))
            }
            "muldiv" => {
                let (a, b, c) = (slot("a") as u128, slot("b") as u128, slot("c") as u128);
                if c == 0 || [a, b, c].iter().any(|value| *value >= 1 << 62) {
                    return None;
                }
                let quotient = if row["up"].as_bool().unwrap() { (a * b).div_ceil(c) } else { a * b / c };
                if quotient >= 1 << 62 {
                    return None;
                }
                quotient as i128
            }
            "fee" => {
                fees += slot("a") as u64;
                slot("a")
            }
            other => panic!("{other}"),
        };
        if row.get("range").is_some_and(|bits| value >> bits.as_u64().unwrap() != 0) {
            return None;
        }
        if row.get("zero").is_some() && value != 0 {
            return None;
        }
        results.push(value);
    }
    let mut pages = inputs.pages.clone();
    for store in sketch["stores"].as_array().unwrap() {
        let (page, cell) = (store[0].as_u64().unwrap() as usize, store[1].as_u64().unwrap() as usize);
        pages[page][cell] = reference(store[2].as_str().unwrap(), inputs, &results) as u64;
    }
    let records = records(sketch["records"].as_str().unwrap());
    let records = records.iter().map(|record| {
        let mut values = [0; 8];
        for (value, element) in values.iter_mut().zip(record) {
            *value = reference(element, inputs, &results) as u64;
        }
        values
    });
    Some(Outcome { pages, records: records.collect(), fees })
}

/// `[[('const', 1), ('op', 2)], ..]` to references.
fn records(text: &str) -> Vec<Vec<String>> {
    let inner = text.trim_start_matches('[').trim_end_matches(']');
    let records = inner.split("], [").filter(|record| !record.is_empty());
    records
        .map(|record| {
            record.split("), (").map(|element| element.replace(['(', ')', '\''], "").replace(", ", " ")).collect()
        })
        .collect()
}
