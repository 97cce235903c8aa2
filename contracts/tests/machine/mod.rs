//! A plain evaluator of programs, for tests: the rows' meaning as the interface states it, nothing shared with the executor.

use braid_contracts::program::{Check, Context, Element, Local, Operation, Program, Space, Wire};
use braid_primitives::F;
use p3_field::{PrimeCharacteristicRing, PrimeField64};

/// Everything a program reads.
#[derive(Clone, Debug)]
pub struct Inputs {
    pub operands: Vec<u64>,
    pub hints: Vec<u64>,
    /// Old content by page number.
    pub pages: Vec<[u64; 8]>,
    pub now: u64,
    pub block: u64,
    pub fees_before: u64,
    pub scale: u64,
}

/// Everything an accepted program leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub pages: Vec<[u64; 8]>,
    pub records: Vec<[u64; 8]>,
    pub fees: u64,
}

const LIMIT: u64 = 1 << 62;

/// Runs the rows; `None` if any of them has no value or a check fails. Modes of pages are not looked at.
pub fn run(program: &Program, inputs: &Inputs) -> Option<Outcome> {
    attempt(program, inputs).ok()
}

/// As [`run`], with the first row that fails and its output, if it has one.
pub fn attempt(program: &Program, inputs: &Inputs) -> Result<Outcome, (usize, Option<F>)> {
    let mut results: Vec<F> = Vec::new();
    let mut fees = 0u64;
    for (pc, row) in program.instructions.iter().enumerate() {
        let failed = Err((pc, None));
        let read = |wire: Wire| match wire {
            Wire::None => F::ZERO,
            Wire::Local(id) => local(id, inputs, &results),
            Wire::Context(context) => F::from_u64(match context {
                Context::Now => inputs.now,
                Context::Block => inputs.block,
                Context::FeesBefore => inputs.fees_before,
                Context::Scale => inputs.scale,
            }),
        };
        let (a, b, c, k) = (read(row.a), read(row.b), read(row.c), row.k);
        let [x, y, z] = [a, b, c].map(|value| value.as_canonical_u64());
        let out = match row.op {
            Operation::Add => a + b + k,
            Operation::Sub => a - b + k,
            Operation::ReverseSub => b - a + k,
            Operation::Mul => a * (b + k),
            Operation::Select if z <= 1 => c * (a - b) + b,
            Operation::Select => return failed,
            Operation::IsEqual => F::from_bool(a - b + k == F::ZERO),
            Operation::Less if x < LIMIT && y < LIMIT => F::from_bool(x < y),
            Operation::Less => return failed,
            Operation::MulDiv | Operation::MulDivUp => {
                if z == 0 || [x, y, z].iter().any(|value| *value >= LIMIT) {
                    return failed;
                }
                let product = u128::from(x) * u128::from(y);
                let up = row.op == Operation::MulDivUp;
                let quotient = if up { product.div_ceil(u128::from(z)) } else { product / u128::from(z) };
                match u64::try_from(quotient) {
                    Ok(quotient) if quotient < LIMIT => F::from_u64(quotient),
                    _ => return failed,
                }
            }
            Operation::Fee => {
                fees += x;
                a
            }
        };
        match row.check {
            Check::None => {}
            Check::Zero if out == F::ZERO => {}
            Check::Range(bits) if out.as_canonical_u64() >> bits == 0 => {}
            Check::Zero | Check::Range(_) => return Err((pc, Some(out))),
        }
        results.push(out);
    }
    let element = |element: &Element| match element {
        Element::Const(value) => value.as_canonical_u64(),
        Element::Local(id) => local(*id, inputs, &results).as_canonical_u64(),
    };
    let pages = program.pages.iter().map(|page| page.new.each_ref().map(element)).collect();
    let records = program.records.iter().map(|record| record.each_ref().map(element)).collect();
    Ok(Outcome { pages, records, fees })
}

fn local(id: u32, inputs: &Inputs, results: &[F]) -> F {
    let Local { space, index } = Local::from_id(id).unwrap();
    let index = index as usize;
    match space {
        Space::Operand => F::from_u64(inputs.operands[index]),
        Space::Hint => F::from_u64(inputs.hints[index]),
        Space::Result => results[index],
        Space::OldCell => F::from_u64(inputs.pages[index / 8][index % 8]),
        Space::Signing => panic!("no row reads a signature"),
    }
}
