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
    let mut results: Vec<F> = Vec::new();
    let mut fees = 0u64;
    for row in &program.instructions {
        let read = |wire: Wire| match wire {
            Wire::None => Some(F::ZERO),
            Wire::Local(id) => local(id, inputs, &results),
            Wire::Context(context) => Some(F::from_u64(match context {
                Context::Now => inputs.now,
                Context::Block => inputs.block,
                Context::FeesBefore => inputs.fees_before,
                Context::Scale => inputs.scale,
            })),
        };
        let (a, b, c, k) = (read(row.a)?, read(row.b)?, read(row.c)?, row.k);
        let [x, y, z] = [a, b, c].map(|value| value.as_canonical_u64());
        let out = match row.op {
            Operation::Add => a + b + k,
            Operation::Sub => a - b + k,
            Operation::ReverseSub => b - a + k,
            Operation::Mul => a * (b + k),
            Operation::Select if z <= 1 => c * (a - b) + b,
            Operation::Select => return None,
            Operation::IsEqual => F::from_bool(a - b + k == F::ZERO),
            Operation::Less if x < LIMIT && y < LIMIT => F::from_bool(x < y),
            Operation::Less => return None,
            Operation::MulDiv | Operation::MulDivUp => {
                if z == 0 || [x, y, z].iter().any(|value| *value >= LIMIT) {
                    return None;
                }
                let product = u128::from(x) * u128::from(y);
                let up = row.op == Operation::MulDivUp;
                let quotient = if up { product.div_ceil(u128::from(z)) } else { product / u128::from(z) };
                F::from_u64(u64::try_from(quotient).ok().filter(|quotient| *quotient < LIMIT)?)
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
            Check::Zero | Check::Range(_) => return None,
        }
        results.push(out);
    }
    let element = |element: &Element| match element {
        Element::Const(value) => Some(value.as_canonical_u64()),
        Element::Local(id) => local(*id, inputs, &results).map(|value| value.as_canonical_u64()),
    };
    let eight = |elements: &[Element; 8]| {
        let values: Option<Vec<u64>> = elements.iter().map(element).collect();
        values?.try_into().ok()
    };
    let pages = program.pages.iter().map(|page| eight(&page.new)).collect::<Option<_>>()?;
    let records = program.records.iter().map(eight).collect::<Option<_>>()?;
    Some(Outcome { pages, records, fees })
}

fn local(id: u32, inputs: &Inputs, results: &[F]) -> Option<F> {
    let Local { space, index } = Local::from_id(id)?;
    let index = index as usize;
    match space {
        Space::Operand => inputs.operands.get(index).map(|value| F::from_u64(*value)),
        Space::Hint => inputs.hints.get(index).map(|value| F::from_u64(*value)),
        Space::Result => results.get(index).copied(),
        Space::OldCell => inputs.pages.get(index / 8).map(|page| F::from_u64(page[index % 8])),
        Space::Signing => None,
    }
}
