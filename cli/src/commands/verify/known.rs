//! What is known of a chain beside its parameters, and a proof that must agree with it.

use braid_aggregator::stated;
use braid_verifier::{Boundary, Statement};

use crate::chain::Chain;
use crate::output;

/// The ends of what is known of a chain: where it began, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    origin: Boundary,
    /// Where it stands, with the number of its last block; nothing of a chain of which only the genesis is at hand.
    head: Option<(Boundary, u64)>,
}

impl Known {
    /// What is known of an opened chain.
    pub fn of(chain: &Chain) -> Self {
        let head = chain.lives_on().then(|| (stated::boundary(&chain.head.boundary), chain.head.block));
        Self { origin: stated::boundary(&chain.origin), head }
    }
}

/// Compares both ends of a proof with what is known, and says what that was. Between two boundaries of the same count of
/// transactions nothing has happened, so that they are one.
///
/// # Errors
/// With what differs.
pub fn compare(statement: &Statement, known: &Known) -> Result<Vec<&'static str>, String> {
    let Statement { before, after, context, .. } = statement;
    let mut compared = vec!["parameters"];
    let mut places = vec![(known.origin, "genesis")];
    // A chain that has not moved stands at its genesis.
    places.extend(known.head.filter(|(head, _)| head.count != known.origin.count).map(|(head, _)| (head, "head")));
    for (expected, place) in places {
        let ends = [(before, "begins"), (after, "ends")].into_iter().filter(|(end, _)| end.count == expected.count);
        for (end, verb) in ends {
            if *end != expected {
                return Err(differs(end, &expected, verb, place));
            }
            if !compared.contains(&place) {
                compared.push(place);
            }
        }
    }
    let Some((head, block)) = known.head else { return Ok(compared) };
    let behind = after.count <= head.count && before.count < after.count;
    if behind && context.number > block || before.count >= head.count && context.number <= block && after != before {
        return Err(format!(
            "the proof is of block {} and of transactions {} to {}, but the chain stands at block {block} with {}",
            context.number,
            before.count.saturating_add(1),
            after.count,
            output::count(head.count, "transaction")
        ));
    }
    Ok(compared)
}

fn differs(end: &Boundary, expected: &Boundary, verb: &str, place: &str) -> String {
    let hex = output::hex_elements;
    let where_ = if place == "genesis" { "the chain begins" } else { "the chain stands" };
    let after = output::count(end.count, "transaction");
    if end.root != expected.root {
        return format!(
            "the range {verb} at state root {} after {after}, but {where_} there at {}",
            hex(&end.root),
            hex(&expected.root)
        );
    }
    format!("the range {verb} after {after} at the chain's state root, but with other data, inbox, outbox or fees")
}

#[cfg(test)]
mod tests {
    use braid_verifier::{BlockContext, SecurityLevel};

    use super::*;

    fn boundary(count: u64) -> Boundary {
        let digest = |kind: u64| [kind, count, 0, 0];
        Boundary { root: digest(1), data: digest(2), inbox: digest(3), outbox: digest(4), count, fees: 10 * count }
    }

    fn statement(block: u64, before: u64, after: u64) -> Statement {
        Statement {
            set_root: [0; 4],
            parameters: [0; 4],
            programs_root: [0; 4],
            security: SecurityLevel::Insecure,
            context: BlockContext { number: block, timestamp: 0, fees_before: 0 },
            before: boundary(before),
            after: boundary(after),
        }
    }

    #[test]
    fn ends_that_are_known_must_agree() {
        let genesis = Known { origin: boundary(0), head: None };
        let chain = Known { origin: boundary(0), head: Some((boundary(9), 2)) };
        let compared = |statement: &Statement, known: &Known| compare(statement, known).unwrap().join(" ");
        assert_eq!(compared(&statement(1, 0, 5), &genesis), "parameters genesis");
        assert_eq!(compared(&statement(2, 5, 9), &genesis), "parameters");
        assert_eq!(compared(&statement(1, 0, 5), &chain), "parameters genesis");
        assert_eq!(compared(&statement(2, 5, 9), &chain), "parameters head");
        assert_eq!(compared(&statement(1, 0, 9), &chain), "parameters genesis head");
        assert_eq!(compared(&statement(3, 9, 12), &chain), "parameters head");

        type Change = fn(&mut Boundary);
        let changes: [Change; 5] =
            [|b| b.root[2] = 7, |b| b.data[2] = 7, |b| b.inbox[2] = 7, |b| b.outbox[2] = 7, |b| b.fees += 1];
        for change in changes {
            let mut begins = statement(1, 0, 5);
            change(&mut begins.before);
            for known in [&genesis, &chain] {
                assert!(compare(&begins, known).unwrap_err().starts_with("the range begins "), "{begins:?}");
            }
            let mut ends = statement(2, 5, 9);
            change(&mut ends.after);
            assert!(compare(&ends, &chain).unwrap_err().starts_with("the range ends "), "{ends:?}");
            assert!(compare(&ends, &genesis).is_ok(), "nothing is known of it");
        }
        // Roots are said in full.
        let mut begins = statement(1, 0, 5);
        begins.before.root = [u64::MAX, 0, 0, 1];
        let error = compare(&begins, &genesis).unwrap_err();
        assert!(error.contains("ffffffffffffffff000000000000000000000000000000000000000000000001"), "{error}");
    }

    #[test]
    fn block_numbers_follow_the_head() {
        let chain = Known { origin: boundary(0), head: Some((boundary(9), 2)) };
        for (statement, holds) in [
            (statement(2, 5, 9), true),
            (statement(3, 5, 9), false),
            (statement(3, 9, 12), true),
            (statement(2, 9, 12), false),
            // An empty batch can be of any block that had none of its own.
            (statement(2, 9, 9), true),
            (statement(3, 9, 9), true),
        ] {
            assert_eq!(compare(&statement, &chain).is_ok(), holds, "{statement:?}");
        }
    }
}
