//! One query: its rows lie under the commitments, their combination is a value of the first codeword, each fold leads to a
//! value of the next, and the last one is the final polynomial's.

use plonky2::iop::target::BoolTarget;

use super::LeafError;
use super::build::RowCounts;
use super::description::LeafDescription;
use super::openings::HeightOpenings;
use super::proof::{ProofTargets, Query, Targets};
use super::transcript::Challenges;
use crate::recursion::Builder;
use crate::recursion::embed::{ExtTarget, flatten, reduce_ext};
use crate::recursion::fri::QueryPoint;
use crate::recursion::merkle::{Position, RowTarget, verify_opening};

/// What all queries share.
pub struct QueryPhase<'a> {
    /// Shape.
    pub shape: &'a LeafDescription,
    /// The proof.
    pub proof: &'a ProofTargets,
    /// Challenges.
    pub challenges: &'a Challenges<ExtTarget, Vec<BoolTarget>>,
    /// Claimed values, tallest height first.
    pub openings: &'a [HeightOpenings],
    /// Challenge of each folding round to the power of its arity: the weight of what joins after the round.
    pub joining: &'a [ExtTarget],
}

impl QueryPhase<'_> {
    /// Constrains one query.
    pub fn constrain(
        &self,
        builder: &mut Builder,
        query: &Query<Targets>,
        index: &[BoolTarget],
        counts: &mut RowCounts,
    ) -> Result<(), LeafError> {
        let cap_height = self.shape.parameters.cap_height;
        let point = counts.measure(builder, |c| &mut c.points, |builder| QueryPoint::new(builder, index.to_vec()));
        let cap_index = builder.le_sum(index[index.len() - cap_height..].iter());
        let position = Position { bits: index, cap_index };

        counts.measure(
            builder,
            |c| &mut c.rows,
            |builder| {
                for (c, commitment) in self.shape.commitments.iter().enumerate() {
                    let rows: Vec<RowTarget> = (commitment.matrices.iter().zip(&query.rows[c]))
                        .map(|(m, values)| RowTarget { log_height: m.log_height, values: values.clone() })
                        .collect();
                    verify_opening(builder, &rows, &position, &query.siblings[c], &self.proof.caps[c])?;
                }
                Ok::<(), LeafError>(())
            },
        )?;

        let batch = self.challenges.batch;
        let reduced: Vec<(usize, ExtTarget)> = counts.measure(
            builder,
            |c| &mut c.combinations,
            |builder| {
                let of_height = self.openings.iter();
                of_height
                    .map(|o| {
                        let element = point.at_height(o.log_height);
                        (o.log_height, o.reduce(builder, batch, &query.rows, element))
                    })
                    .collect()
            },
        );
        let mut reduced = reduced.into_iter().peekable();

        let mut log_height = self.shape.log_max_height();
        let first = reduced.next_if(|&(h, _)| h == log_height);
        let mut value = first.ok_or(LeafError::Shape("no table has the greatest height"))?.1;
        for (round, row) in query.folds.iter().enumerate() {
            let folded = log_height - self.shape.arities[round];
            value = counts.measure(
                builder,
                |c| &mut c.folds,
                |builder| point.fold(builder, log_height, row, value, self.challenges.betas[round]),
            );
            counts.measure(
                builder,
                |c| &mut c.fold_rows,
                |builder| {
                    let leaf = [RowTarget { log_height: folded, values: flatten(row) }];
                    verify_opening(builder, &leaf, &position, &query.fold_siblings[round], &self.proof.fold_caps[round])
                },
            )?;
            log_height = folded;
            if let Some((_, joining)) = reduced.next_if(|&(h, _)| h == log_height) {
                value = builder.mul_add_extension(self.joining[round], joining, value);
            }
        }
        if reduced.next().is_some() || log_height != self.shape.log_final_height() {
            return Err(LeafError::Shape("a table does not join the folding"));
        }
        let x = builder.convert_to_ext(point.at_height(log_height));
        let expected = reduce_ext(builder, x, &self.proof.final_polynomial);
        builder.connect_extension(expected, value);
        Ok(())
    }
}
