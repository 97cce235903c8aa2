//! Opening all committed tables at once.
//!
//! The protocol is that of Plonky3's `TwoAdicFriPcs::open`. All tables of one height are combined in one pass over their rows, where the
//! library makes a pass for each table and point.

use std::marker::PhantomData;

use braid_circuits::stark::{Challenge, ChallengeMmcs, Challenger, LeafParameters, Mmcs, Val};
use p3_commit::{Mmcs as _, OpenedValues, OpeningRequest};
use p3_field::{Field, PackedFieldExtension, PrimeCharacteristicRing, batch_multiplicative_inverse, dot_product};
use p3_fri::prover::prove_fri;
use p3_fri::{FriProverError, PcsProverTranscript, PcsShape, TwoAdicFriFolding, TwoAdicFriFoldingForMmcs};
use p3_matrix::Matrix;
use p3_matrix::dense::{RowMajorMatrix, RowMajorMatrixView};
use p3_matrix::interpolation::{Interpolate, compute_adjusted_weights};
use rayon::prelude::*;

use super::packing::{PackedChallenge, WIDTH};
use crate::stage::stage;

/// A commitment with the tables under it.
pub(super) type Committed = <Mmcs as p3_commit::Mmcs<Val>>::ProverData<RowMajorMatrix<Val>>;

/// The part of a leaf proof that opens its commitments.
pub(super) type OpeningProof = p3_batch_stark::PcsProof<braid_circuits::stark::Config>;

/// Rows that a task combines.
const RUN: usize = 1 << 10;

/// Tables with fewer columns are combined row by row, without a vector of their combinations.
const WIDE: usize = 2 * WIDTH;

/// Whether the rows of a table with so many columns are combined before they are used.
pub(super) fn is_wide(columns: usize) -> bool {
    columns >= WIDE
}

/// A point at which tables are opened, with `1 / (point - x)` for all x of the tallest.
struct Point {
    at: Challenge,
    inverses: Vec<Challenge>,
    /// For interpolation.
    weights: Vec<Challenge>,
}

/// A table, where it is opened, and what its combination is multiplied with at each point.
struct Opened<'a> {
    table: RowMajorMatrixView<'a, Val>,
    /// Numbers of points.
    points: Vec<usize>,
    values: &'a [Vec<Challenge>],
}

/// Opens tables at points, `points` being the domain of the tallest in bit-reversed order.
pub(super) fn open(
    parameters: &LeafParameters,
    domain: &[Val],
    requests: &[OpeningRequest<'_, Committed, Challenge>],
    challenger: &mut Challenger,
) -> Result<(OpenedValues<Challenge>, OpeningProof), FriProverError> {
    let mmcs = parameters.mmcs();
    let fri = parameters.fri(ChallengeMmcs::new(mmcs.clone()));
    let tables: Vec<Vec<RowMajorMatrixView<'_, Val>>> = requests
        .iter()
        .map(|request| mmcs.get_matrices(request.prover_data).into_iter().map(|table| table.as_view()).collect())
        .collect();
    let opening = stage("open");
    let points = points(parameters, domain, &tables, requests);
    let number = |at: &Challenge| points.iter().position(|point| point.at == *at).unwrap_or_default();

    let opened: OpenedValues<Challenge> = tables
        .iter()
        .zip(requests)
        .map(|(tables, request)| {
            let each = tables.iter().zip(&request.points);
            each.map(|(table, at)| at.iter().map(|at| evaluate(parameters, table, &points[number(at)])).collect())
                .collect()
        })
        .collect();

    drop(opening);
    let mut transcript =
        PcsProverTranscript::<Challenger, Val, Challenge>::new(challenger, PcsShape::from_opened_values(&fri, &opened));
    transcript.claimed_openings(&opened);
    let (alpha, witness) = transcript.batch_phase();

    let combining = stage("combine");
    let mut by_height: Vec<(usize, Vec<Opened<'_>>)> = Vec::new();
    for ((tables, request), opened) in tables.iter().zip(requests).zip(&opened) {
        for ((table, at), values) in tables.iter().zip(&request.points).zip(opened) {
            let entry = Opened { table: *table, points: at.iter().map(number).collect(), values };
            match by_height.iter_mut().find(|(height, _)| *height == table.height()) {
                Some((_, entries)) => entries.push(entry),
                None => by_height.push((table.height(), vec![entry])),
            }
        }
    }
    by_height.sort_by_key(|(height, _)| std::cmp::Reverse(*height));
    let inputs: Vec<Vec<Challenge>> =
        by_height.iter().map(|(height, entries)| combine(*height, entries, &points, alpha)).collect();
    drop(points);
    drop(combining);
    let _folding = stage("fold");

    let log_height = inputs.first().map_or(0, |input| input.len().trailing_zeros() as usize);
    let folding: TwoAdicFriFoldingForMmcs<Val, Mmcs> = TwoAdicFriFolding(PhantomData);
    let proof = transcript.delegate(|challenger| {
        let witness = witness.unwrap_or(Val::ZERO);
        prove_fri(&folding, &fri, inputs, challenger, log_height, requests, &mmcs, witness)
    });
    match proof {
        Ok(proof) => {
            transcript.finish();
            Ok((opened, proof))
        }
        Err(error) => {
            transcript.abort();
            Err(error)
        }
    }
}

/// All points, each with its inverses for the tallest table that is opened there.
fn points(
    parameters: &LeafParameters,
    domain: &[Val],
    tables: &[Vec<RowMajorMatrixView<'_, Val>>],
    requests: &[OpeningRequest<'_, Committed, Challenge>],
) -> Vec<Point> {
    let mut heights: Vec<(Challenge, usize)> = Vec::new();
    for (tables, request) in tables.iter().zip(requests) {
        for (table, at) in tables.iter().zip(&request.points) {
            for at in at {
                match heights.iter_mut().find(|(point, _)| point == at) {
                    Some((_, height)) => *height = table.height().max(*height),
                    None => heights.push((*at, table.height())),
                }
            }
        }
    }
    let point = |(at, height): (Challenge, usize)| {
        let mut inverses = Challenge::zero_vec(height);
        inverses.par_chunks_mut(RUN).zip(domain[..height].par_chunks(RUN)).for_each(|(inverses, xs)| {
            let differences: Vec<Challenge> = xs.iter().map(|x| at - *x).collect();
            inverses.copy_from_slice(&batch_multiplicative_inverse(&differences));
        });
        let weights = compute_adjusted_weights(at, &inverses[..height >> parameters.log_blowup]);
        Point { at, inverses, weights }
    };
    heights.into_iter().map(point).collect()
}

/// The columns of a table at a point; its first rows are its values on a coset that determines them.
fn evaluate(parameters: &LeafParameters, table: &RowMajorMatrixView<'_, Val>, point: &Point) -> Vec<Challenge> {
    let rows = table.height() >> parameters.log_blowup;
    let (coset, _) = table.split_rows(rows);
    coset.interpolate_coset_with_precomputation(Val::GENERATOR, point.at, &point.weights[..rows])
}

/// How the combination of a table's row goes into that of its height.
struct Part<'a> {
    table: RowMajorMatrixView<'a, Val>,
    /// The combinations of its rows, if they are there.
    combined: Option<Vec<Challenge>>,
    /// A power of the batching challenge for each point.
    factors: Vec<(usize, Challenge)>,
}

/// The sum over all tables of one height, and the points they are opened at, of (value - row) / (point - x), times powers of
/// the batching challenge.
fn combine(height: usize, entries: &[Opened<'_>], points: &[Point], alpha: Challenge) -> Vec<Challenge> {
    let width = entries.iter().map(|entry| entry.table.width()).max().unwrap_or(0);
    let powers: Vec<Challenge> = alpha.powers().take(width).collect();
    let packed: Vec<PackedChallenge> = PackedChallenge::packed_ext_powers_capped(alpha, width).collect();
    let mut used: Vec<(usize, Challenge)> = Vec::new();
    let mut offset = Challenge::ONE;
    let mut parts = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut factors = Vec::with_capacity(entry.points.len());
        for (point, values) in entry.points.iter().zip(entry.values) {
            let value = offset * dot_product::<Challenge, _, _>(powers.iter().copied(), values.iter().copied());
            let place = used.iter().position(|(number, _)| number == point).unwrap_or_else(|| {
                used.push((*point, Challenge::ZERO));
                used.len() - 1
            });
            used[place].1 += value;
            factors.push((place, offset));
            offset *= alpha.exp_u64(entry.table.width() as u64);
        }
        let combined = is_wide(entry.table.width()).then(|| {
            let packed = &packed[..entry.table.width().div_ceil(WIDTH)];
            entry.table.rowwise_packed_dot_product::<Challenge>(packed).collect()
        });
        parts.push(Part { table: entry.table, combined, factors });
    }
    let mut out = Challenge::zero_vec(height);
    out.par_chunks_mut(RUN).enumerate().for_each(|(run, out)| {
        let start = run * RUN;
        let mut sums = vec![Challenge::ZERO; used.len()];
        for (row, out) in (start..).zip(out) {
            for (sum, (_, value)) in sums.iter_mut().zip(&used) {
                *sum = *value;
            }
            for part in &parts {
                let combined = match &part.combined {
                    Some(combined) => combined[row],
                    None => {
                        let width = part.table.width;
                        let row = &part.table.values[row * width..(row + 1) * width];
                        powers.iter().zip(row).map(|(power, value)| *power * *value).sum()
                    }
                };
                for (place, factor) in &part.factors {
                    sums[*place] -= combined * *factor;
                }
            }
            for (sum, (number, _)) in sums.iter().zip(&used) {
                *out += *sum * points[*number].inverses[row];
            }
        }
    });
    out
}
